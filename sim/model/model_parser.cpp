// SPDX-License-Identifier: Apache-2.0
#include "sim/model/model_parser.h"

#include <algorithm>
#include <cstring>

namespace sluice::model {
namespace {

using regs::DropReason;
using regs::L4Kind;
using regs::PuntCause;

enum Protocol : uint8_t { kIcmp = 1, kTcp = 6, kUdp = 17, kIcmpV6 = 58 };
enum Extension : uint8_t { kHopByHop = 0, kRouting = 43, kFragment = 44, kDestination = 60 };
enum TcpFlag : uint8_t { kFin = 1, kSyn = 2, kRst = 4, kAck = 16 };

class Parser {
 public:
  Parser(Packet& packet, const regs::PortRow& port, const regs::CsrConfig& config)
      : packet_(packet),
        out_(packet.parsed),
        port_(port),
        config_(config),
        frame_(packet.bytes.data()),
        length_(packet.meta.len) {}

  void run() {
    if (packet_.meta.port == regs::kCpuPort && packet_.meta.cpu_dest != regs::kPortNone) {
      out_.direct = true;
      return;
    }
    if (!ethernet() || !(out_.is_v6 ? ipv6() : ipv4()) || !addresses() || !fragments()) return;
    out_.is_ip = true;
    packet_.own.proto = protocol_;
    layer4();
  }

 private:
  // Bytes beyond the frame read as 0: the frame buffer sees to it.
  uint8_t byte(uint32_t at) const { return frame_[at]; }
  uint16_t number(uint32_t at) const { return static_cast<uint16_t>(byte(at) << 8 | byte(at + 1)); }
  uint16_t memory(uint32_t at) const { return static_cast<uint16_t>(byte(at) | byte(at + 1) << 8); }
  void address(Address& to, uint32_t at, bool v6) const {
    std::array<uint64_t, 2> value{};
    if (v6) {
      std::memcpy(&value, frame_ + at, 16);
    } else {
      std::memcpy(&value, frame_ + at, 4);
    }
    std::memcpy(&to, &value, sizeof value);
  }
  bool within(uint32_t end) const { return end <= l4_end_ && end <= regs::kWindowBytes; }

  bool fail(DropReason reason) {
    drop(out_, reason);
    return false;
  }
  bool toCpu(PuntCause cause) {
    punt(out_, cause);
    return false;
  }

  // Ones' complement sum of bytes, a multiple of 4 of them. Words of any width give the same sum.
  uint64_t sumOf(uint32_t at, uint32_t length) const {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < length; i += 4) {
      uint32_t word;
      std::memcpy(&word, frame_ + at + i, 4);
      sum += word;
    }
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
  }

  bool toOurMac() const { return std::memcmp(frame_, port_.mac.data(), 6) == 0; }

  bool ethernet() {
    if (port_.mac_filter && !(byte(0) & 1) && !toOurMac()) return fail(DropReason::kNotOurMac);
    uint32_t tags = 0;
    uint16_t type = number(12);
    while (type == 0x8100 || type == 0x88a8) {
      ++tags;
      if (tags > 2 || length_ < static_cast<int>(14 + 4 * tags))
        return fail(DropReason::kVlanDepth);
      type = number(12 + 4 * tags);
    }
    l3_ = 14 + 4 * tags;
    out_.l3_offset = static_cast<uint8_t>(l3_);
    if (type == 0x0806) return toCpu(PuntCause::kArp);
    if (type != 0x0800 && type != 0x86dd) return fail(DropReason::kUnknownEthertype);
    out_.is_v6 = type == 0x86dd;
    return true;
  }

  bool ipv4() {
    const int available = length_ - static_cast<int>(l3_);
    const uint32_t header = (byte(l3_) & 15) * 4;
    const int total = number(l3_ + 2);
    if (available < 20 || byte(l3_) >> 4 != 4 || header < 20 || total < static_cast<int>(header)) {
      return fail(DropReason::kIpv4Header);
    }
    if (total > available) return fail(DropReason::kIpv4Truncated);
    if (sumOf(l3_, header) != 0xffff) return fail(DropReason::kIpv4Checksum);
    if (header > 20 && config_.control_drop_options) return fail(DropReason::kIpv4Options);
    out_.tos = byte(l3_ + 1);
    out_.ttl = byte(l3_ + 8);
    protocol_ = byte(l3_ + 9);
    fragment_ = (number(l3_ + 6) & 0x3fff) != 0;
    address(packet_.own.src, l3_ + 12, false);
    address(packet_.own.dst, l3_ + 16, false);
    layer4At(l3_ + header, total);
    return true;
  }

  bool ipv6() {
    const int available = length_ - static_cast<int>(l3_);
    const int payload = number(l3_ + 4);
    if (available < 40 || byte(l3_) >> 4 != 6 || payload == 0) return fail(DropReason::kIpv6Header);
    if (40 + payload > available) return fail(DropReason::kIpv6Truncated);
    out_.tos = static_cast<uint8_t>(number(l3_) >> 4);
    out_.ttl = byte(l3_ + 7);
    address(packet_.own.src, l3_ + 8, true);
    address(packet_.own.dst, l3_ + 24, true);
    l4_end_ = l3_ + 40 + payload;
    return extensions();
  }

  bool extensions() {
    uint8_t next = byte(l3_ + 6);
    uint32_t at = l3_ + 40;
    for (int count = 0;
         next == kHopByHop || next == kRouting || next == kFragment || next == kDestination;
         ++count) {
      if (count == 3 || (next == kHopByHop && count > 0) || !within(at + 8)) {
        return fail(DropReason::kIpv6Extension);
      }
      const uint32_t length = next == kFragment ? 8 : 8 + 8 * byte(at + 1);
      if (!within(at + length)) return fail(DropReason::kIpv6Extension);
      if (next == kFragment && (number(at + 2) & 0xfff9) != 0) fragment_ = true;
      next = byte(at);
      at += length;
      if (fragment_) break;
    }
    protocol_ = next;
    layer4At(at, static_cast<int>(l4_end_ - l3_));
    return true;
  }

  void layer4At(uint32_t offset, int l3_len) {
    l4_ = offset;
    l4_end_ = l3_ + l3_len;
    out_.l4_offset = static_cast<uint8_t>(offset);
    out_.l3_len = static_cast<uint16_t>(l3_len);
  }

  static bool isMulticast(const Address& a, bool v6) {
    return v6 ? a[0] == 0xff : (a[0] & 0xf0) == 0xe0;
  }
  static bool isBroadcast(const Address& a, bool v6) {
    constexpr std::array<uint8_t, 4> kBroadcast = {255, 255, 255, 255};
    return !v6 && std::memcmp(a.data(), kBroadcast.data(), 4) == 0;
  }
  static bool isUnspecified(const Address& a) { return same(a, Address{}); }
  static bool isLoopback(const Address& a, bool v6) {
    constexpr Address kLoopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return v6 ? same(a, kLoopback) : a[0] == 127;
  }

  bool addresses() {
    const bool v6 = out_.is_v6;
    const auto& src = packet_.own.src;
    const auto& dst = packet_.own.dst;
    const bool may_be_unspecified = v6 && protocol_ == kIcmpV6 && !fragment_;
    if (isMulticast(src, v6) || isBroadcast(src, v6) || isLoopback(src, v6) ||
        (isUnspecified(src) && !may_be_unspecified) || isLoopback(dst, v6) || isUnspecified(dst)) {
      return fail(DropReason::kMartian);
    }
    if (same(src, dst)) return fail(DropReason::kLand);
    out_.multicast = isMulticast(dst, v6) || isBroadcast(dst, v6);
    return true;
  }

  bool fragments() {
    if (!fragment_) return true;
    switch (static_cast<regs::FragmentAction>(config_.control_fragments)) {
      case regs::FragmentAction::kForward:
        out_.fragment = true;
        return true;
      case regs::FragmentAction::kPunt:
        return toCpu(PuntCause::kFragment);
      default:
        return fail(DropReason::kIpFragment);
    }
  }

  bool layer4() {
    const int length = static_cast<int>(l4_end_) - static_cast<int>(l4_);
    const int room = std::min(length, static_cast<int>(regs::kWindowBytes) - static_cast<int>(l4_));
    if (fragment_) {
      out_.l4 = L4Kind::kOther;
      return true;
    }
    if (protocol_ == kTcp) return tcp(length, room);
    if (protocol_ == kUdp) return udp(length, room);
    if (protocol_ == (out_.is_v6 ? kIcmpV6 : kIcmp)) return icmp(room);
    out_.l4 = L4Kind::kOther;
    return true;
  }

  void ports() {
    packet_.own.sport = memory(l4_);
    packet_.own.dport = memory(l4_ + 2);
  }

  bool tcp(int length, int room) {
    const int header = (byte(l4_ + 12) >> 4) * 4;
    if (room < 20 || header < 20 || header > length) return fail(DropReason::kTcpHeader);
    const uint8_t flags = byte(l4_ + 13);
    const bool fin = flags & kFin, syn = flags & kSyn, rst = flags & kRst, ack = flags & kAck;
    if (!(fin || syn || rst || ack) || (syn && fin) || (syn && rst) || (fin && !ack && !rst)) {
      return fail(DropReason::kTcpFlags);
    }
    out_.l4 = L4Kind::kTcp;
    out_.tcp_flags = flags;
    ports();
    return true;
  }

  bool udp(int length, int room) {
    const int udp_length = number(l4_ + 4);
    if (room < 8 || udp_length < 8 || udp_length > length) return fail(DropReason::kUdpHeader);
    out_.l4 = L4Kind::kUdp;
    ports();
    return true;
  }

  bool icmp(int room) {
    if (room < 8) return fail(DropReason::kIcmpHeader);
    const uint8_t type = byte(l4_);
    if (out_.is_v6 && type >= 133 && type <= 137) return toCpu(PuntCause::kNd);
    const bool error = out_.is_v6 ? type >= 1 && type <= 4
                                  : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    if (!error) {
      out_.l4 = L4Kind::kIcmp;
      return true;
    }
    return innerPacket(l4_ + 8) || fail(DropReason::kIcmpHeader);
  }

  // The packet inside an ICMP error, at `at`; false if it is not readable.
  bool innerPacket(uint32_t at) {
    const bool v6 = out_.is_v6;
    if (!within(at + (v6 ? 40 : 20)) || byte(at) >> 4 != (v6 ? 6 : 4)) return false;
    const uint32_t header = v6 ? 40 : (byte(at) & 15) * 4;
    if (header < 20 || !within(at + header)) return false;
    if (!v6 && (number(at + 6) & 0x1fff) != 0) return false;
    const uint8_t protocol = v6 ? byte(at + 6) : byte(at + 9);
    const bool has_ports = protocol == kTcp || protocol == kUdp;
    if (has_ports && !within(at + header + 8)) return false;
    address(packet_.inner.dst, at + (v6 ? 8 : 12), v6);
    address(packet_.inner.src, at + (v6 ? 24 : 16), v6);
    packet_.inner.proto = protocol;
    if (has_ports) {
      packet_.inner.dport = memory(at + header);
      packet_.inner.sport = memory(at + header + 2);
    }
    out_.l4 = L4Kind::kIcmpError;
    out_.inner_l4_offset = static_cast<uint8_t>(at + header);
    out_.inner_proto = protocol;
    return true;
  }

  Packet& packet_;
  regs::Parsed& out_;
  const regs::PortRow& port_;
  const regs::CsrConfig& config_;
  const uint8_t* const frame_;
  const int length_;
  uint32_t l3_ = 0;
  uint32_t l4_ = 0;
  uint32_t l4_end_ = 0;
  uint8_t protocol_ = 0;
  bool fragment_ = false;
};

}  // namespace

void parse(Packet& packet, const regs::PortRow& port, const regs::CsrConfig& config) {
  Parser(packet, port, config).run();
}

}  // namespace sluice::model
