// SPDX-License-Identifier: Apache-2.0
// Section 5: ACL and virtuals.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

using regs::AclAction;

Change acl(std::vector<AclRule> rules) {
  return [=](DataPlaneSetup& s) {
    s.acl_enable = true;
    s.acl = rules;
  };
}
Change noPrefixes() {
  return [](DataPlaneSetup& s) { s.prefix_enable = false; };
}
Change wildcard(std::optional<uint8_t> in_port) {
  return [=](DataPlaneSetup& s) {
    s.prefixes.push_back({"0.0.0.0", 0, {}, {}, kWide4, false, in_port});
  };
}

Step denied(uint8_t rule, Packet packet, uint8_t port = kClients) {
  return in(port, std::move(packet)).drop(DropReason::kAclDeny).rule(rule);
}
Step passes(const Packet& packet) { return dsr(packet, kDsr4, kDirect4).opens(); }
// From source port to destination port of kDsr4.
Packet ports(uint16_t source, uint16_t destination) {
  return udp({kAlice.address, source}, dsrPort(destination));
}
Packet toDsr6() { return udp(kAlice6, {endOf(kDsr6).address, 9}); }

void addActionRows(Table& table) {
  const AclRule deny{.action = AclAction::kDeny}, permit{.action = AclAction::kPermit},
      punt{.action = AclAction::kPunt};
  const AclRule bobs{.action = AclAction::kDeny, .source = kBob.address};
  const AclRule no_match{.action = AclAction::kDeny, .protocol = 200};
  table.insert(
      table.end(),
      {
          {"ACL without rules", {acl({})}, {openDsr()}},
          {"ACL without a rule for the packet", {acl({bobs})}, {openDsr()}},
          {"ACL deny", {acl({deny})}, {denied(0, toDsr())}},
          {"ACL deny of one source", {acl({bobs})}, {denied(0, udp(kBob, dsrPort(9))), openDsr()}},
          {"ACL permit", {acl({permit})}, {openDsr().rule(0)}},
          {"ACL permit before deny", {acl({bobs, permit, deny})}, {openDsr().rule(1)}},
          {"ACL deny before permit", {acl({bobs, deny, permit})}, {denied(1, toDsr())}},
          {"ACL punt", {acl({punt})}, {in(kClients, toDsr()).punt(PuntCause::kAcl).rule(0)}},
          {"ACL police without a rate permits",
           {acl({{.action = AclAction::kPolice}})},
           {openDsr().rule(0)}},
          {"ACL off", {acl({deny}), [](DataPlaneSetup& s) { s.acl_enable = false; }}, {openDsr()}},
          {"ACL rule 15 of 16",
           {[=](DataPlaneSetup& s) {
             s.acl_enable = true;
             s.acl.assign(15, no_match);
             s.acl.push_back(deny);
           }},
           {denied(15, toDsr())}},
          {"ACL deny goes before multicast",
           {acl({deny})},
           {denied(0, udp(kAlice, {"224.0.0.1", 9}))}},
          {"ACL permits, then no virtual",
           {acl({permit})},
           {in(kClients, udp(kAlice, {"203.0.113.77", 9}))
                .back()
                .misses()
                .drop(DropReason::kNoVirtual)
                .rule(0)}},
          {"ACL does not see what parse dropped",
           {acl({deny})},
           {in(kClients, toDsr().ipChecksum(1)).drop(DropReason::kIpv4Checksum)}},
          {"ACL asks for packets of members too",
           {acl({{.action = AclAction::kDeny, .in_port = kServers}})},
           {openWeb(), denied(0, tcp(endOf(kNat4), kAlice, kSyn | kAck), kServers)}},
      });
}

void addMatchRows(Table& table) {
  const auto deny = [](AclRule rule) {
    rule.action = AclAction::kDeny;
    return acl({rule});
  };
  table.insert(
      table.end(),
      {
          {"ACL source prefix",
           {deny({.source = Ip("198.51.96.0"), .source_bits = 20})},
           {denied(0, toDsr()), passes(udp({"198.51.112.1", 1}, dsrPort(9))),
            passes(udp({"198.51.95.1", 1}, dsrPort(9)))}},
          {"ACL destination prefix",
           {deny({.destination = Ip("203.0.113.4"), .destination_bits = 31})},
           {denied(0, toDsr()), dsr(udp(kAlice, {"203.0.113.200", 9}), kWide4, kDirect4).opens()}},
          {"ACL IPv6 source",
           {deny({.source = kAlice6.address})},
           {denied(0, toDsr6()),
            dsr(udp({"2001:db8:c::2", 1}, {endOf(kDsr6).address, 9}), kDsr6, kDirect6).opens(),
            openDsr()}},
          {"ACL IPv6 destination prefix",
           {deny({.destination = Ip("2001:db8:f::"), .destination_bits = 48})},
           {denied(0, toDsr6()), openDsr()}},
          {"ACL protocol",
           {deny({.protocol = kProtoUdp})},
           {denied(0, toDsr()), passes(tcp(kAlice, dsrPort(9), kSyn))}},
          {"ACL family", {deny({.v6 = true})}, {denied(0, toDsr6()), openDsr()}},
          {"ACL ingress port",
           {deny({.in_port = kServers})},
           {denied(0, toDsr(), kServers), openDsr()}},
          {"ACL CPU port", {deny({.in_port = kCpu})}, {denied(0, toDsr(), kCpu), openDsr()}},
          {"ACL opening segments",
           {deny({.syn_only = true})},
           {denied(0, tcp(kAlice, dsrPort(9), kSyn)),
            denied(0, tcp(kAlice, dsrPort(9), kSyn | 0xc0)),
            in(kClients, tcp(kAlice, dsrPort(9), kSyn | kAck))
                .via(kDsr4)
                .misses()
                .drop(DropReason::kNoConnection),
            openDsr()}},
          {"ACL one destination port",
           {deny({.dport = {9, 9}})},
           {passes(ports(1, 8)), denied(0, ports(1, 9)), passes(ports(1, 10)),
            passes(ports(1, 0x0109))}},
          {"ACL port range within a high byte",
           {deny({.dport = {0x1210, 0x1220}})},
           {passes(ports(1, 0x120f)), denied(0, ports(1, 0x1210)), denied(0, ports(1, 0x1218)),
            denied(0, ports(1, 0x1220)), passes(ports(1, 0x1221)), passes(ports(1, 0x1118)),
            passes(ports(1, 0x1318))}},
          {"ACL port range over neighbouring high bytes",
           {deny({.dport = {0x12f0, 0x1310}})},
           {passes(ports(1, 0x12ef)), denied(0, ports(1, 0x12f0)), denied(0, ports(1, 0x12ff)),
            denied(0, ports(1, 0x1300)), denied(0, ports(1, 0x1310)), passes(ports(1, 0x1311)),
            passes(ports(1, 0x1210))}},
          {"ACL wide source port range",
           {deny({.sport = {1024, 49151}})},
           {passes(ports(1023, 9)), denied(0, ports(1024, 9)), denied(0, ports(0x0880, 9)),
            denied(0, ports(49151, 9)), passes(ports(49152, 9))}},
          {"ACL source and destination port",
           {deny({.sport = {7, 7}, .dport = {9, 9}})},
           {denied(0, ports(7, 9)), passes(ports(7, 8)), passes(ports(8, 9))}},
          {"ACL ports are 0 where there are none",
           {deny({.sport = {0, 0}, .dport = {0, 0}})},
           {denied(0, other(kAlice.address, endOf(kDsr4).address, kProtoGre)),
            denied(0, echo(kAlice.address, endOf(kDsr4).address)), openDsr()}},
      });
}

void addVirtualRows(Table& table) {
  const End any4 = endOf(kAny4);
  const auto to = [](const char* address, uint16_t port) { return End{address, port}; };
  table.insert(table.end(), {
                                {"exact virtual before any port",
                                 {[=](DataPlaneSetup& s) {
                                   s.addKey({any4.address, 80}, kProtoTcp, kWeb4);
                                 }},
                                 {nat(tcp(kAlice, {any4.address, 80}, kSyn), kWeb4, kNat4).opens(),
                                  nat(tcp(kAlice, {any4.address, 81}, kSyn), kAny4, kKeep4)
                                      .opens()}},
                                {"exact virtual of another protocol",
                                 {},
                                 {in(kClients, udp(kAlice, endOf(kWeb4)))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"any port of one protocol before any protocol",
                                 {[=](DataPlaneSetup& s) {
                                   s.addAnyPortKey(any4.address, kProtoUdp, kDsr4);
                                 }},
                                 {dsr(udp(kAlice, {any4.address, 99}), kDsr4, kDirect4).opens(),
                                  nat(tcp(kAlice, {any4.address, 99}, kSyn), kAny4, kKeep4)
                                      .opens()}},
                                {"any port before prefix",
                                 {[=](DataPlaneSetup& s) {
                                   s.addAnyPortKey("203.0.113.200", kProtoUdp, kDns4);
                                 }},
                                 {nat(udp(kAlice, to("203.0.113.200", 99)), kDns4, kKeep4).opens(),
                                  dsr(udp(kAlice, to("203.0.113.201", 99)), kWide4, kDirect4)
                                      .opens()}},
                                {"any port of one protocol",
                                 {},
                                 {nat(udp(kAlice, {endOf(kAnyPort4).address, 65535}), kAnyPort4,
                                      kKeep4)
                                      .opens(),
                                  in(kClients, tcp(kAlice, {endOf(kAnyPort4).address, 65535}, kSyn))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"prefix virtual",
                                 {},
                                 {dsr(udp(kAlice, to("203.0.113.128", 1)), kWide4, kDirect4)
                                      .opens(),
                                  dsr(udp(kAlice, to("203.0.113.255", 1)), kWide4, kDirect4)
                                      .opens(),
                                  in(kClients, udp(kAlice, to("203.0.113.127", 1)))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"prefix virtuals, lowest entry first",
                                 {},
                                 {dsr(tcp(kAlice, to("203.0.113.193", 443), kSyn), kWideWeb4,
                                      kDirect4)
                                      .opens(),
                                  dsr(tcp(kAlice, to("203.0.113.193", 444), kSyn), kWide4, kDirect4)
                                      .opens(),
                                  dsr(tcp(kAlice, to("203.0.113.193", 0x01bc), kSyn), kWide4,
                                      kDirect4)
                                      .hits()}},
                                {"prefix virtual, IPv6",
                                 {},
                                 {dsr(udp(kAlice6, to("2001:db8:f:ffff::1", 1)), kWide6, kDirect6)
                                      .opens(),
                                  in(kClients, udp(kAlice6, to("2001:db8:f:7fff::1", 1)))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"wildcard virtual of one port",
                                 {wildcard(kClients)},
                                 {openWeb(), webBack(kSyn | kAck),
                                  dsr(udp(kAlice, to("192.0.2.77", 1)), kWide4, kDirect4).opens(),
                                  in(kServers, udp({"10.1.0.1", 1}, to("192.0.2.77", 1)))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"wildcard virtual of all ports takes answers, too",
                                 {wildcard({})},
                                 {openWeb(), in(kServers, tcp(endOf(kNat4), kAlice, kSyn | kAck))
                                                 .via(kWide4)
                                                 .misses()
                                                 .drop(DropReason::kNoConnection)}},
                                {"wildcard virtual, IPv4 only",
                                 {wildcard({})},
                                 {in(kClients, udp(kAlice6, to("2001:db8:f:7fff::1", 1)))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"prefix virtuals off",
                                 {noPrefixes()},
                                 {in(kClients, udp(kAlice, to("203.0.113.128", 1)))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"prefix virtual, ICMP",
                                 {},
                                 {in(kClients, echo(kAlice.address, "203.0.113.130"))
                                      .via(kWide4)
                                      .punt(PuntCause::kIcmp)}},
                                {"no virtual, IPv4",
                                 {},
                                 {in(kClients, tcp(kAlice, to("203.0.113.1", 82), kSyn))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"no virtual, IPv6",
                                 {},
                                 {in(kClients, tcp(kAlice6, to("2001:db8:f::1", 82), kSyn))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"an IPv6 key with an IPv4 address's bytes",
                                 {[](DataPlaneSetup& s) {
                                   s.addKey({"cb00:714d::", 80}, kProtoTcp, kWeb6);
                                 }},
                                 {in(kClients, tcp(kAlice, to("203.0.113.77", 80), kSyn))
                                      .back()
                                      .misses()
                                      .drop(DropReason::kNoVirtual)}},
                                {"disabled virtual",
                                 {},
                                 {in(kClients, tcp(kAlice, endOf(kDisabled4), kSyn))
                                      .via(kDisabled4)
                                      .drop(DropReason::kVirtualDisabled)}},
                                {"local virtual, IPv4",
                                 {},
                                 {in(kClients, tcp(kAlice, endOf(kLocal4), kAck))
                                      .via(kLocal4)
                                      .punt(PuntCause::kLocal)}},
                                {"local virtual, IPv6",
                                 {},
                                 {in(kClients, tcp(kAlice6, endOf(kLocal6), kAck))
                                      .via(kLocal6)
                                      .punt(PuntCause::kLocal)}},
                                {"disabled goes before local",
                                 {[](DataPlaneSetup& s) { s.virtuals[kLocal4].enabled = false; }},
                                 {in(kClients, tcp(kAlice, endOf(kLocal4), kAck))
                                      .via(kLocal4)
                                      .drop(DropReason::kVirtualDisabled)}},
                                {"ICMP to a virtual, IPv4",
                                 {},
                                 {in(kClients, echo(kAlice.address, endOf(kWeb4).address))
                                      .via(kWeb4)
                                      .punt(PuntCause::kIcmp)}},
                                {"ICMP to a virtual, IPv6",
                                 {},
                                 {in(kClients, echo(kAlice6.address, endOf(kWeb6).address))
                                      .via(kWeb6)
                                      .punt(PuntCause::kIcmp)}},
                                {"ICMP to a virtual goes before disabled",
                                 {[](DataPlaneSetup& s) { s.virtuals[kWeb4].enabled = false; }},
                                 {in(kClients, echo(kAlice.address, endOf(kWeb4).address))
                                      .via(kWeb4)
                                      .punt(PuntCause::kIcmp)}},
                                {"the other bank has other virtuals",
                                 {},
                                 {openWeb(), flip([](DataPlaneSetup& s) {
                                    s.virtuals[kWeb4].enabled = false;
                                  }),
                                  in(kClients, tcp(kAlice, endOf(kWeb4), kAck))
                                      .via(kWeb4)
                                      .drop(DropReason::kVirtualDisabled),
                                  flip([](DataPlaneSetup& s) { s.virtuals[kWeb4].enabled = true; }),
                                  web(kAck).hits()}},
                                {"the other bank has other keys and rules",
                                 {},
                                 {openDsr(), flip([](DataPlaneSetup& s) {
                                    s.acl_enable = true;
                                    s.acl = {{.action = AclAction::kDeny, .protocol = kProtoTcp}};
                                    s.addKey(dsrPort(9), kProtoUdp, kLocal4);
                                  }),
                                  in(kClients, toDsr()).via(kLocal4).punt(PuntCause::kLocal),
                                  denied(0, tcp(kAlice, endOf(kWeb4), kSyn))}},
                            });
}

}  // namespace

void addClassifyRows(Table& table) {
  addActionRows(table);
  addMatchRows(table);
  addVirtualRows(table);
}

}  // namespace sluice::testing
