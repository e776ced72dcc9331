// SPDX-License-Identifier: Apache-2.0
#include "firmware/icmp/icmp_error.h"

#include <algorithm>

#include "firmware/base/internet_sum.h"

namespace sluice {
namespace {

constexpr uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd, kVlan = 0x8100, kQinQ = 0x88a8;
constexpr uint8_t kHopByHop = 0, kIcmp = 1, kRouting = 43, kFragment = 44, kIcmp6 = 58,
                  kDestinationOptions = 60;
constexpr uint8_t kUnreachable4 = 3, kFragmentationNeeded = 4, kTimeExceeded4 = 11;
constexpr uint8_t kPacketTooBig6 = 2, kTimeExceeded6 = 3, kInformational6 = 128, kRedirect6 = 137;
constexpr size_t kHeader4 = 20, kHeader6 = 40, kIcmpHeader = 8;
constexpr uint8_t kHops = 64;
constexpr uint8_t kInternetworkControl = 0xc0;  // TOS of IPv4 errors, RFC 1812 4.3.2.5

using Bytes = std::span<const uint8_t>;

uint16_t big16(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// A packet that an error may be sent about.
struct Offender {
  size_t l3 = 0;  // offset of its IP header
  Bytes packet;   // from there on, without padding
  IcmpErrorParties parties;
};

IpAddress addressAt(Bytes packet, size_t at, bool v6) {
  IpAddress address{v6, {}};
  std::copy_n(packet.begin() + static_cast<std::ptrdiff_t>(at), v6 ? 16 : 4, address.bytes.begin());
  return address;
}

bool oneHost(const IpAddress& address) {
  const bool reserved4 = !address.v6 && address.bytes[0] >= 240;  // 255.255.255.255, too
  return !address.unspecified() && !address.multicast() && !address.loopback() && !reserved4;
}

bool icmp4AllowsError(Bytes message) {
  if (message.empty()) return false;
  constexpr uint8_t kErrors[] = {3, 4, 5, 11, 12};
  return std::find(std::begin(kErrors), std::end(kErrors), message[0]) == std::end(kErrors);
}

bool icmp6AllowsError(Bytes message) {
  return !message.empty() && message[0] >= kInformational6 && message[0] != kRedirect6;
}

// Cuts the packet to its length; nothing if it is not all there.
bool takeLength(Bytes& packet, size_t length, size_t header) {
  if (length < header || length > packet.size()) return false;
  packet = packet.first(length);
  return true;
}

bool readIpv4(Offender& offender) {
  Bytes& packet = offender.packet;
  if (packet.size() < kHeader4 || packet[0] >> 4 != 4) return false;
  const size_t header = size_t{packet[0] & 15u} * 4;
  if (header < kHeader4 || !takeLength(packet, big16(packet, 2), header)) return false;
  offender.parties = {addressAt(packet, 12, false), addressAt(packet, 16, false)};
  if ((big16(packet, 6) & 0x1fff) != 0) return false;
  return packet[9] != kIcmp || icmp4AllowsError(packet.subspan(header));
}

// The extension headers up to the one that tells whether an error is allowed.
bool readIpv6(Offender& offender) {
  Bytes& packet = offender.packet;
  if (packet.size() < kHeader6 || packet[0] >> 4 != 6) return false;
  if (!takeLength(packet, kHeader6 + big16(packet, 4), kHeader6)) return false;
  offender.parties = {addressAt(packet, 8, true), addressAt(packet, 24, true)};
  uint8_t next = packet[6];
  size_t at = kHeader6;
  while (next == kHopByHop || next == kRouting || next == kFragment ||
         next == kDestinationOptions) {
    if (at + 8 > packet.size()) return false;
    if (next == kFragment && (big16(packet, at + 2) & 0xfff8) != 0) return false;
    const size_t length = next == kFragment ? 8 : 8 + size_t{packet[at + 1]} * 8;
    next = packet[at];
    at += length;
  }
  return next != kIcmp6 || (at < packet.size() && icmp6AllowsError(packet.subspan(at)));
}

std::optional<Offender> readOffender(Bytes frame) {
  Offender offender;
  size_t at = 12;
  for (int tags = 0; tags < 2 && at + 6 <= frame.size(); ++tags) {
    if (big16(frame, at) != kVlan && big16(frame, at) != kQinQ) break;
    at += 4;
  }
  if (at + 2 > frame.size() || (frame[0] & 1) != 0) return std::nullopt;
  offender.l3 = at + 2;
  offender.packet = frame.subspan(offender.l3);
  const uint16_t type = big16(frame, at);
  const bool readable = type == kIpv4   ? readIpv4(offender)
                        : type == kIpv6 ? readIpv6(offender)
                                        : false;
  if (!readable || !oneHost(offender.parties.sender) || !oneHost(offender.parties.receiver))
    return std::nullopt;
  return offender;
}

class Writer {
 public:
  void u8(unsigned value) { out.push_back(static_cast<uint8_t>(value)); }
  void u16(size_t value) {
    u8(static_cast<unsigned>(value >> 8));
    u8(static_cast<unsigned>(value));
  }
  void bytes(Bytes data) { out.insert(out.end(), data.begin(), data.end()); }
  void address(const IpAddress& a) { bytes(Bytes(a.bytes).first(a.v6 ? 16 : 4)); }
  // The checksum of what stands from `begin` on, to byte `at`.
  void checksum(size_t begin, size_t at, uint32_t start = 0) {
    const auto sum = static_cast<uint16_t>(~internetSum(Bytes(out).subspan(begin), start));
    out[at] = static_cast<uint8_t>(sum >> 8);
    out[at + 1] = static_cast<uint8_t>(sum);
  }
  std::vector<uint8_t> out;
};

void writeMessage(Writer& w, uint8_t type, uint8_t code, uint32_t word, Bytes quoted) {
  w.u8(type);
  w.u8(code);
  w.u16(0);
  w.u16(word >> 16);
  w.u16(word & 0xffff);
  w.bytes(quoted);
}

void writeIpv4(Writer& w, const Offender& about, const IcmpProblem& problem,
               const IpAddress& source) {
  const Bytes quoted = about.packet.first(
      std::min(about.packet.size(), kLongestIcmpError4 - kHeader4 - kIcmpHeader));
  const size_t ip = w.out.size();
  w.u8(0x45);
  w.u8(kInternetworkControl);
  w.u16(kHeader4 + kIcmpHeader + quoted.size());
  w.u16(0);
  w.u16(0);
  w.u8(kHops);
  w.u8(kIcmp);
  w.u16(0);
  w.address(source);
  w.address(about.parties.sender);
  w.checksum(ip, ip + 10);
  const size_t message = w.out.size();
  const bool too_big = problem.kind == IcmpProblem::Kind::kTooBig;
  writeMessage(w, too_big ? kUnreachable4 : kTimeExceeded4, too_big ? kFragmentationNeeded : 0,
               too_big ? std::min(problem.mtu, 0xffffu) : 0, quoted);
  w.checksum(message, message + 2);
}

void writeIpv6(Writer& w, const Offender& about, const IcmpProblem& problem,
               const IpAddress& source) {
  const Bytes quoted = about.packet.first(
      std::min(about.packet.size(), kLongestIcmpError6 - kHeader6 - kIcmpHeader));
  const size_t length = kIcmpHeader + quoted.size();
  w.u16(0x6000);
  w.u16(0);
  w.u16(length);
  w.u8(kIcmp6);
  w.u8(kHops);
  const size_t addresses = w.out.size();
  w.address(source);
  w.address(about.parties.sender);
  const size_t message = w.out.size();
  const bool too_big = problem.kind == IcmpProblem::Kind::kTooBig;
  writeMessage(w, too_big ? kPacketTooBig6 : kTimeExceeded6, 0, too_big ? problem.mtu : 0, quoted);
  w.checksum(addresses, message + 2, static_cast<uint32_t>(length) + kIcmp6);
}

}  // namespace

std::optional<IcmpErrorParties> icmpErrorParties(std::span<const uint8_t> frame) {
  const auto offender = readOffender(frame);
  if (!offender) return std::nullopt;
  return offender->parties;
}

std::optional<std::vector<uint8_t>> icmpError(std::span<const uint8_t> frame,
                                              const IcmpProblem& problem, const IpAddress& source,
                                              const MacAddress& mac) {
  const auto offender = readOffender(frame);
  if (!offender || source.v6 != offender->parties.sender.v6) return std::nullopt;
  Writer w;
  w.bytes(frame.subspan(6, 6));
  w.bytes(mac.bytes);
  w.bytes(frame.subspan(12, offender->l3 - 12));
  (source.v6 ? writeIpv6 : writeIpv4)(w, *offender, problem, source);
  return std::move(w.out);
}

}  // namespace sluice
