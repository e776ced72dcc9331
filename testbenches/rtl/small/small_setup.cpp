// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/small/small_setup.h"

#include <cstring>

namespace sluice::small_test {
namespace {

using sluice::testing::memoryOrder;

// A row of 64 bits, filled from bit 0.
class RowBits {
 public:
  RowBits& add(uint64_t value, unsigned width) {
    bits_ |= (value & ((width == 64 ? 0 : uint64_t{1} << width) - 1)) << used_;
    used_ += width;
    return *this;
  }
  uint64_t bits() const { return bits_; }

 private:
  uint64_t bits_ = 0;
  unsigned used_ = 0;
};

uint32_t address4(const Ip& ip) {
  uint32_t word;
  std::memcpy(&word, ip.bytes.data(), 4);
  return word;
}
uint64_t mac48(const Mac& mac) {
  uint64_t value = 0;
  std::memcpy(&value, mac.data(), 6);
  return value;
}

class Writer {
 public:
  Writer(const SmallSetup& setup, const WriteBus& write) : s_(setup), write_(write) {}

  void run() {
    for (uint16_t i = 0; i < kVirtuals; ++i) virtualRows(i);
    for (uint16_t i = 0; i < kMembers; ++i) memberRow(i);
    for (uint16_t i = 0; i < kNeighbors; ++i) neighborRow(i);
    for (uint16_t i = 0; i < s_.timers.size(); ++i) row(kLookup, 48 + i, s_.timers[i]);
    for (uint16_t i = 0; i < kRules; ++i) ruleRows(i);
    for (uint16_t ring = 0; ring < s_.rings.size(); ++ring) {
      for (size_t slot = 0; slot < s_.rings[ring].size(); ++slot) {
        write_(static_cast<uint16_t>(kRing + ring * 256 + slot), s_.rings[ring][slot] - 1u);
      }
    }
    registers();
  }

 private:
  void row(uint16_t space, uint16_t number, uint64_t bits) {
    write_(static_cast<uint16_t>(space + 2 * number), static_cast<uint32_t>(bits));
    write_(static_cast<uint16_t>(space + 2 * number + 1), static_cast<uint32_t>(bits >> 32));
  }

  void virtualRows(uint16_t i) {
    if (i >= s_.virtuals.size()) return row(kLookup, i, 0);
    const Virtual& v = s_.virtuals[i];
    const uint32_t mode = v.mode == regs::VirtualMode::kNat   ? 0
                          : v.mode == regs::VirtualMode::kDsr ? 1
                                                              : 2;
    row(kLookup, i,
        RowBits()
            .add(address4(v.end.address), 32)
            .add(memoryOrder(v.end.port), 16)
            .add(v.proto.value_or(0), 8)
            .add(v.end.port == 0, 1)
            .add(!v.proto, 1)
            .add(1, 1)
            .add(v.enabled, 1)
            .add(v.punt, 1)
            .add(mode, 2)
            .add(v.loose, 1)
            .bits());
    row(kLookup, 8 + i,
        RowBits()
            .add(s_.rings[v.ring].size(), 8)
            .add(v.ring, 3)
            .add(v.client_neighbor, 4)
            .add(v.connection_limit, 10)
            .add(static_cast<uint32_t>(v.affinity), 2)
            .add(static_cast<uint32_t>(v.on_down), 1)
            .bits());
  }

  void memberRow(uint16_t i) {
    if (i >= s_.members.size()) return row(kLookup, 16 + i, 0);
    const Member& m = s_.members[i];
    row(kLookup, 16 + i,
        RowBits()
            .add(address4(m.end.address), 32)
            .add(memoryOrder(m.end.port), 16)
            .add(m.neighbor, 4)
            .add(m.accept_new, 1)
            .add(m.accept_existing, 1)
            .add(m.connection_limit, 10)
            .bits());
  }

  void neighborRow(uint16_t i) {
    const Neighbor& n = s_.neighbors[i];
    row(kLookup, 32 + i,
        RowBits()
            .add(mac48(n.mac), 48)
            .add(n.vlan.value_or(0), 12)
            .add(n.vlan.has_value(), 1)
            .add(n.port, 3)
            .bits());
  }

  void ruleRows(uint16_t i) {
    if (i >= s_.acl.size()) return row(kAcl, 2 * i + 1, 0);
    const sluice::testing::AclRule& rule = s_.acl[i];
    const auto address = [](const std::optional<Ip>& ip) { return ip ? address4(*ip) : 0; };
    const auto bits = [](const std::optional<Ip>& ip, unsigned length) {
      return ip ? std::min(length, 32u) : 0u;
    };
    row(kAcl, 2 * i,
        RowBits().add(address(rule.source), 32).add(address(rule.destination), 32).bits());
    row(kAcl, 2 * i + 1,
        RowBits()
            .add(bits(rule.source, rule.source_bits), 6)
            .add(bits(rule.destination, rule.destination_bits), 6)
            .add(rule.protocol.value_or(0), 8)
            .add(!rule.protocol, 1)
            .add(rule.in_port.value_or(0), 3)
            .add(!rule.in_port, 1)
            .add(rule.syn_only, 1)
            .add(static_cast<uint32_t>(rule.action), 2)
            .add(1, 1)
            .add(0, 3)
            .add(rule.dport.low, 16)
            .add(rule.dport.high, 16)
            .bits());
  }

  void registers() {
    write_(kRegisters + kControl, s_.acl_enable | s_.punt_fragments << 1 | s_.drop_options << 2);
    write_(kRegisters + kPorts, s_.port_up | s_.mac_filter << 8 | s_.mtu << 16);
    write_(kRegisters + kMacLo, static_cast<uint32_t>(mac48(s_.mac)));
    write_(kRegisters + kMacHi, static_cast<uint32_t>(mac48(s_.mac) >> 32));
    for (uint16_t i = 0; i < 3; ++i) write_(kRegisters + kHashKey0 + i, s_.hash_key[i]);
    write_(kRegisters + kHalfOpenMax, s_.half_open_max);
  }

  const SmallSetup& s_;
  const WriteBus& write_;
};

}  // namespace

void writeSetup(const SmallSetup& setup, const WriteBus& write) { Writer(setup, write).run(); }

sluice::testing::DataPlaneSetup fullSetup(const SmallSetup& s) {
  sluice::testing::DataPlaneSetup full;
  full.hash_key = s.hash_key;
  for (uint8_t port = 0; port < 5; ++port) {
    full.ports[port] = {(s.port_up >> port & 1) != 0, (s.mac_filter >> port & 1) != 0, s.mtu,
                        s.mac};
  }
  for (uint16_t i = 0; i < kNeighbors; ++i) {
    const Neighbor& n = s.neighbors[i];
    full.neighbors[i] = {n.port != 7, n.port, n.vlan.has_value(), n.vlan.value_or(0), n.mac};
  }
  for (uint16_t i = 0; i < s.members.size(); ++i) {
    const Member& m = s.members[i];
    regs::MemberRow& row = full.addMember(i + 1, m.end, m.neighbor);
    row.accept_new = m.accept_new;
    row.accept_existing = m.accept_existing;
    row.connection_limit = m.connection_limit;
  }
  for (uint16_t ring = 0; ring < s.rings.size(); ++ring) {
    full.pools[ring] = {ring * 256u, static_cast<uint32_t>(s.rings[ring].size()),
                        regs::Algorithm::kMaglev};
    for (uint32_t slot = 0; slot < s.rings[ring].size(); ++slot)
      full.ring[ring * 256 + slot] = s.rings[ring][slot];
  }
  for (uint16_t i = 0; i < s.virtuals.size(); ++i) {
    const Virtual& v = s.virtuals[i];
    if (v.end.port != 0) {
      full.addKey(v.end, *v.proto, i, v.punt);
    } else {
      full.addAnyPortKey(v.end.address, v.proto, i, v.punt);
    }
    full.virtuals[i] = {.enabled = v.enabled,
                        .mode = v.mode,
                        .pool = v.ring,
                        .affinity = v.affinity,
                        .loose = v.loose,
                        .on_down = v.on_down,
                        .client_neighbor = v.client_neighbor,
                        .connection_limit = v.connection_limit};
  }
  full.acl = s.acl;
  full.acl_enable = s.acl_enable;
  full.drop_options = s.drop_options;
  full.fragments = s.punt_fragments ? regs::FragmentAction::kPunt : regs::FragmentAction::kDrop;
  full.min_frame = kMinFrame;
  full.max_frame = kMaxFrame;
  full.half_open_max = s.half_open_max;
  for (uint32_t i = 0; i < full.timers.size(); ++i) full.timers[i] = s.timers[i % 6];
  return full;
}

SmallSetup shippedSetup() {
  SmallSetup s;
  s.mac = {2, 0, 0x5e, 0, 0, 2};
  // Short, as a table of 512 entries needs: the trace has 1,700 IPv4 connections in ten seconds.
  s.timers = {119, 1192, 12, 12, 119, 119};
  s.neighbors[1] = {0, {}, {2, 0, 0x5e, 0, 0, 1}};
  s.neighbors[2] = {1, {}, {2, 0, 0x5e, 0, 1, 0x11}};
  s.neighbors[3] = {1, 30, {2, 0, 0x5e, 0, 1, 0x12}};
  const auto members = [&](std::initializer_list<End> ends, uint8_t ring) {
    std::vector<uint8_t> numbers;
    for (const End& end : ends) {
      s.members.push_back({end, static_cast<uint8_t>(2 + s.members.size() % 2)});
      numbers.push_back(static_cast<uint8_t>(s.members.size()));
    }
    for (size_t i = 0; i < 251; ++i) s.rings[ring].push_back(numbers[i * 7 % 251 % numbers.size()]);
  };
  members({{"10.0.0.11", 8080}, {"10.0.0.12", 8080}, {"10.0.0.13", 80}, {"10.0.0.14", 80}}, 0);
  members({{"10.0.0.21", 443}, {"10.0.0.22", 443}, {"10.0.0.23", 443}}, 1);
  members({{"10.0.0.31", 0}, {"10.0.0.32", 0}, {"10.0.0.33", 0}}, 2);
  members({{"10.0.0.53", 53}, {"10.0.0.54", 53}}, 3);
  s.virtuals = {{.end = {"203.0.113.10", 80}, .ring = 0, .client_neighbor = 1},
                {.end = {"203.0.113.20", 443},
                 .ring = 1,
                 .client_neighbor = 1,
                 .affinity = regs::Affinity::kSource},
                {.end = {"203.0.113.30", 80},
                 .mode = regs::VirtualMode::kDsr,
                 .ring = 2,
                 .client_neighbor = 1},
                {.end = {"203.0.113.53", 53},
                 .proto = sluice::testing::kProtoUdp,
                 .ring = 3,
                 .client_neighbor = 1},
                {.end = {"203.0.113.53", 53}, .ring = 3, .client_neighbor = 1}};
  return s;
}

}  // namespace sluice::small_test
