// SPDX-License-Identifier: Apache-2.0
// ICMP errors: section 3 step 9, section 7, NAT of errors in section 9.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

// An error of the clients' side about a packet from `service`, and how it reaches the member: the
// inner packet shows the member's end again.
Step toMember(const Ip& from, uint8_t type, const Packet& inner, VirtualId id, MemberId member,
              size_t quoted = 1000) {
  End server = endOf(member);
  if (server.port == 0) server.port = inner.source().port;
  Packet rewritten = inner;
  rewritten.source(server);
  if (inner.protocol() == kProtoTcp) rewritten.l4Checksum(inner.l4Checksum());
  const Packet out = icmpError(from, server.address, type, rewritten, quoted);
  const NeighborId neighbor = neighborOf(member);
  return in(kClients, icmpError(from, inner.source().address, type, inner, quoted))
      .via(id)
      .at(member)
      .hits()
      .to(portOf(neighbor), out.hop(linkTo(neighbor)));
}

// An error of the members' side about a packet to the member, and how it reaches the client.
Step toClient(const Ip& from, uint8_t type, const Packet& inner, VirtualId id, MemberId member,
              const End& service, size_t quoted = 1000) {
  Packet rewritten = inner;
  rewritten.destination(service);
  if (inner.protocol() == kProtoTcp) rewritten.l4Checksum(inner.l4Checksum());
  const Packet out = icmpError(service.address, inner.source().address, type, rewritten, quoted);
  const NeighborId neighbor = clientNeighborOf(id);
  return in(kServers, icmpError(from, inner.source().address, type, inner, quoted))
      .back()
      .via(id)
      .at(member)
      .hits()
      .to(portOf(neighbor), out.hop(linkTo(neighbor)));
}

Packet answer() {
  return tcp(endOf(kWeb4), kAlice, kAck);
}  // what the client's side complains about
Packet request() {
  return tcp(kAlice, endOf(kNat4), kAck);
}  // what the members' side complains about
Step dropped(DropReason reason, Packet packet) {
  return in(kClients, std::move(packet)).drop(reason);
}

void addForwardRows(Table& table) {
  const Step openDns = nat(udp(kAlice, endOf(kDns4)), kDns4, kKeep4).opens();
  const Step open6 = nat(tcp(kAlice6, endOf(kWeb6), kSyn), kWeb6, kNat6).opens();
  const Step openDns6 = nat(udp(kAlice6, endOf(kDns6)), kDns6, kKeep6).opens();
  const Step openGre =
      nat(other(kAlice.address, endOf(kAny4).address, kProtoGre), kAny4, kKeep4).opens();
  const auto web4 = [](uint8_t type, size_t quoted = 1000) {
    return toMember(kRouter, type, answer(), kWeb4, kNat4, quoted);
  };
  table.insert(table.end(), {
                                {"ICMP error to the member, all types",
                                 {},
                                 {openWeb(), web4(3), web4(4), web4(5), web4(11), web4(12)}},
                                {"ICMP error to the member leaves the entry alone",
                                 {},
                                 {openWeb().leaves(FlowState::kHalfOpen),
                                  web4(3).leaves(FlowState::kHalfOpen),
                                  waitTicks(timeout(0, kTimerHalfOpen) - 1), web4(3), waitTicks(1),
                                  in(kClients,
                                     icmpError(kRouter, endOf(kWeb4).address, 3, answer()))
                                      .via(kWeb4)
                                      .misses()
                                      .drop(DropReason::kNoConnection)}},
                                {"ICMP error to the member, eight bytes quoted",
                                 {},
                                 {openWeb(), web4(3, 28)}},
                                {"ICMP error to the member, UDP",
                                 {},
                                 {openDns,
                                  toMember(kRouter, 3, udp(endOf(kDns4), kAlice), kDns4, kKeep4)}},
                                {"ICMP error to the member, UDP, eight bytes quoted",
                                 {},
                                 {openDns, toMember(kRouter, 3, udp(endOf(kDns4), kAlice), kDns4,
                                                    kKeep4, 28)}},
                                {"ICMP error to the member, UDP without a checksum",
                                 {},
                                 {openDns,
                                  toMember(kRouter, 3, udp(endOf(kDns4), kAlice).noUdpChecksum(),
                                           kDns4, kKeep4)}},
                                {"ICMP error to the member, UDP on another port",
                                 {useMember(kDns4, {kNat4})},
                                 {nat(udp(kAlice, endOf(kDns4)), kDns4, kNat4).opens(),
                                  toMember(kRouter, 3, udp(endOf(kDns4), kAlice), kDns4, kNat4)}},
                                {"ICMP error to the member, inner options",
                                 {},
                                 {openWeb(),
                                  toMember(kRouter, 3, answer().options(3), kWeb4, kNat4)}},
                                {"ICMP error to the member, another protocol",
                                 {},
                                 {openGre,
                                  toMember(kRouter, 3,
                                           other(endOf(kAny4).address, kAlice.address, kProtoGre),
                                           kAny4, kKeep4)}},
                                {"ICMP error to the member, inner TTL and lengths are not judged",
                                 {},
                                 {openWeb(), toMember(kRouter, 11, answer().ttl(0).totalLength(20),
                                                      kWeb4, kNat4)}},
                                {"ICMPv6 error to the member, all types",
                                 {},
                                 {open6,
                                  toMember(kRouter6, 1, tcp(endOf(kWeb6), kAlice6), kWeb6, kNat6),
                                  toMember(kRouter6, 2, tcp(endOf(kWeb6), kAlice6), kWeb6, kNat6),
                                  toMember(kRouter6, 3, tcp(endOf(kWeb6), kAlice6), kWeb6, kNat6),
                                  toMember(kRouter6, 4, tcp(endOf(kWeb6), kAlice6), kWeb6, kNat6)}},
                                {"ICMPv6 error to the member, UDP",
                                 {},
                                 {openDns6, toMember(kRouter6, 1, udp(endOf(kDns6), kAlice6), kDns6,
                                                     kKeep6)}},
                                {"ICMP error to a DSR member",
                                 {},
                                 {openDsr(),
                                  dsr(icmpError(
                                          kRouter, endOf(kDsr4).address, 3, udp(dsrPort(9), kAlice)),
                                      kDsr4, kDirect4)
                                      .hits()}},
                                {"ICMP error with TTL 1",
                                 {},
                                 {openWeb(),
                                  in(
                                      kClients,
                                      icmpError(kRouter, endOf(kWeb4).address, 3, answer()).ttl(1))
                                      .via(kWeb4)
                                      .at(kNat4)
                                      .hits()
                                      .punt(PuntCause::kTtl)}},
                                {"ICMP error, ACL sees the outer addresses",
                                 {[](DataPlaneSetup& s) {
                                   s.acl_enable = true;
                                   s.acl = {{.action = regs::AclAction::kDeny,
                                             .source = kRouter,
                                             .protocol = kProtoIcmp,
                                             .sport = {0, 0}}};
                                 }},
                                 {openWeb(), in(kClients, icmpError(kRouter, endOf(kWeb4).address,
                                                                    3, answer()))
                                                 .drop(DropReason::kAclDeny)
                                                 .rule(0)}},
                            });
}

void addReverseRows(Table& table) {
  const Step openDns = nat(udp(kAlice, endOf(kDns4)), kDns4, kKeep4).opens();
  const End dns{endOf(kKeep4).address, 53}, dns6{endOf(kKeep6).address, 53};
  const Step open6 = nat(tcp(kAlice6, endOf(kWeb6), kSyn), kWeb6, kNat6).opens();
  const Step openDns6 = nat(udp(kAlice6, endOf(kDns6)), kDns6, kKeep6).opens();
  const Step openGre =
      nat(other(kAlice.address, endOf(kAny4).address, kProtoGre), kAny4, kKeep4).opens();
  const auto web4 = [](uint8_t type, size_t quoted = 1000) {
    return toClient(kRouterInside, type, request(), kWeb4, kNat4, endOf(kWeb4), quoted);
  };
  table.insert(
      table.end(),
      {
          {"ICMP error to the client, all types",
           {},
           {openWeb(), web4(3), web4(4), web4(5), web4(11), web4(12)}},
          {"ICMP error to the client, from the member itself",
           {},
           {openWeb(), toClient(endOf(kNat4).address, 3, request(), kWeb4, kNat4, endOf(kWeb4))}},
          {"ICMP error to the client, eight bytes quoted", {}, {openWeb(), web4(3, 28)}},
          {"ICMP error to the client, UDP",
           {},
           {openDns.leaves(FlowState::kOneWay),
            toClient(dns.address, 3, udp(kAlice, dns), kDns4, kKeep4, endOf(kDns4))
                .leaves(FlowState::kOneWay)}},
          {"ICMP error to the client, UDP without a checksum",
           {},
           {openDns, toClient(dns.address, 3, udp(kAlice, dns).noUdpChecksum(), kDns4, kKeep4,
                              endOf(kDns4))}},
          {"ICMP error to the client, another protocol",
           {},
           {openGre,
            toClient(kRouterInside, 3, other(kAlice.address, endOf(kKeep4).address, kProtoGre),
                     kAny4, kKeep4, endOf(kAny4))}},
          {"ICMPv6 error to the client",
           {},
           {open6,
            toClient(kRouterInside6, 1, tcp(kAlice6, endOf(kNat6)), kWeb6, kNat6, endOf(kWeb6)),
            toClient(kRouterInside6, 2, tcp(kAlice6, endOf(kNat6)), kWeb6, kNat6, endOf(kWeb6))}},
          {"ICMPv6 error to the client, UDP",
           {},
           {openDns6, toClient(dns6.address, 1, udp(kAlice6, dns6), kDns6, kKeep6, endOf(kDns6))}},
          {"ICMP error to the client about nothing",
           {},
           {openWeb(),
            in(kServers, icmpError(kRouterInside, kBob.address, 3, tcp(kBob, endOf(kNat4))))
                .back()
                .misses()
                .drop(DropReason::kNoVirtual)}},
      });
}

void addUnreadableRows(Table& table) {
  const Ip& web = endOf(kWeb4).address;
  const auto bad = [&](const Packet& inner, size_t quoted = 1000) {
    return dropped(DropReason::kIcmpHeader, icmpError(kRouter, web, 3, inner, quoted));
  };
  const auto bad6 = [](const Packet& inner, size_t quoted = 1000) {
    return dropped(DropReason::kIcmpHeader,
                   icmpError(kRouter6, endOf(kWeb6).address, 1, inner, quoted));
  };
  const Packet answer6 = tcp(endOf(kWeb6), kAlice6, kAck);
  const Step none = in(kClients, icmpError(kRouter, web, 3, answer()))
                        .via(kWeb4)
                        .misses()
                        .drop(DropReason::kNoConnection);
  table.insert(
      table.end(),
      {
          {"ICMP error without an inner packet",
           {},
           {dropped(DropReason::kIcmpHeader, icmp(kRouter, web, 3).payload(0))}},
          {"ICMP error, inner header cut", {}, {bad(answer(), 19)}},
          {"ICMP error, inner ports cut", {}, {bad(answer(), 27)}},
          {"ICMP error, inner ports only in the padding",
           {},
           {dropped(DropReason::kIcmpHeader, icmpError(kRouter, web, 3, answer(), 27).pad(100))}},
          {"ICMP error, inner version 6", {}, {bad(answer().version(6)), bad(answer6)}},
          {"ICMP error, inner header length 16", {}, {bad(answer().headerWords(4))}},
          {"ICMP error, inner header beyond the packet", {}, {bad(answer().headerWords(15))}},
          {"ICMP error, inner fragment", {}, {bad(answer().fragment(1, false))}},
          {"ICMP error, inner first fragment",
           {},
           {openWeb(), toMember(kRouter, 3, answer().fragment(0, true), kWeb4, kNat4)}},
          {"ICMP error, inner packet beyond the window",
           {},
           {dropped(DropReason::kIcmpHeader,
                    icmpError(kRouter, web, 3, answer().options(8)).vlan(1).options(6))}},
          {"ICMPv6 error, inner header cut", {}, {bad6(answer6, 39)}},
          {"ICMPv6 error, inner ports cut", {}, {bad6(answer6, 47)}},
          {"ICMPv6 error, inner version 4", {}, {bad6(answer())}},
          {"ICMPv6 error, inner extension header is the protocol",
           {},
           {in(kClients, icmpError(kRouter6, endOf(kWeb6).address, 1,
                                   Packet(answer6).extension(kDestinationOptions)))
                .back()
                .misses()
                .drop(DropReason::kNoVirtual)}},
          {"ICMPv6 error, inner packet beyond the window",
           {},
           {dropped(DropReason::kIcmpHeader, icmpError(kRouter6, endOf(kWeb6).address, 1, answer6)
                                                 .extension(kRouting)
                                                 .extension(kRouting)
                                                 .vlan(1))}},
          {"ICMP error without a connection", {}, {none}},
          {"ICMP error without a connection, loose",
           {},
           {in(kClients, icmpError(kRouter, endOf(kLoose4).address, 3, tcp(endOf(kLoose4), kAlice)))
                .via(kLoose4)
                .misses()
                .drop(DropReason::kNoConnection)}},
          {"ICMP error about another host's packet",
           {},
           {in(kClients, icmpError(kRouter, web, 3, tcp({"203.0.113.77", 80}, kAlice)))
                .back()
                .misses()
                .drop(DropReason::kNoVirtual)}},
      });
}

}  // namespace

void addIcmpErrorRows(Table& table) {
  addForwardRows(table);
  addReverseRows(table);
  addUnreadableRows(table);
}

}  // namespace sluice::testing
