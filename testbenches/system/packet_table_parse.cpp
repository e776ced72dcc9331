// SPDX-License-Identifier: Apache-2.0
// Section 3, steps 4 and 6 to 8, for IPv4.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

void fragmentsToCpu(DataPlaneSetup& s) { s.fragments = regs::FragmentAction::kPunt; }
void fragmentsForward(DataPlaneSetup& s) {
  s.fragments = regs::FragmentAction::kForward;
  s.virtuals[kDsr4].fragments = true;
}
void dropOptions(DataPlaneSetup& s) { s.drop_options = true; }

Step dropped(DropReason reason, Packet packet) {
  return in(kClients, std::move(packet)).drop(reason);
}
Step passes(Packet packet) { return dsr(packet, kDsr4, kDirect4).opens(); }
Packet tcpToDsr(uint8_t flags = kSyn) { return tcp(kAlice, dsrPort(80), flags); }

void addHeaderRows(Table& table) {
  const auto bad = [](Packet p) { return dropped(DropReason::kIpv4Header, std::move(p)); };
  table.insert(
      table.end(),
      {
          {"IPv4 header cut", {}, {bad(toDsr().cut(14 + 19))}},
          {"IPv4 without a byte", {}, {bad(toDsr().cut(14))}},
          {"IPv4 with version 5", {}, {bad(toDsr().version(5))}},
          {"IPv4 ethertype, version 6", {}, {bad(toDsr().version(6))}},
          {"IPv4 header length 16", {}, {bad(toDsr().headerWords(4))}},
          {"IPv4 total length under the header's", {}, {bad(toDsr().totalLength(19))}},
          {"IPv4 total length under the header with options",
           {},
           {bad(toDsr().options(3).totalLength(31))}},
          {"IPv4 total length of the header alone",
           {},
           {dropped(DropReason::kUdpHeader, toDsr().totalLength(20))}},
          {"IPv4 total length beyond the frame",
           {},
           {dropped(DropReason::kIpv4Truncated, toDsr().totalLength(35))}},
          {"IPv4 total length beyond a tagged frame",
           {},
           {dropped(DropReason::kIpv4Truncated, toDsr().vlan(1).vlan(2).cut(22 + 33))}},
          {"IPv4 header cut inside the options",
           {},
           {dropped(DropReason::kIpv4Truncated, toDsr().options(4).cut(14 + 30))}},
          {"IPv4 checksum wrong",
           {},
           {dropped(DropReason::kIpv4Checksum, toDsr().ipChecksum(0x1111))}},
          {"IPv4 checksum wrong in the options",
           {},
           {dropped(DropReason::kIpv4Checksum, toDsr().options(2).patch(14 + 27, {0}))}},
          {"IPv4 truncated goes before the checksum",
           {},
           {dropped(DropReason::kIpv4Truncated, toDsr().totalLength(999).ipChecksum(1))}},
          {"IPv4 options pass", {}, {passes(toDsr().options(1))}},
          {"IPv4 with 40 bytes of options, two tags",
           {},
           {passes(tcpToDsr().options(10).vlan(1).vlan(2))}},
          {"IPv4 options dropped",
           {dropOptions},
           {dropped(DropReason::kIpv4Options, toDsr().options(1))}},
          {"IPv4 checksum goes before options",
           {dropOptions},
           {dropped(DropReason::kIpv4Checksum, toDsr().options(1).ipChecksum(7))}},
          {"IPv4 without options passes where they are dropped", {dropOptions}, {passes(toDsr())}},
          {"NAT of IPv4 with options",
           {},
           {nat(tcp(kAlice, endOf(kWeb4), kSyn).options(5), kWeb4, kNat4).opens()}},
      });
}

void addAddressRows(Table& table) {
  const auto from = [](const char* source) { return udp({source, 5}, dsrPort(9)); };
  const auto to = [](const char* destination) { return udp(kAlice, {destination, 9}); };
  const auto martian = [](Packet p) { return dropped(DropReason::kMartian, std::move(p)); };
  table.insert(
      table.end(),
      {
          {"IPv4 source multicast",
           {},
           {martian(from("224.0.0.1")), martian(from("239.255.255.255"))}},
          {"IPv4 source broadcast", {}, {martian(from("255.255.255.255"))}},
          {"IPv4 source loopback", {}, {martian(from("127.0.0.1")), martian(from("127.255.0.1"))}},
          {"IPv4 source unspecified", {}, {martian(from("0.0.0.0"))}},
          {"IPv4 destination loopback", {}, {martian(to("127.0.0.1"))}},
          {"IPv4 destination unspecified", {}, {martian(to("0.0.0.0"))}},
          {"IPv4 source of class E is no martian",
           {},
           {passes(from("240.0.0.1")), passes(from("255.255.255.254"))}},
          {"IPv4 source just outside the martians",
           {},
           {passes(from("223.255.255.255")), passes(from("128.0.0.1")), passes(from("126.0.0.1")),
            passes(from("0.0.0.1"))}},
          {"IPv4 land", {}, {dropped(DropReason::kLand, udp(dsrPort(9), dsrPort(9)))}},
          {"IPv4 land with different ports",
           {},
           {dropped(DropReason::kLand, udp(dsrPort(1), dsrPort(9)))}},
          {"IPv4 martian goes before land", {}, {martian(udp({"127.0.0.1", 1}, {"127.0.0.1", 2}))}},
          {"IPv4 multicast", {}, {in(kClients, to("224.0.0.251")).punt(PuntCause::kMulticast)}},
          {"IPv4 limited broadcast",
           {},
           {in(kClients, to("255.255.255.255")).punt(PuntCause::kMulticast)}},
          {"IPv4 fragment of a martian", {}, {martian(from("127.0.0.1").fragment(0, true))}},
      });
}

void addFragmentRows(Table& table) {
  const Packet first = toDsr().fragment(0, true), middle = toDsr().fragment(100, true),
               last = toDsr().fragment(8191, false);
  table.insert(
      table.end(),
      {
          {"IPv4 fragments dropped",
           {},
           {dropped(DropReason::kIpFragment, first), dropped(DropReason::kIpFragment, middle),
            dropped(DropReason::kIpFragment, last)}},
          {"IPv4 fragments punted",
           {fragmentsToCpu},
           {in(kClients, first).punt(PuntCause::kFragment),
            in(kClients, middle).punt(PuntCause::kFragment),
            in(kClients, last).punt(PuntCause::kFragment)}},
          {"IPv4 fragments to a virtual that takes them",
           {fragmentsForward},
           {dsr(first, kDsr4, kDirect4).opens(), dsr(middle, kDsr4, kDirect4).hits(),
            dsr(last, kDsr4, kDirect4).hits()}},
          {"IPv4 fragments of another port are of the same connection",
           {fragmentsForward},
           {dsr(first, kDsr4, kDirect4).opens(),
            dsr(udp(kAlice, dsrPort(10)).fragment(0, true), kDsr4, kDirect4).hits()}},
          {"IPv4 fragments of TCP have no state",
           {fragmentsForward},
           {dsr(tcpToDsr(kAck).fragment(0, true), kDsr4, kDirect4).opens(),
            dsr(tcpToDsr(kRst).fragment(0, true), kDsr4, kDirect4).hits()}},
          {"IPv4 fragments of ICMP errors are not read",
           {fragmentsForward},
           {dsr(icmpError(kAlice.address, endOf(kDsr4).address, 3, toDsr()).fragment(0, true),
                kDsr4, kDirect4)
                .opens()}},
          {"IPv4 fragments find a key with port 0",
           {fragmentsForward,
            [](DataPlaneSetup& s) {
              s.virtuals[kLooseDsr4].fragments = true;
              s.addKey({endOf(kLooseDsr4).address, 0}, kProtoTcp, kLooseDsr4);
            }},
           {dsr(tcp(kAlice, endOf(kLooseDsr4), kAck).fragment(4, false), kLooseDsr4, kDirect4)
                .opens()}},
          {"IPv4 fragments to a virtual that takes none",
           {fragmentsForward},
           {in(kClients, udp(kAlice, endOf(kAny4)).fragment(0, true))
                .via(kAny4)
                .drop(DropReason::kIpFragment)}},
          {"IPv4 fragments to the CPU's own addresses",
           {fragmentsForward,
            [](DataPlaneSetup& s) { s.virtuals[kAny4].mode = regs::VirtualMode::kLocal; }},
           {in(kClients, udp(kAlice, endOf(kAny4)).fragment(7, true))
                .via(kAny4)
                .punt(PuntCause::kLocal)}},
          {"IPv4 fragments to nobody",
           {fragmentsForward},
           {in(kClients, udp(kAlice, endOf(kWeb4)).fragment(0, true))
                .back()
                .misses()
                .drop(DropReason::kNoVirtual)}},
          {"IPv4 land goes before fragments",
           {fragmentsToCpu},
           {dropped(DropReason::kLand, udp(dsrPort(1), dsrPort(1)).fragment(1, true))}},
          {"IPv4 don't fragment is no fragment", {}, {passes(toDsr().identification(7, true))}},
          {"IPv4 fragment too short for its layer 4",
           {},
           {dropped(DropReason::kIpFragment, tcpToDsr().fragment(5, false).totalLength(24))}},
      });
}

void addTcpRows(Table& table) {
  const auto header = [](Packet p) { return dropped(DropReason::kTcpHeader, std::move(p)); };
  const auto flags = [](uint8_t f) { return dropped(DropReason::kTcpFlags, tcpToDsr(f)); };
  table.insert(
      table.end(),
      {
          {"TCP header cut by the total length", {}, {header(tcpToDsr().totalLength(39))}},
          {"TCP data offset 4", {}, {header(tcpToDsr().dataOffset(4))}},
          {"TCP data offset beyond the packet", {}, {header(tcpToDsr().payload(3).dataOffset(6))}},
          {"TCP data offset up to the end of the packet",
           {},
           {passes(tcpToDsr().payload(4, 1).dataOffset(6))}},
          {"TCP header goes before flags", {}, {header(tcpToDsr(0).dataOffset(15))}},
          {"TCP no flags", {}, {flags(0), flags(kPsh | kUrg), flags(0xc0)}},
          {"TCP SYN and FIN", {}, {flags(kSyn | kFin), flags(kSyn | kFin | kAck)}},
          {"TCP SYN and RST", {}, {flags(kSyn | kRst), flags(kSyn | kRst | kAck)}},
          {"TCP FIN without ACK", {}, {flags(kFin), flags(kFin | kPsh | kUrg)}},
          {"TCP FIN and RST without ACK is a reset",
           {},
           {in(kClients, tcpToDsr(kFin | kRst))
                .via(kDsr4)
                .misses()
                .drop(DropReason::kNoConnection)}},
          {"TCP SYN with ECN bits and data", {}, {passes(tcpToDsr(kSyn | 0xc0).payload(40))}},
      });
}

void addOtherRows(Table& table) {
  const auto udpBad = [](Packet p) { return dropped(DropReason::kUdpHeader, std::move(p)); };
  const Packet gre = other(kAlice.address, endOf(kDsr4).address, kProtoGre);
  table.insert(
      table.end(),
      {
          {"UDP header cut by the total length", {}, {udpBad(toDsr().totalLength(27))}},
          {"UDP length 7", {}, {udpBad(toDsr().udpLength(7))}},
          {"UDP length beyond the packet", {}, {udpBad(toDsr().udpLength(15))}},
          {"UDP length beyond the packet, in the padding",
           {},
           {udpBad(toDsr().udpLength(15).pad(80))}},
          {"UDP length shorter than the packet", {}, {passes(toDsr().udpLength(9))}},
          {"UDP of no payload", {}, {passes(toDsr().payload(0))}},
          {"ICMP header cut by the total length",
           {},
           {dropped(DropReason::kIcmpHeader,
                    echo(kAlice.address, endOf(kDsr4).address).totalLength(27))}},
          {"ICMP echo to a virtual of any protocol",
           {},
           {passes(echo(kAlice.address, endOf(kDsr4).address))}},
          {"GRE", {}, {passes(gre)}},
          {"another protocol without a payload",
           {},
           {passes(other(kAlice.address, endOf(kDsr4).address, 253).payload(0))}},
          {"ICMPv6 over IPv4 is another protocol",
           {},
           {passes(other(kAlice.address, endOf(kDsr4).address, kProtoIcmpV6).payload(4))}},
          {"NAT of GRE",
           {},
           {nat(other(kAlice.address, endOf(kAny4).address, kProtoGre), kAny4, kKeep4).opens(),
            natBack(other(endOf(kKeep4).address, kAlice.address, kProtoGre), kAny4, kKeep4)}},
      });
}

}  // namespace

void addParseRows(Table& table) {
  addHeaderRows(table);
  addAddressRows(table);
  addFragmentRows(table);
  addTcpRows(table);
  addOtherRows(table);
}

}  // namespace sluice::testing
