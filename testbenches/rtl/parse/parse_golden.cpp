// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/parse/parse_golden.h"

#include <algorithm>

#include "testbenches/common/packet_builder.h"

namespace sluice::parse_test {
namespace {

using Address = std::array<uint8_t, 16>;

/// The verdict that ends the parsing.
struct Ruling {
  Verdict verdict = Verdict::kForward;
  DropReason reason = DropReason::kNone;
  PuntCause cause = PuntCause::kNone;
};

Ruling drop(DropReason reason) { return {Verdict::kDrop, reason, PuntCause::kNone}; }
Ruling punt(PuntCause cause) { return {Verdict::kPunt, DropReason::kNone, cause}; }
constexpr Ruling kGoOn{};

class Parser {
 public:
  Parser(std::span<const uint8_t> frame, const Settings& settings)
      : frame_(frame), settings_(settings) {}

  Outcome run(uint8_t port, uint8_t cpu_dest) {
    if (port == kCpuPort && cpu_dest != kPortNone) {
      out_.parsed.direct = true;
      return out_;
    }
    Ruling ruling = ethernet(settings_.ports[port]);
    if (goes(ruling)) ruling = v6_ ? ipv6() : ipv4();
    if (goes(ruling)) ruling = addresses();
    if (goes(ruling)) ruling = fragments();
    if (goes(ruling)) ruling = layer4();
    out_.parsed.verdict = ruling.verdict;
    out_.parsed.reason = ruling.reason;
    out_.parsed.cause = ruling.cause;
    return out_;
  }

 private:
  static bool goes(const Ruling& ruling) { return ruling.verdict == Verdict::kForward; }

  // Bytes of the window; those beyond the frame read 0.
  uint8_t at(size_t i) const { return i < frame_.size() && i < kWindowBytes ? frame_[i] : 0; }
  uint16_t number(size_t i) const { return static_cast<uint16_t>(at(i) << 8 | at(i + 1)); }
  uint16_t memory(size_t i) const { return static_cast<uint16_t>(at(i + 1) << 8 | at(i)); }
  Address address(size_t i, size_t size) const {
    Address address{};
    for (size_t k = 0; k < size; ++k) address[k] = at(i + k);
    return address;
  }

  Ruling ethernet(const PortRow& row) {
    const auto* mac = frame_.data();
    if (row.mac_filter && !(mac[0] & 1) && !std::equal(row.mac.begin(), row.mac.end(), mac))
      return drop(DropReason::kNotOurMac);
    size_t type_at = 12;
    for (int tags = 0; number(type_at) == 0x8100 || number(type_at) == 0x88a8; ++tags) {
      type_at += 4;
      if (tags == 2 || type_at + 2 > frame_.size()) return drop(DropReason::kVlanDepth);
    }
    l3_ = type_at + 2;
    out_.parsed.l3_offset = static_cast<uint8_t>(l3_);
    if (number(type_at) == 0x0806) return punt(PuntCause::kArp);
    if (number(type_at) != 0x0800 && number(type_at) != 0x86dd)
      return drop(DropReason::kUnknownEthertype);
    v6_ = number(type_at) == 0x86dd;
    return kGoOn;
  }

  void passedIp(uint8_t ttl, uint8_t tos) {
    l4_end_ = l3_ + l3_len_;
    out_.parsed.is_ip = true;
    out_.parsed.is_v6 = v6_;
    out_.parsed.ttl = ttl;
    out_.parsed.tos = tos;
    out_.parsed.l3_len = static_cast<uint16_t>(l3_len_);
    out_.parsed.l4_offset = static_cast<uint8_t>(l4_);
  }

  Ruling ipv4() {
    const size_t available = frame_.size() - l3_;
    const size_t header = (at(l3_) & 15) * 4u;
    l3_len_ = number(l3_ + 2);
    if (available < 20 || at(l3_) >> 4 != 4 || header < 20 || l3_len_ < header)
      return drop(DropReason::kIpv4Header);
    if (l3_len_ > available) return drop(DropReason::kIpv4Truncated);
    if (testing::onesSum(&frame_[l3_], header) != 0xffff) return drop(DropReason::kIpv4Checksum);
    if (header > 20 && settings_.drop_options) return drop(DropReason::kIpv4Options);
    l4_ = l3_ + header;
    proto_ = at(l3_ + 9);
    fragment_ = (number(l3_ + 6) & 0x3fff) != 0;
    src_ = address(l3_ + 12, 4);
    dst_ = address(l3_ + 16, 4);
    passedIp(at(l3_ + 8), at(l3_ + 1));
    return kGoOn;
  }

  Ruling ipv6() {
    const size_t available = frame_.size() - l3_;
    const size_t payload = number(l3_ + 4);
    if (available < 40 || at(l3_) >> 4 != 6 || payload == 0) return drop(DropReason::kIpv6Header);
    l3_len_ = 40 + payload;
    if (l3_len_ > available) return drop(DropReason::kIpv6Truncated);
    const size_t end = std::min<size_t>(l3_ + l3_len_, kWindowBytes);
    l4_ = l3_ + 40;
    proto_ = at(l3_ + 6);
    for (int headers = 0; isExtension(proto_) && !fragment_; ++headers) {
      if (headers == 3 || l4_ + 8 > end || (proto_ == 0 && headers != 0))
        return drop(DropReason::kIpv6Extension);
      const size_t length = proto_ == 44 ? 8 : 8 + 8 * at(l4_ + 1);
      if (l4_ + length > end) return drop(DropReason::kIpv6Extension);
      if (proto_ == 44) fragment_ = (number(l4_ + 2) >> 3) != 0 || (at(l4_ + 3) & 1) != 0;
      proto_ = at(l4_);
      l4_ += length;
    }
    src_ = address(l3_ + 8, 16);
    dst_ = address(l3_ + 24, 16);
    passedIp(at(l3_ + 7), static_cast<uint8_t>(number(l3_) >> 4));
    return kGoOn;
  }

  static bool isExtension(uint8_t header) {
    return header == 0 || header == 43 || header == 44 || header == 60;
  }

  bool isMulticast(const Address& a) const { return v6_ ? a[0] == 0xff : a[0] >> 4 == 0xe; }
  bool isBroadcast(const Address& a) const {
    return !v6_ && a[0] == 255 && a[1] == 255 && a[2] == 255 && a[3] == 255;
  }
  bool isLoopback(const Address& a) const {
    Address one{};
    one[15] = 1;
    return v6_ ? a == one : a[0] == 127;
  }

  Ruling addresses() {
    const bool icmp6 = v6_ && proto_ == 58 && !fragment_;
    if (isMulticast(src_) || isBroadcast(src_) || isLoopback(src_) || isLoopback(dst_) ||
        dst_ == Address{} || (src_ == Address{} && !icmp6))
      return drop(DropReason::kMartian);
    if (src_ == dst_) return drop(DropReason::kLand);
    out_.parsed.multicast = isMulticast(dst_) || isBroadcast(dst_);
    return kGoOn;
  }

  Ruling fragments() {
    if (!fragment_) return kGoOn;
    if (settings_.fragments == FragmentAction::kPunt) return punt(PuntCause::kFragment);
    if (settings_.fragments != FragmentAction::kForward) return drop(DropReason::kIpFragment);
    out_.parsed.fragment = true;
    return kGoOn;
  }

  Ruling layer4() {
    const size_t length = l4_end_ - l4_;
    const auto fits = [&](size_t bytes) { return bytes <= length && l4_ + bytes <= kWindowBytes; };
    uint8_t flags = 0;
    bool ports = false;
    L4Kind kind = L4Kind::kOther;
    if (fragment_) {
      // Nothing of layer 4 is looked at.
    } else if (proto_ == 6) {
      const size_t header = (at(l4_ + 12) >> 4) * 4u;
      if (!fits(20) || header < 20 || header > length) return drop(DropReason::kTcpHeader);
      flags = at(l4_ + 13);
      const bool fin = flags & 1, syn = flags & 2, rst = flags & 4, ack = flags & 16;
      if ((!fin && !syn && !rst && !ack) || (syn && fin) || (syn && rst) || (fin && !ack && !rst))
        return drop(DropReason::kTcpFlags);
      kind = L4Kind::kTcp;
      ports = true;
    } else if (proto_ == 17) {
      if (!fits(8) || number(l4_ + 4) < 8 || number(l4_ + 4) > length)
        return drop(DropReason::kUdpHeader);
      kind = L4Kind::kUdp;
      ports = true;
    } else if (proto_ == (v6_ ? 58 : 1)) {
      if (!fits(8)) return drop(DropReason::kIcmpHeader);
      const uint8_t type = at(l4_);
      if (v6_ && type >= 133 && type <= 137) return punt(PuntCause::kNd);
      const bool error = v6_ ? type >= 1 && type <= 4
                             : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
      if (error) return icmpError();
      kind = L4Kind::kIcmp;
    }
    out_.parsed.l4 = kind;
    out_.parsed.tcp_flags = flags;
    out_.own = {src_, dst_, ports ? memory(l4_) : uint16_t{0},
                ports ? memory(l4_ + 2) : uint16_t{0}, proto_};
    out_.key = out_.own;
    return kGoOn;
  }

  Ruling icmpError() {
    const size_t inner = l4_ + 8;
    const size_t end = std::min<size_t>(l4_end_, kWindowBytes);
    const size_t header = v6_ ? 40 : (at(inner) & 15) * 4u;
    if (inner >= end || at(inner) >> 4 != (v6_ ? 6 : 4) || header < 20 || inner + header > end)
      return drop(DropReason::kIcmpHeader);
    const uint8_t proto = at(inner + (v6_ ? 6 : 9));
    const bool ports = proto == 6 || proto == 17;
    const size_t inner_l4 = inner + header;
    if (ports && inner_l4 + 8 > end) return drop(DropReason::kIcmpHeader);
    if (!v6_ && (number(inner + 6) & 0x1fff) != 0) return drop(DropReason::kIcmpHeader);
    out_.parsed.l4 = L4Kind::kIcmpError;
    out_.parsed.inner_l4_offset = static_cast<uint8_t>(inner_l4);
    out_.parsed.inner_proto = proto;
    out_.own = {src_, dst_, 0, 0, proto_};
    const size_t size = v6_ ? 16 : 4;
    const size_t inner_src = inner + (v6_ ? 8 : 12);
    out_.key = {address(inner_src + size, size), address(inner_src, size),
                ports ? memory(inner_l4 + 2) : uint16_t{0}, ports ? memory(inner_l4) : uint16_t{0},
                proto};
    return kGoOn;
  }

  std::span<const uint8_t> frame_;
  const Settings& settings_;
  Outcome out_;
  bool v6_ = false, fragment_ = false;
  size_t l3_ = 0, l3_len_ = 0, l4_ = 0, l4_end_ = 0;
  uint8_t proto_ = 0;
  Address src_{}, dst_{};
};

}  // namespace

Outcome goldenParse(std::span<const uint8_t> frame, uint8_t port, uint8_t cpu_dest,
                    const Settings& settings) {
  return Parser(frame, settings).run(port, cpu_dest);
}

}  // namespace sluice::parse_test
