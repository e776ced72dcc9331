// SPDX-License-Identifier: Apache-2.0
#include "firmware/reset/tcp_segment.h"

#include <algorithm>

#include "firmware/base/internet_sum.h"

namespace sluice {
namespace {

constexpr uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd, kVlan = 0x8100, kQinQ = 0x88a8;
constexpr uint8_t kTcp = 6, kHops = 64;
constexpr size_t kHeader4 = 20, kHeader6 = 40, kHeaderTcp = 20, kLeastFrame = 60;

using Bytes = std::span<const uint8_t>;

uint32_t big(Bytes bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + i];
  return value;
}

IpAddress addressAt(Bytes packet, size_t at, bool v6) {
  IpAddress address{v6, {}};
  std::copy_n(packet.begin() + static_cast<std::ptrdiff_t>(at), v6 ? 16 : 4, address.bytes.begin());
  return address;
}

// The TCP part of a packet, and the addresses.
struct Payload {
  IpAddress source, destination;
  Bytes tcp;
};

std::optional<Payload> ipv4(Bytes packet) {
  if (packet.size() < kHeader4 || packet[0] >> 4 != 4 || packet[9] != kTcp) return std::nullopt;
  const size_t header = size_t{packet[0] & 15u} * 4, length = big(packet, 2, 2);
  const bool fragment = (big(packet, 6, 2) & 0x3fff) != 0;
  if (header < kHeader4 || length < header || length > packet.size() || fragment)
    return std::nullopt;
  return Payload{addressAt(packet, 12, false), addressAt(packet, 16, false),
                 packet.subspan(header, length - header)};
}

std::optional<Payload> ipv6(Bytes packet) {
  if (packet.size() < kHeader6 || packet[0] >> 4 != 6 || packet[6] != kTcp) return std::nullopt;
  const size_t length = big(packet, 4, 2);
  if (kHeader6 + length > packet.size()) return std::nullopt;
  return Payload{addressAt(packet, 8, true), addressAt(packet, 24, true),
                 packet.subspan(kHeader6, length)};
}

class Writer {
 public:
  void put(uint32_t value, size_t count) {
    for (size_t i = count; i-- > 0;) out.push_back(static_cast<uint8_t>(value >> 8 * i));
  }
  void bytes(Bytes data) { out.insert(out.end(), data.begin(), data.end()); }
  void address(const IpAddress& a) { bytes(Bytes(a.bytes).first(a.v6 ? 16 : 4)); }
  void checksum(size_t begin, size_t at, uint32_t start = 0) {
    const auto sum = static_cast<uint16_t>(~internetSum(Bytes(out).subspan(begin), start));
    out[at] = static_cast<uint8_t>(sum >> 8);
    out[at + 1] = static_cast<uint8_t>(sum);
  }
  std::vector<uint8_t> out;
};

}  // namespace

std::optional<TcpSegment> readSegment(std::span<const uint8_t> frame) {
  size_t at = 12;
  for (int tags = 0; tags < 2 && at + 6 <= frame.size(); ++tags) {
    const uint32_t type = big(frame, at, 2);
    if (type != kVlan && type != kQinQ) break;
    at += 4;
  }
  if (at + 2 > frame.size()) return std::nullopt;
  const uint32_t type = big(frame, at, 2);
  const Bytes packet = frame.subspan(at + 2);
  const auto payload = type == kIpv4 ? ipv4(packet) : type == kIpv6 ? ipv6(packet) : std::nullopt;
  if (!payload || payload->tcp.size() < kHeaderTcp) return std::nullopt;
  const Bytes tcp = payload->tcp;
  const size_t header = size_t{tcp[12]} / 16 * 4;
  if (header < kHeaderTcp || header > tcp.size()) return std::nullopt;
  TcpSegment segment;
  segment.source = {payload->source, static_cast<uint16_t>(big(tcp, 0, 2))};
  segment.destination = {payload->destination, static_cast<uint16_t>(big(tcp, 2, 2))};
  segment.sequence = big(tcp, 4, 4);
  segment.acknowledgement = big(tcp, 8, 4);
  segment.flags = tcp[13];
  segment.length = static_cast<uint32_t>(tcp.size() - header) + segment.has(TcpSegment::kSyn) +
                   segment.has(TcpSegment::kFin);
  return segment;
}

std::vector<uint8_t> writeSegment(const TcpSegment& segment, const Link& link) {
  const bool v6 = segment.source.address.v6;
  Writer w;
  w.bytes(link.to.bytes);
  w.bytes(link.from.bytes);
  if (link.vlan != 0) {
    w.put(kVlan, 2);
    w.put(link.vlan, 2);
  }
  w.put(v6 ? kIpv6 : kIpv4, 2);
  const size_t ip = w.out.size();
  if (v6) {
    w.put(0x60000000, 4);
    w.put(kHeaderTcp, 2);
    w.put(kTcp, 1);
    w.put(kHops, 1);
  } else {
    w.put(0x45000000 | (kHeader4 + kHeaderTcp), 4);
    w.put(0x4000, 4);  // do not fragment
    w.put(uint32_t{kHops} << 8 | kTcp, 2);
    w.put(0, 2);
  }
  const size_t addresses = w.out.size();
  w.address(segment.source.address);
  w.address(segment.destination.address);
  if (!v6) w.checksum(ip, ip + 10);
  const size_t tcp = w.out.size();
  w.put(segment.source.port, 2);
  w.put(segment.destination.port, 2);
  w.put(segment.sequence, 4);
  w.put(segment.acknowledgement, 4);
  w.put(kHeaderTcp / 4 << 4, 1);
  w.put(segment.flags, 1);
  w.put(0, 2);  // window
  w.put(0, 4);  // checksum, urgent pointer
  w.checksum(addresses, tcp + 16, kHeaderTcp + kTcp);
  if (w.out.size() < kLeastFrame) w.out.resize(kLeastFrame);
  return std::move(w.out);
}

std::optional<TcpSegment> resetFor(const TcpSegment& segment) {
  if (segment.has(TcpSegment::kRst)) return std::nullopt;
  TcpSegment reset{segment.destination, segment.source};
  if (segment.has(TcpSegment::kAck)) {
    reset.sequence = segment.acknowledgement;
    reset.flags = TcpSegment::kRst;
  } else {
    reset.acknowledgement = segment.sequence + segment.length;
    reset.flags = TcpSegment::kRst | TcpSegment::kAck;
  }
  return reset;
}

TcpSegment resetOnwards(const TcpSegment& segment, const Endpoint& server) {
  TcpSegment reset{segment.source, server};
  reset.sequence = segment.sequence;
  reset.flags = TcpSegment::kRst;
  return reset;
}

TcpSegment question(const Endpoint& from, const Endpoint& to) {
  TcpSegment asks{from, to};
  asks.flags = TcpSegment::kAck;
  return asks;
}

}  // namespace sluice
