// SPDX-License-Identifier: Apache-2.0
// Section 3, steps 5 to 8, for IPv6.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

void fragmentsToCpu(DataPlaneSetup& s) { s.fragments = regs::FragmentAction::kPunt; }

const Ip& service() { return endOf(kDsr6).address; }
Packet toDsr6() { return udp(kAlice6, {service(), 9}); }
Packet tcpToDsr6(uint8_t flags = kSyn) { return tcp(kAlice6, {service(), 80}, flags); }
Step dropped(DropReason reason, Packet packet) {
  return in(kClients, std::move(packet)).drop(reason);
}
Step passes(Packet packet) { return dsr(packet, kDsr6, kDirect6).opens(); }

void addHeaderRows(Table& table) {
  const auto bad = [](Packet p) { return dropped(DropReason::kIpv6Header, std::move(p)); };
  table.insert(
      table.end(),
      {
          {"IPv6 header cut", {}, {bad(toDsr6().cut(14 + 39))}},
          {"IPv6 with version 4", {}, {bad(toDsr6().version(4))}},
          {"IPv6 payload length 0", {}, {bad(toDsr6().totalLength(0))}},
          {"IPv6 payload length beyond the frame",
           {},
           {dropped(DropReason::kIpv6Truncated, toDsr6().totalLength(15))}},
          {"IPv6 payload length beyond a tagged frame",
           {},
           {dropped(DropReason::kIpv6Truncated, toDsr6().vlan(1).totalLength(15))}},
          {"IPv6 with padding", {}, {passes(toDsr6().pad(100, 0xa5))}},
          {"IPv6 with traffic class and flow label",
           {},
           {passes(toDsr6().tos(0xb9).flowLabel(0xabcde))}},
          {"IPv6 next header 59", {}, {passes(other(kAlice6.address, service(), kProtoNone))}},
          {"IPv6 unknown next header", {}, {passes(other(kAlice6.address, service(), 50))}},
          {"ICMP over IPv6 is another protocol",
           {},
           {passes(other(kAlice6.address, service(), kProtoIcmp).payload(3))}},
      });
}

void addExtensionRows(Table& table) {
  const auto bad = [](Packet p) { return dropped(DropReason::kIpv6Extension, std::move(p)); };
  table.insert(
      table.end(),
      {
          {"IPv6 hop-by-hop options", {}, {passes(toDsr6().extension(kHopByHop))}},
          {"IPv6 routing header", {}, {passes(toDsr6().extension(kRouting, 2))}},
          {"IPv6 three extension headers",
           {},
           {passes(
               toDsr6().extension(kHopByHop).extension(kDestinationOptions).extension(kRouting))}},
          {"IPv6 destination options twice",
           {},
           {passes(toDsr6().extension(kDestinationOptions).extension(kDestinationOptions, 3))}},
          {"IPv6 four extension headers",
           {},
           {bad(toDsr6()
                    .extension(kHopByHop)
                    .extension(kRouting)
                    .extension(kDestinationOptions)
                    .extension(kDestinationOptions))}},
          {"IPv6 hop-by-hop options not first",
           {},
           {bad(toDsr6().extension(kDestinationOptions).extension(kHopByHop))}},
          {"IPv6 extension header beyond the packet",
           {},
           {bad(toDsr6().extension(kRouting).payload(0).patch(55, {2}))}},
          {"IPv6 extension header's first bytes beyond the packet",
           {},
           {bad(other(kAlice6.address, service(), kRouting).payload(7))}},
          {"IPv6 extension header near the end of the window",
           {},
           {dropped(DropReason::kUdpHeader, toDsr6().extension(kRouting, 9)),
            passes(other(kAlice6.address, service(), 50).extension(kRouting, 9))}},
          {"IPv6 extension header beyond the window", {}, {bad(toDsr6().extension(kRouting, 10))}},
          {"IPv6 second extension header beyond the window",
           {},
           {bad(toDsr6().extension(kRouting, 9).extension(kDestinationOptions))}},
          {"NAT of IPv6 TCP behind extension headers",
           {},
           {nat(tcp(kAlice6, endOf(kWeb6), kSyn)
                    .extension(kHopByHop)
                    .extension(kDestinationOptions, 2),
                kWeb6, kNat6)
                .opens()}},
          {"IPv6 TCP header near the end of the window",
           {},
           {passes(tcpToDsr6()
                       .extension(kRouting, 5)
                       .extension(kDestinationOptions)
                       .vlan(1)
                       .payload(30))}},
          {"IPv6 TCP header beyond the window",
           {},
           {dropped(DropReason::kTcpHeader,
                    tcpToDsr6().extension(kRouting, 6).vlan(1).vlan(2).payload(30))}},
          {"IPv6 UDP header beyond the window",
           {},
           {dropped(DropReason::kUdpHeader, toDsr6().extension(kRouting, 8).vlan(1).payload(30))}},
          {"IPv6 ICMPv6 header beyond the window",
           {},
           {dropped(DropReason::kIcmpHeader,
                    echo(kAlice6.address, service()).extension(kRouting, 8).vlan(1).payload(30))}},
      });
}

void addFragmentRows(Table& table) {
  const Packet first = toDsr6().fragment(0, true), last = toDsr6().fragment(20, false);
  const Packet atomic = tcp(kAlice6, endOf(kWeb6), kSyn).fragment(0, false);
  table.insert(
      table.end(),
      {
          {"IPv6 fragments dropped",
           {},
           {dropped(DropReason::kIpFragment, first), dropped(DropReason::kIpFragment, last)}},
          {"IPv6 fragments punted",
           {fragmentsToCpu},
           {in(kClients, first).punt(PuntCause::kFragment),
            in(kClients, last).punt(PuntCause::kFragment)}},
          {"IPv6 fragments to a virtual that takes them",
           {[](DataPlaneSetup& s) {
             s.fragments = regs::FragmentAction::kForward;
             s.virtuals[kDsr6].fragments = true;
           }},
           {dsr(first, kDsr6, kDirect6).opens(), dsr(last, kDsr6, kDirect6).hits()}},
          {"IPv6 fragments to a virtual that takes none",
           {[](DataPlaneSetup& s) { s.fragments = regs::FragmentAction::kForward; }},
           {in(kClients, first).via(kDsr6).drop(DropReason::kIpFragment)}},
          {"IPv6 atomic fragment is none", {}, {nat(atomic, kWeb6, kNat6).opens()}},
          {"IPv6 headers behind a fragment header are not read",
           {},
           {dropped(DropReason::kIpFragment,
                    toDsr6().extension(kRouting).extension(kRouting).fragment(1, false).extension(
                        kRouting))}},
          {"IPv6 fragment of neighbour discovery",
           {},
           {dropped(DropReason::kIpFragment,
                    icmp(kAlice6.address, service(), 135).fragment(0, true))}},
          {"IPv6 fragment with an unspecified source",
           {},
           {dropped(DropReason::kMartian, icmp("::", service(), 135).fragment(0, true))}},
      });
}

void addAddressRows(Table& table) {
  const auto from = [](const char* source) { return udp({source, 5}, {service(), 9}); };
  const auto to = [](const char* destination) { return udp(kAlice6, {destination, 9}); };
  const auto martian = [](Packet p) { return dropped(DropReason::kMartian, std::move(p)); };
  const auto nd = [](uint8_t type) {
    return in(kClients, icmp("fe80::1", "ff02::1", type).ttl(255)).punt(PuntCause::kNd);
  };
  table.insert(
      table.end(),
      {
          {"IPv6 source multicast", {}, {martian(from("ff02::1"))}},
          {"IPv6 source loopback", {}, {martian(from("::1"))}},
          {"IPv6 source unspecified", {}, {martian(from("::"))}},
          {"IPv6 destination loopback", {}, {martian(to("::1"))}},
          {"IPv6 destination unspecified", {}, {martian(to("::"))}},
          {"IPv6 sources near the martians",
           {},
           {passes(from("fe80::1")), passes(from("::2")), passes(from("1::1")),
            passes(from("7f00::"))}},
          {"IPv6 land", {}, {dropped(DropReason::kLand, udp({service(), 1}, {service(), 2}))}},
          {"IPv6 multicast", {}, {in(kClients, to("ff02::fb")).punt(PuntCause::kMulticast)}},
          {"ICMPv6 may have an unspecified source",
           {},
           {in(kClients, icmp("::", "ff02::1", 135)).punt(PuntCause::kNd),
            passes(echo("::", service()))}},
          {"ICMPv6 with an unspecified source and destination",
           {},
           {martian(icmp("::", "::", 135))}},
          {"neighbour discovery, all types", {}, {nd(133), nd(134), nd(135), nd(136), nd(137)}},
          {"ICMPv6 types beside neighbour discovery",
           {},
           {passes(icmp(kAlice6.address, service(), 132)),
            passes(icmp(kAlice6.address, service(), 138)).hits()}},
          {"ICMPv6 header cut by the payload length",
           {},
           {dropped(DropReason::kIcmpHeader,
                    icmp(kAlice6.address, service(), 135).totalLength(7))}},
          {"IPv6 TCP header cut",
           {},
           {dropped(DropReason::kTcpHeader, tcpToDsr6().totalLength(19))}},
          {"IPv6 TCP flags", {}, {dropped(DropReason::kTcpFlags, tcpToDsr6(kSyn | kFin))}},
          {"IPv6 UDP length", {}, {dropped(DropReason::kUdpHeader, toDsr6().udpLength(100))}},
      });
}

}  // namespace

void addIpv6ParseRows(Table& table) {
  addHeaderRows(table);
  addExtensionRows(table);
  addFragmentRows(table);
  addAddressRows(table);
}

}  // namespace sluice::testing
