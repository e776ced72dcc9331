// SPDX-License-Identifier: Apache-2.0
#include "testbenches/system/fixture.h"

#include <cassert>

namespace sluice::testing {
namespace {

using regs::VirtualMode;

Mac portMac(uint8_t port) { return {0x02, 0, 0, 0, 0x51, port}; }
Mac neighborMac(uint8_t id) { return {0x02, 0, 0, 0, 0x4e, id}; }

struct NeighborSpec {
  NeighborId id;
  uint8_t port;
  std::optional<uint16_t> vlan;
  bool valid;
};
const NeighborSpec kNeighbors[] = {
    {kToClients, kClients, {}, true},   {kToClientsTagged, kClients, 10, true},
    {kToServers, kServers, {}, true},   {kToServersTagged, kServers, 20, true},
    {kUnresolved, kServers, {}, false}, {kBehindNarrow, kNarrow, {}, true},
    {kBehindDark, kDark, {}, true},     {kBehindCpu, kCpu, {}, true},
};

struct MemberSpec {
  MemberId id;
  End end;
  NeighborId neighbor;
};
const MemberSpec kMembers[] = {
    {kNat4, {"10.1.0.1", 8080}, kToServers},
    {kNat6, {"2001:db8:5::1", 8080}, kToServers},
    {kKeep4, {"10.1.0.3", 0}, kToServersTagged},
    {kKeep6, {"2001:db8:5::3", 0}, kToServersTagged},
    {kDirect4, {"10.1.0.5", 0}, kToServers},
    {kDirect6, {"2001:db8:5::5", 0}, kToServersTagged},
    {kTunnelEnd4, {"10.2.0.1", 0}, kToServers},
    {kTunnelEnd6, {"2001:db8:7::1", 0}, kToServersTagged},
    {kSpare4, {"10.1.0.9", 8080}, kToServers},
    {kSpare6, {"2001:db8:5::9", 8080}, kToServers},
};

struct VirtualSpec {
  VirtualId id;
  End end;
  uint8_t protocol;  // 0: any
  VirtualMode mode;
  MemberId member;
  NeighborId client_neighbor;
};
const VirtualSpec kVirtuals[] = {
    {kWeb4, {"203.0.113.1", 80}, kProtoTcp, VirtualMode::kNat, kNat4, kToClients},
    {kWeb6, {"2001:db8:f::1", 80}, kProtoTcp, VirtualMode::kNat, kNat6, kToClients},
    {kWebAlt4, {"203.0.113.1", 81}, kProtoTcp, VirtualMode::kNat, kNat4, kToClients},
    {kDns4, {"203.0.113.1", 53}, kProtoUdp, VirtualMode::kNat, kKeep4, kToClientsTagged},
    {kDns6, {"2001:db8:f::1", 53}, kProtoUdp, VirtualMode::kNat, kKeep6, kToClientsTagged},
    {kDsr4, {"203.0.113.5", 0}, 0, VirtualMode::kDsr, kDirect4, kToClients},
    {kDsr6, {"2001:db8:f::5", 0}, 0, VirtualMode::kDsr, kDirect6, kToClients},
    {kLocal4, {"203.0.113.9", 22}, kProtoTcp, VirtualMode::kLocal, kNat4, kToClients},
    {kLocal6, {"2001:db8:f::9", 22}, kProtoTcp, VirtualMode::kLocal, kNat6, kToClients},
    {kDisabled4, {"203.0.113.10", 80}, kProtoTcp, VirtualMode::kNat, kNat4, kToClients},
    {kAny4, {"203.0.113.11", 0}, 0, VirtualMode::kNat, kKeep4, kToClients},
    {kAny6, {"2001:db8:f::11", 0}, 0, VirtualMode::kNat, kKeep6, kToClients},
    {kLoose4, {"203.0.113.12", 80}, kProtoTcp, VirtualMode::kNat, kNat4, kToClients},
    {kLooseDsr4, {"203.0.113.13", 80}, kProtoTcp, VirtualMode::kDsr, kDirect4, kToClients},
    {kNoMember4, {"203.0.113.14", 80}, kProtoTcp, VirtualMode::kNat, kNat4, kToClients},
    {kWide4, {"203.0.113.128", 0}, 0, VirtualMode::kDsr, kDirect4, kToClients},
    {kWideWeb4, {"203.0.113.192", 443}, kProtoTcp, VirtualMode::kDsr, kDirect4, kToClients},
    {kWide6, {"2001:db8:f:8000::", 0}, 0, VirtualMode::kDsr, kDirect6, kToClients},
    {kAnyPort4, {"203.0.113.15", 0}, kProtoUdp, VirtualMode::kNat, kKeep4, kToClients},
    {kFull4, {"203.0.113.16", 80}, kProtoTcp, VirtualMode::kFullnat, kNat4, kToClients},
    {kFull6, {"2001:db8:f::16", 80}, kProtoTcp, VirtualMode::kFullnat, kNat6, kToClients},
    {kFullDns4, {"203.0.113.16", 53}, kProtoUdp, VirtualMode::kFullnat, kKeep4, kToClientsTagged},
    {kFullDns6, {"2001:db8:f::16", 53}, kProtoUdp, VirtualMode::kFullnat, kKeep6, kToClientsTagged},
};

constexpr uint32_t kSourceRow4 = 2, kSourceRow6 = 5;

template <class Spec, size_t kCount, class Id>
const Spec& specOf(const Spec (&specs)[kCount], Id id) {
  for (const Spec& spec : specs) {
    if (spec.id == id) return spec;
  }
  assert(false);
  return specs[0];
}

constexpr VirtualMode kTunnelModes[] = {VirtualMode::kIpip, VirtualMode::kGue0, VirtualMode::kGue1};

regs::VirtualRow virtualRow(VirtualMode mode, uint16_t pool, uint16_t client_neighbor) {
  regs::VirtualRow row;
  row.enabled = true;
  row.mode = mode;
  row.pool = pool;
  row.client_neighbor = client_neighbor;
  return row;
}

void addVirtuals(DataPlaneSetup& setup) {
  for (const VirtualSpec& spec : kVirtuals) {
    setup.virtuals[spec.id] = virtualRow(spec.mode, spec.id, spec.client_neighbor);
    setup.addPool(spec.id, {spec.member});
    if (spec.id == kWide4 || spec.id == kWideWeb4 || spec.id == kWide6) continue;
    if (spec.end.port != 0) {
      setup.addKey(spec.end, spec.protocol, spec.id);
    } else {
      setup.addAnyPortKey(spec.end.address,
                          spec.protocol == 0 ? std::nullopt : std::optional(spec.protocol),
                          spec.id);
    }
  }
  setup.virtuals[kDisabled4].enabled = false;
  setup.virtuals[kLoose4].loose = true;
  setup.virtuals[kLooseDsr4].loose = true;
  setup.virtuals[kAny4].timer = 1;
  setup.addPool(kNoMember4, {});
  setup.sources[kSourceRow4] = {true, false, kSource4.bytes};
  setup.sources[kSourceRow6] = {true, true, kSource6.bytes};
  setup.virtuals[kFull4].snat = setup.virtuals[kFullDns4].snat = 1 << kSourceRow4;
  setup.virtuals[kFull6].snat = setup.virtuals[kFullDns6].snat = 1 << kSourceRow6;
  // ICMP to the addresses of the web virtuals is the CPU's.
  setup.addAnyPortKey("203.0.113.1", kProtoIcmp, kWeb4, true);
  setup.addAnyPortKey("2001:db8:f::1", kProtoIcmpV6, kWeb6, true);
  setup.prefix_enable = true;
  setup.prefixes = {{"203.0.113.192", 26, kProtoTcp, 443, kWideWeb4, false},
                    {"203.0.113.128", 25, kProtoIcmp, {}, kWide4, true},
                    {"203.0.113.128", 25, {}, {}, kWide4, false},
                    {"2001:db8:f:8000::", 49, {}, {}, kWide6, false}};
}

void addTunnels(DataPlaneSetup& setup) {
  for (const VirtualMode mode : kTunnelModes) {
    for (const bool inner : {false, true}) {
      for (const bool outer : {false, true}) {
        const uint16_t id = tunnelVirtual(mode, inner, outer);
        setup.virtuals[id] = virtualRow(mode, id, kToClients);
        setup.addPool(id, {outer ? kTunnelEnd6 : kTunnelEnd4});
        setup.addKey(tunnelService(mode, inner, outer), kProtoTcp, id);
      }
    }
  }
}

}  // namespace

const End& endOf(VirtualId id) { return specOf(kVirtuals, id).end; }
const End& endOf(MemberId id) { return specOf(kMembers, id).end; }
NeighborId neighborOf(MemberId id) { return specOf(kMembers, id).neighbor; }
NeighborId clientNeighborOf(VirtualId id) { return specOf(kVirtuals, id).client_neighbor; }
uint8_t portOf(NeighborId id) { return specOf(kNeighbors, id).port; }

Link linkTo(NeighborId id) {
  const NeighborSpec& spec = specOf(kNeighbors, id);
  return {neighborMac(id), portMac(spec.port), spec.vlan};
}

uint16_t tunnelVirtual(VirtualMode mode, bool inner_v6, bool outer_v6) {
  const int kind = static_cast<int>(mode) - static_cast<int>(VirtualMode::kIpip);
  return static_cast<uint16_t>(kTunnel + 4 * kind + 2 * inner_v6 + outer_v6);
}

End tunnelService(VirtualMode mode, bool inner_v6, bool outer_v6) {
  End end{inner_v6 ? "2001:db8:f::40" : "203.0.113.64", 80};
  end.address.bytes[inner_v6 ? 15 : 3] += tunnelVirtual(mode, inner_v6, outer_v6) - kTunnel;
  return end;
}

uint32_t timeout(uint32_t profile, TimerKind kind) {
  constexpr uint32_t kTicks[] = {8, 100, 40, 20, 30, 60};
  return kTicks[kind] * (profile + 1);
}

DataPlaneSetup standardSetup() {
  DataPlaneSetup setup;
  for (uint8_t port = 0; port < 5; ++port) setup.ports[port] = {true, false, 1500, portMac(port)};
  setup.ports[kNarrow].mtu = kNarrowMtu;
  setup.ports[kNarrow].mac_filter = true;
  setup.ports[kDark].up = false;
  for (const NeighborSpec& n : kNeighbors) {
    setup.neighbors[n.id] = {n.valid, n.port, n.vlan.has_value(), n.vlan.value_or(0),
                             neighborMac(static_cast<uint8_t>(n.id))};
  }
  for (const MemberSpec& m : kMembers) setup.addMember(m.id, m.end, m.neighbor);
  addVirtuals(setup);
  addTunnels(setup);
  for (uint32_t word = 0; word < setup.timers.size(); ++word) {
    setup.timers[word] = timeout(word / 6, static_cast<TimerKind>(word % 6));
  }
  return setup;
}

}  // namespace sluice::testing
