// SPDX-License-Identifier: Apache-2.0
// Steps that many rows of the packet table start from. Each gives verdict, virtual and member; the
// row adds what the connection table does (opens(), hits(), ...).
#pragma once

#include "testbenches/system/packet_table.h"

namespace sluice::testing {

using regs::CloseCause;
using regs::DropReason;
using regs::FlowResult;
using regs::FlowState;
using regs::PuntCause;

// A client's packet to a NAT virtual, and how it reaches the member.
inline Step nat(const Packet& packet, VirtualId virtual_id, MemberId member) {
  Packet out = packet;
  End server = endOf(member);
  if (server.port == 0) server.port = packet.destination().port;
  out.destination(server);
  const NeighborId neighbor = neighborOf(member);
  return in(kClients, packet)
      .via(virtual_id)
      .at(member)
      .to(portOf(neighbor), out.hop(linkTo(neighbor)));
}

// A member's packet of a NAT connection with `service`, and how it reaches the client.
inline Step natBack(const Packet& packet, VirtualId virtual_id, MemberId member,
                    const End& service) {
  const NeighborId neighbor = clientNeighborOf(virtual_id);
  Packet out = packet;
  out.source(service);
  return in(kServers, packet)
      .back()
      .via(virtual_id)
      .at(member)
      .hits()
      .to(portOf(neighbor), out.hop(linkTo(neighbor)));
}
inline Step natBack(const Packet& packet, VirtualId virtual_id, MemberId member) {
  return natBack(packet, virtual_id, member, endOf(virtual_id));
}

// A client's packet to a virtual that does not rewrite it.
inline Step dsr(const Packet& packet, VirtualId virtual_id, MemberId member) {
  const NeighborId neighbor = neighborOf(member);
  return in(kClients, packet)
      .via(virtual_id)
      .at(member)
      .to(portOf(neighbor), packet.hop(linkTo(neighbor)));
}

// The usual connection: kAlice to kWeb4, member kNat4.
inline Step web(uint8_t flags) { return nat(tcp(kAlice, endOf(kWeb4), flags), kWeb4, kNat4); }
inline Step webBack(uint8_t flags) {
  return natBack(tcp(endOf(kNat4), kAlice, flags), kWeb4, kNat4);
}
inline Step openWeb() { return web(kSyn).opens(); }

// kAlice to any port of the DSR virtual, over UDP.
inline End dsrPort(uint16_t port) { return {endOf(kDsr4).address, port}; }
inline Packet toDsr() { return udp(kAlice, dsrPort(9)); }
inline Step openDsr() { return dsr(toDsr(), kDsr4, kDirect4).opens(); }

}  // namespace sluice::testing
