// SPDX-License-Identifier: Apache-2.0
#include "sim/model/model_editor.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace sluice::model {
namespace {

using regs::Direction;
using regs::DropReason;
using regs::L4Kind;
using regs::PuntCause;
using regs::Verdict;
using regs::VirtualMode;

constexpr uint8_t kTcp = 6, kUdp = 17;

// RFC 1624 eqn. 3, collected over any number of replaced 16-bit words.
class ChecksumUpdate {
 public:
  void replace(uint16_t before, uint16_t after) {
    sum_ += static_cast<uint16_t>(~before) + uint32_t{after};
  }
  // `length` is a multiple of 4: words of any width give the same sum.
  void replace(const uint8_t* before, const uint8_t* after, size_t length) {
    for (size_t i = 0; i < length; i += 4) {
      uint32_t b, a;
      std::memcpy(&b, before + i, 4);
      std::memcpy(&a, after + i, 4);
      sum_ += uint64_t{~b} + a;
    }
  }
  // The checksum that takes the place of `before`.
  uint16_t apply(uint16_t before) const {
    uint64_t sum = sum_ + static_cast<uint16_t>(~before);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
  }

 private:
  uint64_t sum_ = 0;
};

void putNumber(uint8_t* at, uint32_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

uint16_t load16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, 2);
  return value;
}
void store16(uint8_t* at, uint16_t value) { std::memcpy(at, &value, 2); }

bool isTunnel(VirtualMode mode) {
  return mode == VirtualMode::kIpip || mode == VirtualMode::kGue0 || mode == VirtualMode::kGue1;
}

// Rewrites a packet in place; `l3` points at its IP header.
class Rewriter {
 public:
  Rewriter(const Packet& packet, uint8_t* l3)
      : packet_(packet),
        routed_(packet.routed),
        v6_(packet.parsed.is_v6),
        forward_(packet.routed.direction == Direction::kForward),
        full_(packet.routed.mode == VirtualMode::kFullnat),
        l3_(l3),
        l4_(l3 + (packet.parsed.l4_offset - packet.parsed.l3_offset)) {}

  void run() {
    decrementTtl();
    if (routed_.mode == VirtualMode::kNat || full_) {
      if (packet_.parsed.l4 == L4Kind::kIcmpError) {
        translateError();
      } else {
        translate();
      }
    }
    if (!v6_) store16(l3_ + 10, header_.apply(load16(l3_ + 10)));
  }

 private:
  size_t addressSize() const { return v6_ ? 16 : 4; }

  void decrementTtl() {
    if (v6_) {
      --l3_[7];
    } else {
      const uint16_t before = load16(l3_ + 8);  // TTL, not 0, and protocol
      const auto after = static_cast<uint16_t>(before - 1);
      header_.replace(before, after);
      store16(l3_ + 8, after);
    }
  }

  // Replaces an address and notes it in the checksums given.
  template <class Address, class... Updates>
  void setAddress(uint8_t* at, const Address& address, Updates&... updates) {
    (updates.replace(at, address.data(), addressSize()), ...);
    std::memcpy(at, address.data(), addressSize());
  }
  // Those of an IP header, or with `inner` of one that went the other way.
  template <class... Updates>
  void setAddresses(uint8_t* header, bool inner, Updates&... updates) {
    uint8_t* source = header + (v6_ ? 8 : 12);
    uint8_t* destination = header + (v6_ ? 24 : 16);
    const bool to_member = forward_ != inner;
    setAddress(to_member ? destination : source, routed_.address, updates...);
    if (full_) setAddress(to_member ? source : destination, routed_.peer_address, updates...);
  }
  template <class... Updates>
  void setPort(uint8_t* at, uint16_t port, Updates&... updates) {
    (updates.replace(load16(at), port), ...);
    store16(at, port);
  }
  // Those of a layer-4 header. A member's port 0 keeps the packet's.
  template <class... Updates>
  void setPorts(uint8_t* header, bool inner, Updates&... updates) {
    const bool to_member = forward_ != inner;
    if (routed_.port != 0 || !forward_)
      setPort(header + (to_member ? 2 : 0), routed_.port, updates...);
    if (full_) setPort(header + (to_member ? 0 : 2), routed_.peer_port, updates...);
  }

  void translate() {
    ChecksumUpdate l4;
    setAddresses(l3_, false, header_, l4);
    if (packet_.parsed.l4 == L4Kind::kTcp) {
      setPorts(l4_, false, l4);
      store16(l4_ + 16, l4.apply(load16(l4_ + 16)));
    } else if (packet_.parsed.l4 == L4Kind::kUdp) {
      setPorts(l4_, false, l4);
      // Over IPv4 a checksum of 0 means none and stays.
      if (v6_ || load16(l4_ + 6) != 0) updateUdp(l4_ + 6, l4);
    } else if (packet_.parsed.l4 == L4Kind::kIcmp && v6_) {
      store16(l4_ + 2, l4.apply(load16(l4_ + 2)));
    }
  }

  static void updateUdp(uint8_t* at, const ChecksumUpdate& update) {
    const uint16_t after = update.apply(load16(at));
    store16(at, after == 0 ? 0xffff : after);
  }

  void translateError() {
    ChecksumUpdate icmp;
    if (v6_) {
      setAddresses(l3_, false, icmp);
    } else {
      setAddresses(l3_, false, header_);
    }
    uint8_t* inner = l4_ + 8;
    uint8_t* inner_l4 = l3_ + (packet_.parsed.inner_l4_offset - packet_.parsed.l3_offset);
    ChecksumUpdate inner_header;
    ChecksumUpdate inner_checksum;
    setAddresses(inner, true, icmp, inner_header, inner_checksum);
    if (!v6_) replaceChecksum(inner + 10, inner_header.apply(load16(inner + 10)), icmp);
    const uint8_t protocol = packet_.parsed.inner_proto;
    if (protocol == kTcp || protocol == kUdp) setPorts(inner_l4, true, icmp, inner_checksum);
    if (protocol == kUdp) {
      const uint16_t before = load16(inner_l4 + 6);
      if (before != 0) updateUdp(inner_l4 + 6, inner_checksum);
      icmp.replace(before, load16(inner_l4 + 6));
    }
    store16(l4_ + 2, icmp.apply(load16(l4_ + 2)));
  }

  void replaceChecksum(uint8_t* at, uint16_t value, ChecksumUpdate& covering) {
    covering.replace(load16(at), value);
    store16(at, value);
  }

  const Packet& packet_;
  const regs::Routed& routed_;
  bool v6_;
  bool forward_;
  bool full_;  // the other end changes, too
  uint8_t* l3_;
  uint8_t* l4_;
  ChecksumUpdate header_;
};

// The headers that a tunnel puts in front.
class Tunnel {
 public:
  Tunnel(const Packet& packet, const regs::CsrConfig& config) : packet_(packet), config_(config) {
    const VirtualMode mode = packet.routed.mode;
    if (packet.routed.direction != Direction::kForward || !isTunnel(mode)) return;
    v6_ = packet.routed.address_v6;
    gue_ = mode == VirtualMode::kGue0 ? 12 : mode == VirtualMode::kGue1 ? 8 : 0;
    size_ = (v6_ ? 40 : 20) + gue_;
  }

  size_t size() const { return size_; }
  bool outerV6() const { return size_ != 0 ? v6_ : packet_.parsed.is_v6; }

  void write(uint8_t* at) const {
    if (size_ == 0) return;
    const uint8_t inner_protocol = packet_.parsed.is_v6 ? 41 : 4;
    const uint8_t protocol = gue_ != 0 ? kUdp : inner_protocol;
    if (v6_) {
      writeIpv6(at, protocol);
    } else {
      writeIpv4(at, protocol);
    }
    if (gue_ != 0) writeUdp(at + (v6_ ? 40 : 20), inner_protocol);
  }

 private:
  void writeIpv4(uint8_t* at, uint8_t protocol) const {
    std::fill(at, at + 20, 0);
    at[0] = 0x45;
    at[1] = packet_.parsed.tos;
    putNumber(at + 2, static_cast<uint32_t>(packet_.parsed.l3_len + size_));
    at[6] = 0x40;
    at[8] = 64;
    at[9] = protocol;
    std::memcpy(at + 12, &config_.tunnel_source4, 4);
    std::memcpy(at + 16, packet_.routed.address.data(), 4);
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2) sum += load16(at + i);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    store16(at + 10, static_cast<uint16_t>(~sum));
  }

  void writeIpv6(uint8_t* at, uint8_t protocol) const {
    const uint32_t tos = packet_.parsed.tos;
    at[0] = static_cast<uint8_t>(0x60 | tos >> 4);
    at[1] = static_cast<uint8_t>(tos << 4);
    putNumber(at + 2, packet_.routed.entropy);
    putNumber(at + 4, static_cast<uint32_t>(packet_.parsed.l3_len + gue_));
    at[6] = protocol;
    at[7] = 64;
    std::memcpy(at + 8, config_.tunnel_source6.data(), 16);
    std::memcpy(at + 24, packet_.routed.address.data(), 16);
  }

  void writeUdp(uint8_t* at, uint8_t inner_protocol) const {
    putNumber(at, 0xc000u | (packet_.routed.entropy & 0x3fff));
    putNumber(at + 2, regs::kGueUdpPort);
    putNumber(at + 4, static_cast<uint32_t>(packet_.parsed.l3_len + gue_));
    putNumber(at + 6, 0);
    if (gue_ == 12) {
      at[8] = 0;
      at[9] = inner_protocol;
      putNumber(at + 10, 0);
    }
  }

  const Packet& packet_;
  const regs::CsrConfig& config_;
  bool v6_ = false;
  size_t gue_ = 0;
  size_t size_ = 0;
};

size_t writeEthernet(uint8_t* at, const regs::NeighborRow& neighbor, const regs::PortRow& port,
                     bool v6) {
  std::memcpy(at, neighbor.mac.data(), 6);
  std::memcpy(at + 6, port.mac.data(), 6);
  size_t type = 12;
  if (neighbor.vlan_tagged) {
    putNumber(at + 12, 0x8100);
    putNumber(at + 14, neighbor.vlan);
    type = 16;
  }
  putNumber(at + type, v6 ? 0x86dd : 0x0800);
  return type + 2;
}

}  // namespace

void edit(Packet& packet, const Tables& tables, const regs::CsrConfig& config, Edited& out) {
  regs::Routed& routed = packet.routed;
  out = {};
  const auto asIs = [&](uint8_t port) { out = {port, packet.bytes}; };
  if (routed.verdict == Verdict::kDrop) return;
  if (routed.verdict == Verdict::kPunt) return asIs(regs::kCpuPort);
  if (packet.parsed.direct) {
    const uint8_t port = packet.meta.cpu_dest;
    if (port >= regs::kCpuPort || !tables.port.at(port).up)
      return drop(routed, DropReason::kPortDown);
    return asIs(port);
  }
  const auto toCpu = [&](PuntCause cause) {
    punt(routed, cause);
    asIs(regs::kCpuPort);
  };
  if (packet.parsed.ttl <= 1) return toCpu(PuntCause::kTtl);
  const regs::NeighborRow& neighbor = tables.neighbor.at(routed.neighbor);
  if (!neighbor.valid) return drop(routed, DropReason::kNeighborUnresolved);
  const regs::PortRow& port = tables.port.at(neighbor.port);
  if (neighbor.port >= regs::kCpuPort || !port.up) return drop(routed, DropReason::kPortDown);
  const Tunnel tunnel(packet, config);
  const size_t l3_len = packet.parsed.l3_len;
  if (tunnel.size() + l3_len > port.mtu) return toCpu(PuntCause::kMtu);

  // The packet stays where it is; its new headers end where it begins.
  uint8_t* const l3 = packet.bytes.data() + packet.parsed.l3_offset;
  const size_t front = (neighbor.vlan_tagged ? 18 : 14) + tunnel.size();
  writeEthernet(l3 - front, neighbor, port, tunnel.outerV6());
  tunnel.write(l3 - tunnel.size());
  Rewriter(packet, l3).run();
  out = {neighbor.port, {l3 - front, front + l3_len}};
}

}  // namespace sluice::model
