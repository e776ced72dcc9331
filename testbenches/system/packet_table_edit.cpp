// SPDX-License-Identifier: Apache-2.0
// Section 9: modes by family, next hops, TTL, MTU, lengths, checksums.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

using regs::VirtualMode;

Change neighbor(uint16_t member, NeighborId id) {
  return [=](DataPlaneSetup& s) { s.members[member].neighbor = id; };
}
Change clientNeighbor(uint16_t virtual_id, NeighborId id) {
  return [=](DataPlaneSetup& s) { s.virtuals[virtual_id].client_neighbor = id; };
}
Change mtu(uint8_t port, uint16_t bytes) {
  return [=](DataPlaneSetup& s) { s.ports[port].mtu = bytes; };
}

// The packet of `client` to a virtual of a tunnel mode, and the tunnel it goes into.
Step tunnel(VirtualMode mode, bool outer_v6, Packet packet) {
  const uint16_t id = tunnelVirtual(mode, packet.v6(), outer_v6);
  const MemberId member = outer_v6 ? kTunnelEnd6 : kTunnelEnd4;
  const Ip local = outer_v6 ? "2001:db8:ffff::1" : "192.0.2.1", remote = endOf(member).address;
  const auto entropy =
      static_cast<uint16_t>(tupleHash(kDefaultHashKey, packet.source(), packet.destination()));
  Packet out = packet.hop(linkTo(neighborOf(member)));
  if (mode == VirtualMode::kIpip) {
    out.ipip(local, remote, entropy);
  } else {
    out.gue(mode == VirtualMode::kGue0 ? 0 : 1, local, remote, entropy);
  }
  return in(kClients, packet).via(id).at(member).to(kServers, out);
}

Packet toTunnel(VirtualMode mode, bool inner_v6, bool outer_v6) {
  return tcp(inner_v6 ? kAlice6 : kAlice, tunnelService(mode, inner_v6, outer_v6), kSyn).tos(0x68);
}

void addTunnelRows(Table& table) {
  for (const VirtualMode mode : {VirtualMode::kIpip, VirtualMode::kGue0, VirtualMode::kGue1}) {
    for (const bool inner : {false, true}) {
      for (const bool outer : {false, true}) {
        const std::string name = std::string(regs::name(mode)) +
                                 (inner ? ", IPv6 in " : ", IPv4 in ") + (outer ? "IPv6" : "IPv4");
        const Packet packet = toTunnel(mode, inner, outer);
        table.push_back(
            {name,
             {},
             {tunnel(mode, outer, packet).opens(),
              tunnel(mode, outer, Packet(packet).flags(kAck).vlan(9).payload(333)).hits()}});
      }
    }
  }
  const Packet ipip4 = toTunnel(VirtualMode::kIpip, false, false),
               gue0 = toTunnel(VirtualMode::kGue0, false, true);
  const uint16_t id = tunnelVirtual(VirtualMode::kIpip, false, false),
                 gue_id = tunnelVirtual(VirtualMode::kGue0, false, true);
  const auto tooLong = [](const Packet& packet, uint16_t virtual_id, MemberId member) {
    return in(kClients, packet).via(virtual_id).at(member).opens().punt(PuntCause::kMtu);
  };
  table.insert(
      table.end(),
      {
          {"ipip, padding is cut before the tunnel",
           {},
           {tunnel(VirtualMode::kIpip, false, Packet(ipip4).pad(90, 1)).opens()}},
          {"ipip, up to the MTU",
           {},
           {tunnel(VirtualMode::kIpip, false, Packet(ipip4).payload(1440)).opens()}},
          {"ipip, beyond the MTU with the tunnel header",
           {},
           {tooLong(Packet(ipip4).payload(1441), id, kTunnelEnd4)}},
          {"gue0 in IPv6, up to the MTU",
           {},
           {tunnel(VirtualMode::kGue0, true, Packet(gue0).payload(1500 - 40 - 12 - 40)).opens()}},
          {"gue0 in IPv6, beyond the MTU with the tunnel header",
           {},
           {tooLong(Packet(gue0).payload(1500 - 40 - 12 - 39), gue_id, kTunnelEnd6)}},
          {"ipip, an ICMP error goes in unchanged",
           {},
           {tunnel(VirtualMode::kIpip, false, ipip4).opens(),
            [&] {
              const Packet error = icmpError(kRouter, ipip4.destination().address, 3,
                                             tcp(ipip4.destination(), kAlice, kAck));
              const auto entropy =
                  static_cast<uint16_t>(tupleHash(kDefaultHashKey, kAlice, ipip4.destination()));
              return in(kClients, error)
                  .via(id)
                  .at(kTunnelEnd4)
                  .hits()
                  .to(kServers, error.hop(linkTo(kToServers))
                                    .ipip("192.0.2.1", endOf(kTunnelEnd4).address, entropy));
            }()}},
          {"tunnel without an entry",
           {[](DataPlaneSetup& s) { s.half_open_max = 1; }},
           {nat(tcp(kBob, endOf(kWeb4), kSyn), kWeb4, kNat4).opens(),
            tunnel(VirtualMode::kIpip, false, ipip4).flow(FlowResult::kUntrackedHalfOpen)}},
      });
}

void addNextHopRows(Table& table) {
  const auto drops = [](NeighborId id, DropReason reason) {
    return std::pair(neighbor(kDirect4, id),
                     in(kClients, toDsr()).via(kDsr4).at(kDirect4).opens().drop(reason));
  };
  const auto [to_nobody, nobody] = drops(kUnresolved, DropReason::kNeighborUnresolved);
  const auto [to_dark, dark] = drops(kBehindDark, DropReason::kPortDown);
  const auto [to_cpu, cpu] = drops(kBehindCpu, DropReason::kPortDown);
  const auto expired = in(kClients, toDsr().ttl(1)).via(kDsr4).at(kDirect4).opens();
  table.insert(
      table.end(),
      {
          {"next hop unresolved", {to_nobody}, {nobody}},
          {"next hop unresolved, reverse",
           {clientNeighbor(kWeb4, kUnresolved)},
           {openWeb(), in(kServers, tcp(endOf(kNat4), kAlice, kAck))
                           .back()
                           .via(kWeb4)
                           .at(kNat4)
                           .hits()
                           .drop(DropReason::kNeighborUnresolved)}},
          {"next hop behind a port that is down", {to_dark}, {dark}},
          {"next hop behind the CPU port", {to_cpu}, {cpu}},
          {"next hop behind port 7",
           {[](DataPlaneSetup& s) { s.neighbors[kToServers].port = 7, s.ports[7].up = true; }},
           {cpu}},
          {"port goes down and up",
           {},
           {openDsr(), change([](DataPlaneSetup& s) { s.ports[kServers].up = false; }),
            in(kClients, toDsr()).via(kDsr4).at(kDirect4).hits().drop(DropReason::kPortDown),
            change([](DataPlaneSetup& s) { s.ports[kServers].up = true; }),
            dsr(toDsr(), kDsr4, kDirect4).hits()}},
          {"unresolved goes before the port",
           {neighbor(kDirect4, kBehindDark),
            [](DataPlaneSetup& s) { s.neighbors[kBehindDark].valid = false; }},
           {nobody}},
          {"TTL goes before the next hop", {to_nobody}, {expired.punt(PuntCause::kTtl)}},
          {"port down goes before the MTU", {to_dark, mtu(kDark, 20)}, {dark}},
          {"out by the port it came in by",
           {neighbor(kDirect4, kToClients)},
           {in(kClients, toDsr())
                .via(kDsr4)
                .at(kDirect4)
                .opens()
                .to(kClients, toDsr().hop(linkTo(kToClients)))}},
          {"a neighbour moves",
           {},
           {openDsr(), change(neighbor(kDirect4, kToServersTagged)),
            in(kClients, toDsr())
                .via(kDsr4)
                .at(kDirect4)
                .hits()
                .to(kServers, toDsr().hop(linkTo(kToServersTagged)))}},
          {"TTL 1", {}, {expired.punt(PuntCause::kTtl)}},
          {"TTL 0",
           {},
           {in(kClients, toDsr().ttl(0)).via(kDsr4).at(kDirect4).opens().punt(PuntCause::kTtl)}},
          {"TTL 2", {}, {dsr(toDsr().ttl(2), kDsr4, kDirect4).opens()}},
          {"TTL 255", {}, {dsr(toDsr().ttl(255), kDsr4, kDirect4).opens()}},
          {"hop limit 1",
           {},
           {in(kClients, udp(kAlice6, {endOf(kDsr6).address, 9}).ttl(1))
                .via(kDsr6)
                .at(kDirect6)
                .opens()
                .punt(PuntCause::kTtl)}},
          {"hop limit 2",
           {},
           {dsr(udp(kAlice6, {endOf(kDsr6).address, 9}).ttl(2), kDsr6, kDirect6).opens()}},
          {"TTL 1, reverse",
           {},
           {openWeb(), in(kServers, tcp(endOf(kNat4), kAlice, kAck).ttl(1))
                           .back()
                           .via(kWeb4)
                           .at(kNat4)
                           .hits()
                           .punt(PuntCause::kTtl)}},
      });
}

void addLengthRows(Table& table) {
  const auto sized = [](size_t l3) { return toDsr().payload(l3 - 28); };
  const auto narrow = [=](size_t l3) {
    return in(kClients, sized(l3))
        .via(kDsr4)
        .at(kDirect4)
        .opens()
        .to(kNarrow, sized(l3).hop(linkTo(kBehindNarrow)));
  };
  const Packet six = udp(kAlice6, {endOf(kDsr6).address, 9});
  table.insert(
      table.end(),
      {
          {"up to the MTU", {}, {dsr(sized(1500), kDsr4, kDirect4).opens()}},
          {"beyond the MTU",
           {},
           {in(kClients, sized(1501)).via(kDsr4).at(kDirect4).opens().punt(PuntCause::kMtu)}},
          {"up to the MTU, tagged", {}, {dsr(Packet(six).payload(1452), kDsr6, kDirect6).opens()}},
          {"beyond the MTU, IPv6",
           {},
           {in(kClients, Packet(six).payload(1453))
                .via(kDsr6)
                .at(kDirect6)
                .opens()
                .punt(PuntCause::kMtu)}},
          {"up to a small MTU", {neighbor(kDirect4, kBehindNarrow)}, {narrow(kNarrowMtu)}},
          {"beyond a small MTU",
           {neighbor(kDirect4, kBehindNarrow)},
           {in(kClients, sized(kNarrowMtu + 1))
                .via(kDsr4)
                .at(kDirect4)
                .opens()
                .punt(PuntCause::kMtu)}},
          {"beyond the MTU, reverse",
           {mtu(kClients, 500)},
           {openWeb(),
            in(kServers, tcp(endOf(kNat4), kAlice).payload(461))
                .back()
                .via(kWeb4)
                .at(kNat4)
                .hits()
                .punt(PuntCause::kMtu),
            natBack(tcp(endOf(kNat4), kAlice).payload(460), kWeb4, kNat4)}},
          {"jumbo",
           {mtu(kServers, 9000)},
           {dsr(sized(9000), kDsr4, kDirect4).opens(),
            in(kClients, sized(9001)).via(kDsr4).at(kDirect4).hits().punt(PuntCause::kMtu)}},
          {"NAT of a jumbo",
           {mtu(kServers, 9202)},
           {nat(tcp(kAlice, endOf(kWeb4), kSyn).payload(9162), kWeb4, kNat4).opens()}},
          {"padding does not count for the MTU and is cut",
           {},
           {dsr(toDsr().pad(2000, 0xee), kDsr4, kDirect4).opens()}},
          {"padding of a short frame is cut",
           {},
           {nat(tcp(kAlice, endOf(kWeb4), kSyn).payload(0).pad(60), kWeb4, kNat4).opens()}},
          {"padding of a tagged IPv6 frame is cut",
           {},
           {nat(tcp(kAlice6, endOf(kWeb6), kSyn).vlan(3).pad(200, 9), kWeb6, kNat6).opens()}},
          {"a punted frame keeps tags and padding",
           {},
           {in(kClients, toDsr().ttl(1).vlan(1).vlan(2).pad(99, 7))
                .via(kDsr4)
                .at(kDirect4)
                .opens()
                .punt(PuntCause::kTtl)}},
          {"frames around the header window",
           {},
           {openDsr(), dsr(sized(113), kDsr4, kDirect4).hits(),
            dsr(sized(114), kDsr4, kDirect4).hits(), dsr(sized(115), kDsr4, kDirect4).hits(),
            dsr(sized(128), kDsr4, kDirect4).hits(), dsr(sized(129), kDsr4, kDirect4).hits()}},
      });
}

// A payload word that brings the UDP checksum of `packet` to 0xffff (that is: to zero).
Packet zeroSum(Packet packet) {
  packet.payload({0, 0});
  const uint16_t sum = packet.l4Checksum();
  return packet.payload({static_cast<uint8_t>(sum >> 8), static_cast<uint8_t>(sum)});
}

void addChecksumRows(Table& table) {
  const Packet dns = udp(kAlice, endOf(kDns4)), dns6 = udp(kAlice6, endOf(kDns6));
  const End server{endOf(kKeep4).address, 53}, server6{endOf(kKeep6).address, 53};
  const Packet becomes_zero = Packet(dns).payload(zeroSum(udp(kAlice, server)).payloadBytes());
  const Packet becomes_zero6 = Packet(dns6).payload(zeroSum(udp(kAlice6, server6)).payloadBytes());
  table.insert(
      table.end(),
      {
          {"UDP without a checksum",
           {},
           {nat(Packet(dns).noUdpChecksum(), kDns4, kKeep4).opens(),
            natBack(udp(server, kAlice).noUdpChecksum(), kDns4, kKeep4)}},
          {"UDP checksum 0xffff", {}, {nat(zeroSum(dns), kDns4, kKeep4).opens()}},
          {"UDP checksum becomes 0xffff", {}, {nat(becomes_zero, kDns4, kKeep4).opens()}},
          {"UDP checksum becomes 0xffff, IPv6", {}, {nat(becomes_zero6, kDns6, kKeep6).opens()}},
          {"UDP checksum becomes 0xffff, reverse",
           {},
           {nat(dns, kDns4, kKeep4).opens(),
            natBack(udp(server, kAlice).payload(zeroSum(udp(endOf(kDns4), kAlice)).payloadBytes()),
                    kDns4, kKeep4)}},
          {"TCP checksum becomes 0",
           {},
           {nat(tcp(kAlice, endOf(kWeb4), kSyn)
                    .payload(zeroSum(tcp(kAlice, endOf(kNat4), kSyn)).payloadBytes()),
                kWeb4, kNat4)
                .opens()}},
          {"a wrong TCP checksum stays wrong by as much", {}, {[&] {
             const Packet packet = tcp(kAlice, endOf(kWeb4), kSyn);
             const Packet right = tcp(kAlice, endOf(kNat4), kSyn);
             Step step =
                 nat(Packet(packet).l4Checksum(static_cast<uint16_t>(packet.l4Checksum() + 1)),
                     kWeb4, kNat4);
             step.out->l4Checksum(static_cast<uint16_t>(right.l4Checksum() + 1));
             return step.opens();
           }()}},
          {"NAT of TCP with an odd payload",
           {},
           {nat(tcp(kAlice, endOf(kWeb4), kSyn).payload(7, 200), kWeb4, kNat4).opens()}},
          {"NAT of IPv6 keeps class and flow label",
           {},
           {nat(tcp(kAlice6, endOf(kWeb6), kSyn).tos(0xff).flowLabel(0xfffff), kWeb6, kNat6)
                .opens()}},
          {"NAT of IPv4 keeps TOS, id and flags",
           {},
           {nat(tcp(kAlice, endOf(kWeb4), kSyn).tos(0xb8).identification(0xffff, true), kWeb4,
                kNat4)
                .opens()}},
          {"NAT of another protocol, IPv6",
           {},
           {nat(other(kAlice6.address, endOf(kAny6).address, 50), kAny6, kKeep6).opens(),
            natBack(other(endOf(kKeep6).address, kAlice6.address, 50), kAny6, kKeep6)}},
          {"NAT keeps the port of an any-port virtual",
           {},
           {nat(udp(kAlice, {endOf(kAnyPort4).address, 5353}), kAnyPort4, kKeep4).opens(),
            natBack(udp({endOf(kKeep4).address, 5353}, kAlice), kAnyPort4, kKeep4,
                    {endOf(kAnyPort4).address, 5353})}},
          {"NAT to a port of the member's own on an any-port virtual",
           {useMember(kAnyPort4, {kNat4})},
           {nat(udp(kAlice, {endOf(kAnyPort4).address, 5353}), kAnyPort4, kNat4).opens(),
            natBack(udp(endOf(kNat4), kAlice), kAnyPort4, kNat4,
                    {endOf(kAnyPort4).address, 5353})}},
          {"NAT of an echo, IPv4",
           {},
           {nat(echo(kAlice.address, endOf(kAny4).address), kAny4, kKeep4).opens(),
            natBack(echo(endOf(kKeep4).address, kAlice.address, false), kAny4, kKeep4)}},
          {"NAT of an echo, IPv6",
           {},
           {nat(echo(kAlice6.address, endOf(kAny6).address), kAny6, kKeep6).opens(),
            natBack(echo(endOf(kKeep6).address, kAlice6.address, false), kAny6, kKeep6)}},
          {"UDP over IPv6 has no exception for a checksum of 0", {}, {[&] {
             Step step = nat(Packet(dns6).l4Checksum(0), kDns6, kKeep6);
             const uint32_t change =
                 udp(kAlice6, server6).l4Checksum() + (0xffffu - dns6.l4Checksum());
             step.out->l4Checksum(static_cast<uint16_t>((change & 0xffff) + (change >> 16)));
             return step.opens();
           }()}},
          {"DSR, IPv6",
           {},
           {dsr(udp(kAlice6, {endOf(kDsr6).address, 9}), kDsr6, kDirect6).opens()}},
          {"DSR leaves wrong checksums alone",
           {},
           {dsr(toDsr().l4Checksum(0x1234), kDsr4, kDirect4).opens()}},
      });
}

}  // namespace

void addEditRows(Table& table) {
  addTunnelRows(table);
  addNextHopRows(table);
  addLengthRows(table);
  addChecksumRows(table);
}

}  // namespace sluice::testing
