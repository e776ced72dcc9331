// SPDX-License-Identifier: Apache-2.0
// The configuration that the packet table runs on, and names for what is in it.
//
// Every pool has one member in all its ring slots unless a row changes that, so the member of a new
// connection is known. Clients are behind front port 0, members behind front port 1; port 2 has a
// small MTU and a MAC filter, port 3 is down.
#pragma once

#include "testbenches/common/data_plane_setup.h"

namespace sluice::testing {

enum PortId : uint8_t { kClients = 0, kServers = 1, kNarrow = 2, kDark = 3, kCpu = 4 };

inline constexpr uint16_t kNarrowMtu = 600;
inline constexpr Mac kNarrowMac = {0x02, 0, 0, 0, 0x51, 2};

// Next hops. "Tagged" ones are in VLAN 10 (clients) and 20 (servers).
enum NeighborId : uint16_t {
  kToClients = 1,
  kToClientsTagged,
  kToServers,
  kToServersTagged,
  kUnresolved,
  kBehindNarrow,
  kBehindDark,
  kBehindCpu,
};

enum MemberId : uint16_t {
  kNat4 = 1,  // 10.1.0.1:8080
  kNat6,      // 2001:db8:5::1:8080
  kKeep4,     // 10.1.0.3, keeps the port, tagged next hop
  kKeep6,     // the same in IPv6
  kDirect4,   // for DSR
  kDirect6,
  kTunnelEnd4,  // 10.2.0.1
  kTunnelEnd6,  // 2001:db8:7::1
  kSpare4,      // 10.1.0.9:8080
  kSpare6,
};

// Services. TCP 80 or UDP 53 unless said otherwise.
enum VirtualId : uint16_t {
  kWeb4 = 1,  // NAT, 203.0.113.1:80/tcp -> kNat4
  kWeb6,      // 2001:db8:f::1
  kWebAlt4,   // NAT, 203.0.113.1:81/tcp -> kNat4 as well
  kDns4,      // NAT, 203.0.113.1:53/udp -> kKeep4
  kDns6,
  kDsr4,  // DSR, 203.0.113.5, any port, tcp and udp
  kDsr6,
  kLocal4,  // local, 203.0.113.9:22/tcp
  kLocal6,
  kDisabled4,  // 203.0.113.10:80/tcp
  kAny4,       // NAT, 203.0.113.11, any port, any protocol -> kKeep4
  kAny6,
  kLoose4,     // NAT, loose, 203.0.113.12:80/tcp
  kLooseDsr4,  // DSR, loose, 203.0.113.13:80/tcp
  kNoMember4,  // NAT, 203.0.113.14:80/tcp, pool without members
  kWide4,      // DSR by prefix: 203.0.113.128/25
  kWideWeb4,   // DSR by prefix: 203.0.113.192/26, tcp 443
  kWide6,      // 2001:db8:f:8000::/49
  kAnyPort4,   // NAT, 203.0.113.15, any port, udp -> kKeep4
  kFull4,      // full NAT, 203.0.113.16:80/tcp -> kNat4, source kSource4
  kFull6,
  kFullDns4,  // full NAT, 203.0.113.16:53/udp -> kKeep4, the same source
  kFullDns6,
  kTunnel = 32,  // 12 of them, see tunnelVirtual()
};

inline const End kAlice{"198.51.100.1", 40000}, kBob{"198.51.100.2", 40001};
inline const End kAlice6{"2001:db8:c::1", 40000};
inline const Ip kRouter{"198.51.100.254"}, kRouter6{"2001:db8:c::fffe"},
    kRouterInside{"10.1.0.254"}, kRouterInside6{"2001:db8:5::fffe"};

// Sources of full NAT: row 2 and 5 of snat_address.
inline const Ip kSource4{"10.1.0.100"}, kSource6{"2001:db8:5::100"};
// Connections that each has had.
struct SourceBase {
  uint32_t v4 = 0, v6 = 0;
};

// What a client addresses, and what answers.
const End& endOf(VirtualId id);
const End& endOf(MemberId id);
NeighborId neighborOf(MemberId id);
NeighborId clientNeighborOf(VirtualId id);
uint8_t portOf(NeighborId id);
// The Ethernet that the appliance sends to a neighbour with.
Link linkTo(NeighborId id);

// Virtuals of the tunnel modes: 203.0.113.(64 + i) or 2001:db8:f::(64 + i), port 80/tcp.
uint16_t tunnelVirtual(regs::VirtualMode mode, bool inner_v6, bool outer_v6);
End tunnelService(regs::VirtualMode mode, bool inner_v6, bool outer_v6);

// Timeouts of profile 0 and 1, in age ticks.
enum TimerKind : uint32_t {
  kTimerHalfOpen,
  kTimerEstablished,
  kTimerHalfClosed,
  kTimerClosing,
  kTimerOneWay,
  kTimerTwoWay
};
uint32_t timeout(uint32_t profile, TimerKind kind);

DataPlaneSetup standardSetup();

}  // namespace sluice::testing
