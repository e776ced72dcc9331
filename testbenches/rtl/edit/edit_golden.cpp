// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/edit/edit_golden.h"

#include <algorithm>
#include <span>
#include <vector>

namespace sluice::edit_test {
namespace {

uint16_t equation3(uint16_t checksum, uint16_t before, uint16_t after) {
  uint32_t sum = static_cast<uint16_t>(~checksum) + static_cast<uint16_t>(~before) + after;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

class Editor {
 public:
  explicit Editor(const Input& input)
      : in_(input), p_(input.parsed), r_(input.routed), frame_(input.frame) {}

  /// The frame from the IP header on, without padding.
  Bytes l3() {
    decrementTtl();
    if (r_.mode == VirtualMode::kNat || full()) p_.l4 == L4Kind::kIcmpError ? natError() : nat();
    const auto start = frame_.begin() + p_.l3_offset;
    return {start, start + p_.l3_len};
  }

 private:
  uint16_t get(size_t at) const { return static_cast<uint16_t>(frame_[at] << 8 | frame_[at + 1]); }
  void set(size_t at, uint16_t value) {
    frame_[at] = static_cast<uint8_t>(value >> 8);
    frame_[at + 1] = static_cast<uint8_t>(value);
  }

  /// Writes `bytes` at `at` and brings the checksums that cover them up to date.
  void change(size_t at, std::span<const uint8_t> bytes, const std::vector<size_t>& checksums) {
    for (size_t i = 0; i < bytes.size(); i += 2) {
      const uint16_t before = get(at + i);
      std::copy_n(bytes.begin() + static_cast<long>(i), 2,
                  frame_.begin() + static_cast<long>(at + i));
      for (const size_t checksum : checksums)
        set(checksum, equation3(get(checksum), before, get(at + i)));
    }
  }

  size_t addressAt(size_t ip, bool source) const {
    if (p_.is_v6) return ip + (source ? 8 : 24);
    return ip + (source ? 12 : 16);
  }
  std::span<const uint8_t> newAddress() const {
    return std::span(r_.address).first(p_.is_v6 ? 16 : 4);
  }
  std::span<const uint8_t> newPeer() const {
    return std::span(r_.peer_address).first(p_.is_v6 ? 16 : 4);
  }
  static std::array<uint8_t, 2> bytesOf(uint16_t port) {
    return {static_cast<uint8_t>(port), static_cast<uint8_t>(port >> 8)};
  }
  std::array<uint8_t, 2> newPort() const { return bytesOf(r_.port); }
  /// The source changes too, or for answers the destination.
  bool full() const { return r_.mode == VirtualMode::kFullnat; }
  bool reverse() const { return r_.direction == Direction::kReverse; }
  bool changesPort() const { return reverse() || r_.port != 0; }

  void decrementTtl() {
    const size_t at = p_.l3_offset + (p_.is_v6 ? 6 : 8);
    std::array<uint8_t, 2> word = {frame_[at], frame_[at + 1]};
    --word[p_.is_v6 ? 1 : 0];
    change(at, word, p_.is_v6 ? std::vector<size_t>{} : std::vector<size_t>{p_.l3_offset + 10u});
  }

  void nat() {
    std::vector<size_t> ip;
    if (!p_.is_v6) ip.push_back(p_.l3_offset + 10u);
    std::vector<size_t> l4;
    const bool udp = p_.l4 == L4Kind::kUdp;
    const bool ports = udp || p_.l4 == L4Kind::kTcp;
    if (p_.l4 == L4Kind::kTcp) l4.push_back(p_.l4_offset + 16u);
    if (udp && (p_.is_v6 || get(p_.l4_offset + 6u) != 0)) l4.push_back(p_.l4_offset + 6u);
    if (p_.l4 == L4Kind::kIcmp && p_.is_v6) l4.push_back(p_.l4_offset + 2u);
    std::vector<size_t> both = ip;
    both.insert(both.end(), l4.begin(), l4.end());
    change(addressAt(p_.l3_offset, reverse()), newAddress(), both);
    if (ports && changesPort()) change(p_.l4_offset + (reverse() ? 0u : 2u), newPort(), l4);
    if (full()) {
      change(addressAt(p_.l3_offset, !reverse()), newPeer(), both);
      if (ports) change(p_.l4_offset + (reverse() ? 2u : 0u), bytesOf(r_.peer_port), l4);
    }
    if (udp && !l4.empty() && get(l4[0]) == 0) set(l4[0], 0xffff);
  }

  void natError() {
    const size_t icmp = p_.l4_offset + 2u;
    const size_t inner = p_.l4_offset + 8u;
    change(addressAt(p_.l3_offset, reverse()), newAddress(),
           {p_.is_v6 ? icmp : p_.l3_offset + 10u});
    if (full())
      change(addressAt(p_.l3_offset, !reverse()), newPeer(),
             {p_.is_v6 ? icmp : p_.l3_offset + 10u});

    std::vector<size_t> covering_address = {icmp};
    std::vector<size_t> covering_port = {icmp};
    std::vector<std::pair<size_t, uint16_t>> inner_checksums;
    const size_t inner_udp = p_.inner_l4_offset + 6u;
    const bool has_udp = p_.inner_proto == 17 && get(inner_udp) != 0;
    if (!p_.is_v6) {
      covering_address.push_back(inner + 10);
      inner_checksums.emplace_back(inner + 10, get(inner + 10));
    }
    if (has_udp) {
      covering_address.push_back(inner_udp);
      covering_port.push_back(inner_udp);
      inner_checksums.emplace_back(inner_udp, get(inner_udp));
    }
    change(addressAt(inner, !reverse()), newAddress(), covering_address);
    if ((p_.inner_proto == 6 || p_.inner_proto == 17) && changesPort())
      change(p_.inner_l4_offset + (reverse() ? 2u : 0u), newPort(), covering_port);
    if (full()) {
      change(addressAt(inner, reverse()), newPeer(), covering_address);
      if (p_.inner_proto == 6 || p_.inner_proto == 17)
        change(p_.inner_l4_offset + (reverse() ? 0u : 2u), bytesOf(r_.peer_port), covering_port);
    }
    if (has_udp && get(inner_udp) == 0) set(inner_udp, 0xffff);
    for (const auto& [at, before] : inner_checksums)
      set(icmp, equation3(get(icmp), before, get(at)));
  }

  const Input& in_;
  const Parsed& p_;
  const Routed& r_;
  Bytes frame_;
};

void put16(Bytes& to, size_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}

Bytes tunnelHeader(const Input& input, const Tables& tables) {
  const Routed& r = input.routed;
  const uint8_t inner = input.parsed.is_v6 ? 41 : 4;
  Bytes gue;
  if (r.mode == VirtualMode::kGue0 || r.mode == VirtualMode::kGue1) {
    const size_t own = r.mode == VirtualMode::kGue0 ? 12 : 8;
    put16(gue, 0xc000u | (r.entropy & 0x3fffu));
    put16(gue, 6080);
    put16(gue, own + input.parsed.l3_len);
    put16(gue, 0);
    if (own == 12) gue.insert(gue.end(), {0, inner, 0, 0});
  } else if (r.mode != VirtualMode::kIpip) {
    return {};
  }
  const uint8_t proto = gue.empty() ? inner : 17;
  const size_t above = gue.size() + input.parsed.l3_len;
  Bytes b;
  if (r.address_v6) {
    put16(b, 0x6000u | input.parsed.tos << 4);
    put16(b, r.entropy);
    put16(b, above);
    b.insert(b.end(), {proto, 64});
    b.insert(b.end(), tables.tunnel_source6.begin(), tables.tunnel_source6.end());
    b.insert(b.end(), r.address.begin(), r.address.end());
  } else {
    b.insert(b.end(), {0x45, input.parsed.tos});
    put16(b, 20 + above);
    b.insert(b.end(), {0, 0, 0x40, 0, 64, proto, 0, 0});
    b.insert(b.end(), tables.tunnel_source4.begin(), tables.tunnel_source4.end());
    b.insert(b.end(), r.address.begin(), r.address.begin() + 4);
    const auto sum = static_cast<uint16_t>(~testing::onesSum(b.data(), b.size()));
    b[10] = static_cast<uint8_t>(sum >> 8);
    b[11] = static_cast<uint8_t>(sum);
  }
  b.insert(b.end(), gue.begin(), gue.end());
  return b;
}

}  // namespace

Output goldenEdit(const Input& input, const Tables& tables) {
  Output out{input.routed, kPortNone, {}};
  const auto drop = [&](DropReason reason) {
    out.routed.verdict = Verdict::kDrop;
    out.routed.reason = reason;
    return out;
  };
  const auto punt = [&](PuntCause cause) {
    out.routed.verdict = Verdict::kPunt;
    out.routed.cause = cause;
    out.port = kCpuPort;
    out.frame = input.frame;
    return out;
  };
  const auto isUp = [&](uint8_t port) { return port < 4 && tables.ports[port].up; };

  if (input.routed.verdict == Verdict::kDrop) return out;
  if (input.routed.verdict == Verdict::kPunt) return punt(input.routed.cause);
  if (input.parsed.direct) {
    if (!isUp(input.cpu_dest)) return drop(DropReason::kPortDown);
    out.port = input.cpu_dest;
    out.frame = input.frame;
    return out;
  }
  if (input.parsed.ttl <= 1) return punt(PuntCause::kTtl);
  const auto found = tables.neighbors.find(input.routed.neighbor);
  if (found == tables.neighbors.end() || !found->second.valid)
    return drop(DropReason::kNeighborUnresolved);
  const NeighborRow& neighbor = found->second;
  if (!isUp(neighbor.port)) return drop(DropReason::kPortDown);
  const Bytes tunnel = tunnelHeader(input, tables);
  if (tunnel.size() + input.parsed.l3_len > tables.ports[neighbor.port].mtu)
    return punt(PuntCause::kMtu);

  const PortRow& port = tables.ports[neighbor.port];
  Bytes& f = out.frame;
  f.insert(f.end(), neighbor.mac.begin(), neighbor.mac.end());
  f.insert(f.end(), port.mac.begin(), port.mac.end());
  if (neighbor.vlan_tagged) {
    put16(f, 0x8100);
    put16(f, neighbor.vlan);
  }
  put16(f, (tunnel.empty() ? input.parsed.is_v6 : input.routed.address_v6) ? 0x86dd : 0x0800);
  f.insert(f.end(), tunnel.begin(), tunnel.end());
  const Bytes l3 = Editor(input).l3();
  f.insert(f.end(), l3.begin(), l3.end());
  out.port = neighbor.port;
  return out;
}

}  // namespace sluice::edit_test
