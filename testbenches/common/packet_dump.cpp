// SPDX-License-Identifier: Apache-2.0
#include "testbenches/common/packet_dump.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "testbenches/common/packet_builder.h"

namespace sluice::testing {
namespace {

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char buffer[400];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

class Dumper {
 public:
  explicit Dumper(std::span<const uint8_t> frame) : frame_(frame) {}

  std::vector<std::string> run() {
    if (need(14)) ethernet();
    rest();
    return std::move(lines_);
  }

 private:
  bool need(size_t bytes) const { return at_ + bytes <= frame_.size(); }
  unsigned byte(size_t i) const { return frame_[at_ + i]; }
  unsigned number(size_t i) const { return byte(i) << 8 | byte(i + 1); }
  std::string hex(size_t from, size_t count, const char* between = "") const {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += text("%s%02x", i ? between : "", byte(from + i));
    return out;
  }
  std::string address(size_t i, bool v6) const {
    char buffer[INET6_ADDRSTRLEN];
    return inet_ntop(v6 ? AF_INET6 : AF_INET, frame_.data() + at_ + i, buffer, sizeof buffer);
  }

  void ethernet() {
    lines_.push_back("ethernet " + hex(6, 6, ":") + " > " + hex(0, 6, ":"));
    at_ += 12;
    while (need(4) && (number(0) == 0x8100 || number(0) == 0x88a8)) {
      lines_.push_back(
          text("vlan %u (tpid %04x, pcp %u)", number(2) & 0xfff, number(0), byte(2) >> 5));
      at_ += 4;
    }
    if (!need(2)) return;
    const unsigned type = number(0);
    lines_.push_back(text("ethertype %04x", type));
    at_ += 2;
    if (type == 0x0800) ipv4();
    if (type == 0x86dd) ipv6();
  }

  void ipv4() {
    if (!need(20) || (byte(0) & 15) < 5 || !need((byte(0) & 15) * 4)) return;
    const size_t header = (byte(0) & 15) * 4;
    const bool right = onesSum(frame_.data() + at_, header) == 0xffff;
    lines_.push_back(
        text("ipv4 %s > %s proto %u ttl %u tos %02x len %u id %04x frag %04x ihl %zu "
             "checksum %04x %s",
             address(12, false).c_str(), address(16, false).c_str(), byte(9), byte(8), byte(1),
             number(2), number(4), number(6), header / 4, number(10), right ? "right" : "WRONG"));
    pseudo_ = onesSum(frame_.data() + at_ + 12, 8);
    const size_t length = number(2) < header ? 0 : number(2) - header;
    const unsigned protocol = byte(9);
    at_ += header;
    layer4(protocol, length);
  }

  void ipv6() {
    if (!need(40)) return;
    lines_.push_back(text("ipv6 %s > %s next %u hops %u class %02x label %05x len %u",
                          address(8, true).c_str(), address(24, true).c_str(), byte(6), byte(7),
                          (number(0) >> 4) & 0xff, (byte(1) & 15) << 16 | number(2), number(4)));
    pseudo_ = onesSum(frame_.data() + at_ + 8, 32);
    size_t length = number(4);
    unsigned next = byte(6);
    at_ += 40;
    while ((next == 0 || next == 43 || next == 44 || next == 60) && need(8)) {
      const size_t size = next == 44 ? 8 : 8 + 8 * byte(1);
      if (!need(size) || size > length) break;
      lines_.push_back(
          text("extension %u next %u, %zu bytes: %s", next, byte(0), size, hex(0, 8).c_str()));
      next = byte(0);
      length -= size;
      at_ += size;
    }
    layer4(next, length);
  }

  std::string judge(unsigned protocol, size_t length) const {
    if (!need(length)) return "cannot be checked";
    const uint32_t pseudo =
        protocol == kProtoIcmp ? 0 : pseudo_ + static_cast<uint32_t>(length) + protocol;
    return onesSum(frame_.data() + at_, length, pseudo) == 0xffff ? "right" : "WRONG";
  }

  void layer4(unsigned protocol, size_t length) {
    if (protocol == 4 && need(20)) return ipv4();
    if (protocol == 41 && need(40)) return ipv6();
    if (protocol == kProtoTcp && need(20)) {
      lines_.push_back(text("tcp %u > %u flags %02x seq %s offset %u checksum %04x %s", number(0),
                            number(2), byte(13), hex(4, 4).c_str(), byte(12) >> 4, number(16),
                            judge(protocol, length).c_str()));
      at_ += 20;
    } else if (protocol == kProtoUdp && need(8)) {
      const bool gue = number(2) == 6080;
      lines_.push_back(text("udp %u > %u length %u checksum %04x %s", number(0), number(2),
                            number(4), number(6),
                            number(6) == 0 ? "none" : judge(protocol, length).c_str()));
      at_ += 8;
      if (gue && need(4)) encapsulated();
    } else if ((protocol == kProtoIcmp || protocol == kProtoIcmpV6) && need(8)) {
      const bool v6 = protocol == kProtoIcmpV6;
      const unsigned type = byte(0);
      lines_.push_back(text("icmp%s type %u code %u checksum %04x %s", v6 ? "v6" : "", type,
                            byte(1), number(2), judge(protocol, length).c_str()));
      at_ += 8;
      const bool error =
          v6 ? type >= 1 && type <= 4 : type == 3 || type == 5 || type == 11 || type == 12;
      if (error && need(v6 ? 40 : 20)) v6 ? ipv6() : ipv4();
    }
  }

  void encapsulated() {
    if (byte(0) >> 4 == 4) return ipv4();
    if (byte(0) >> 4 == 6) return ipv6();
    lines_.push_back("gue0 " + hex(0, 4));
    const unsigned protocol = byte(1);
    at_ += 4;
    if (protocol == 4) ipv4();
    if (protocol == 41) ipv6();
  }

  void rest() {
    const size_t size = frame_.size() - at_;
    for (size_t i = 0; i < size; i += 32) {
      lines_.push_back(text("%4zu: ", at_ + i) + hex(i, std::min<size_t>(32, size - i)));
    }
  }

  std::span<const uint8_t> frame_;
  size_t at_ = 0;
  uint32_t pseudo_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> dumpLayers(std::span<const uint8_t> frame) { return Dumper(frame).run(); }

std::string dumpFrame(std::span<const uint8_t> frame) {
  std::string out = text("%zu bytes\n", frame.size());
  for (const std::string& line : dumpLayers(frame)) out += "  " + line + "\n";
  return out;
}

std::string diffFrames(std::span<const uint8_t> expected, std::span<const uint8_t> got) {
  if (std::equal(expected.begin(), expected.end(), got.begin(), got.end())) return {};
  const auto different = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
  std::string out = text("expected %zu bytes, got %zu, first difference at byte %zd\n",
                         expected.size(), got.size(), different.first - expected.begin());
  const std::vector<std::string> left = dumpLayers(expected);
  const std::vector<std::string> right = dumpLayers(got);
  for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const bool has_left = i < left.size(), has_right = i < right.size();
    if (has_left && has_right && left[i] == right[i]) {
      out += "    " + left[i] + "\n";
      continue;
    }
    if (has_left) out += "  - " + left[i] + "\n";
    if (has_right) out += "  + " + right[i] + "\n";
  }
  return out;
}

}  // namespace sluice::testing
