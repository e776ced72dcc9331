// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/parse/parse_table.h"

namespace sluice::parse_test {
namespace {

Want drops(DropReason reason) { return {Verdict::kDrop, reason, PuntCause::kNone, L4Kind::kNone}; }
Want punts(PuntCause cause) { return {Verdict::kPunt, DropReason::kNone, cause, L4Kind::kNone}; }
Want goesAs(L4Kind l4) { return {Verdict::kForward, DropReason::kNone, PuntCause::kNone, l4}; }

Packet from4(const char* ip) { return tcp({ip, 1}, kService); }
Packet from6(const char* ip) { return tcp({ip, 1}, kService6); }
Packet into4(const char* ip) { return tcp(kClient, {ip, 1}); }
Packet into6(const char* ip) { return tcp(kClient6, {ip, 1}); }

}  // namespace

Packet to4(uint8_t flags) { return tcp(kClient, kService, flags); }

Packet to6(uint8_t flags) { return tcp(kClient6, kService6, flags); }

Packet error4(const Packet& inner, size_t bytes, uint8_t type) {
  return icmpError("192.0.2.1", kService.address, type, inner, bytes);
}

Packet error6(const Packet& inner, size_t bytes, uint8_t type) {
  return icmpError("2001:db8::1", kService6.address, type, inner, bytes);
}

std::vector<Case> ethernetCases() {
  const Want vlan = drops(DropReason::kVlanDepth);
  return {
      {"no tag", to4(kAck).build(), goesAs(L4Kind::kTcp)},
      {"one tag", to4(kAck).vlan(5).build(), goesAs(L4Kind::kTcp)},
      {"one 802.1ad tag", to4(kAck).vlan(5, 0x88a8).build(), goesAs(L4Kind::kTcp)},
      {"two tags", to4(kAck).vlan(7, 0x88a8).vlan(5).build(), goesAs(L4Kind::kTcp)},
      {"two tags, IPv6", to6(kAck).vlan(7).vlan(5).build(), goesAs(L4Kind::kTcp)},
      {"three tags", to4(kAck).vlan(1).vlan(2).vlan(3).build(), vlan},
      {"ends in the first tag", to4(kAck).vlan(1).cut(14).build(), vlan},
      {"ends before the type after a tag", to4(kAck).vlan(1).cut(17).build(), vlan},
      {"ends after the type after a tag", to4(kAck).vlan(1).cut(18).build(),
       drops(DropReason::kIpv4Header)},
      {"ends in the second tag", to4(kAck).vlan(1).vlan(2).cut(21).build(), vlan},
      {"ends after two tags", to4(kAck).vlan(1).vlan(2).cut(22).build(),
       drops(DropReason::kIpv4Header)},
      {"tagged ARP", arp().vlan(9).build(), punts(PuntCause::kArp)},
      {"ARP", arp().build(), punts(PuntCause::kArp)},
      {"LLDP", ethernet(0x88cc, 46).build(), drops(DropReason::kUnknownEthertype)},
      {"a length instead of a type", ethernet(0x0040, 64).build(),
       drops(DropReason::kUnknownEthertype)},
      {"14 bytes of IPv4", ethernet(0x0800, 0).build(), drops(DropReason::kIpv4Header)},
      {"14 bytes of IPv6", ethernet(0x86dd, 0).build(), drops(DropReason::kIpv6Header)},
  };
}

std::vector<Case> ipv4Cases() {
  const Want header = drops(DropReason::kIpv4Header);
  const Want truncated = drops(DropReason::kIpv4Truncated);
  const Want martian = drops(DropReason::kMartian);
  return {
      {"19 bytes", to4(kAck).cut(33).build(), header},
      {"20 bytes, total length 46", to4(kAck).cut(34).build(), truncated},
      {"version 5", to4(kAck).version(5).build(), header},
      {"IHL 4", to4(kAck).headerWords(4).build(), header},
      {"total length under 20", to4(kAck).totalLength(19).build(), header},
      {"total length under IHL", to4(kAck).options(3).totalLength(31).build(), header},
      {"total length 20", other(kClient.address, kService.address, 99).payload(0).build(),
       goesAs(L4Kind::kOther)},
      {"one byte short", to4(kAck).payload(10).cut(63).build(), truncated},
      {"padded", to4(kAck).payload(0).pad(60).build(), goesAs(L4Kind::kTcp)},
      {"checksum wrong", to4(kAck).ipChecksum(0x1234).build(), drops(DropReason::kIpv4Checksum)},
      {"checksum wrong and a martian", from4("127.0.0.1").ipChecksum(1).build(),
       drops(DropReason::kIpv4Checksum)},
      {"options", to4(kAck).options(1).build(), goesAs(L4Kind::kTcp)},
      {"all the options", to4(kAck).options(10).build(), goesAs(L4Kind::kTcp)},
      {"options and two tags", to4(kAck).options(10).vlan(1).vlan(2).build(), goesAs(L4Kind::kTcp)},
      {"checksum wrong in the last option", to4(kAck).options(10).patch(73, {7}).build(),
       drops(DropReason::kIpv4Checksum)},
      {"from multicast", from4("224.0.0.1").build(), martian},
      {"from the last multicast", from4("239.255.255.255").build(), martian},
      {"from class E", from4("240.0.0.1").build(), goesAs(L4Kind::kTcp)},
      {"from broadcast", from4("255.255.255.255").build(), martian},
      {"from loopback", from4("127.1.2.3").build(), martian},
      {"from nowhere", from4("0.0.0.0").build(), martian},
      {"from 0.0.0.1", from4("0.0.0.1").build(), goesAs(L4Kind::kTcp)},
      {"to loopback", into4("127.0.0.1").build(), martian},
      {"to nowhere", into4("0.0.0.0").build(), martian},
      {"to multicast", into4("224.0.0.251").build(), goesAs(L4Kind::kTcp)},
      {"to broadcast", into4("255.255.255.255").build(), goesAs(L4Kind::kTcp)},
      {"to itself", tcp(kService, kService).build(), drops(DropReason::kLand)},
      {"fragment to itself", tcp(kService, kService).fragment(0, true).build(),
       drops(DropReason::kLand)},
      {"first fragment", to4(kAck).fragment(0, true).build(), drops(DropReason::kIpFragment)},
      {"last fragment", to4(kAck).fragment(100, false).build(), drops(DropReason::kIpFragment)},
      {"fragment of offset 0x1f00", to4(kAck).fragment(0x1f00, false).build(),
       drops(DropReason::kIpFragment)},
      {"do not fragment", to4(kAck).identification(7, true).build(), goesAs(L4Kind::kTcp)},
  };
}

std::vector<Case> ipv6Cases() {
  const Want header = drops(DropReason::kIpv6Header);
  const Want extension = drops(DropReason::kIpv6Extension);
  const Want martian = drops(DropReason::kMartian);
  const Packet plain = to6(kAck);
  const auto with = [](std::vector<std::pair<uint8_t, size_t>> headers) {
    Packet packet = to6(kAck);
    for (const auto& [type, length] : headers) packet.extension(type, length);
    return packet;
  };
  return {
      {"39 bytes", to6(kAck).cut(53).build(), header},
      {"40 bytes", to6(kAck).cut(54).build(), drops(DropReason::kIpv6Truncated)},
      {"version 4", to6(kAck).version(4).build(), header},
      {"payload length 0", to6(kAck).totalLength(0).build(), header},
      {"one byte short", to6(kAck).payload(5).cut(78).build(), drops(DropReason::kIpv6Truncated)},
      {"payload length 65535", to6(kAck).totalLength(65535).build(),
       drops(DropReason::kIpv6Truncated)},
      {"no extension", plain.build(), goesAs(L4Kind::kTcp)},
      {"hop-by-hop", with({{kHopByHop, 1}}).build(), goesAs(L4Kind::kTcp)},
      {"routing of 24 bytes", with({{kRouting, 3}}).build(), goesAs(L4Kind::kTcp)},
      {"three", with({{kHopByHop, 1}, {kDestinationOptions, 1}, {kRouting, 1}}).build(),
       goesAs(L4Kind::kTcp)},
      {"four",
       with({{kHopByHop, 1}, {kDestinationOptions, 1}, {kRouting, 1}, {kRouting, 1}}).build(),
       extension},
      {"hop-by-hop second", with({{kRouting, 1}, {kHopByHop, 1}}).build(), extension},
      {"hop-by-hop twice", with({{kHopByHop, 1}, {kHopByHop, 1}}).build(), extension},
      {"atomic fragment", to6(kAck).fragment(0, false).build(), goesAs(L4Kind::kTcp)},
      {"atomic fragment with reserved bits",
       to6(kAck).fragment(0, false).patch(14 + 40 + 3, {0x06}).build(), goesAs(L4Kind::kTcp)},
      {"routing, atomic fragment, options",
       to6(kAck).extension(kRouting).fragment(0, false).extension(kDestinationOptions).build(),
       goesAs(L4Kind::kTcp)},
      {"first fragment", to6(kAck).fragment(0, true).build(), drops(DropReason::kIpFragment)},
      {"fragment of offset 1", to6(kAck).fragment(1, false).build(),
       drops(DropReason::kIpFragment)},
      {"fragment of offset 0x1000", to6(kAck).fragment(0x1000, false).build(),
       drops(DropReason::kIpFragment)},
      {"third is a fragment",
       to6(kAck).extension(kHopByHop).extension(kRouting).fragment(9, true).build(),
       drops(DropReason::kIpFragment)},
      {"fourth is a fragment",
       to6(kAck)
           .extension(kHopByHop)
           .extension(kRouting)
           .extension(kRouting)
           .fragment(9, true)
           .build(),
       extension},
      {"headers after a fragment are not read",
       to6(kAck).fragment(9, true).extension(kHopByHop).build(), drops(DropReason::kIpFragment)},
      {"extension over the packet's end",
       other(kClient6.address, kService6.address, kRouting)
           .payload(Bytes{6, 1, 0, 0, 0, 0, 0, 0})
           .build(),
       extension},
      {"extension of 7 bytes",
       other(kClient6.address, kService6.address, kRouting)
           .payload(Bytes{6, 0, 0, 0, 0, 0, 0})
           .build(),
       extension},
      {"extension of 8 bytes and nothing",
       other(kClient6.address, kService6.address, kRouting)
           .payload(Bytes{99, 0, 0, 0, 0, 0, 0, 0})
           .build(),
       goesAs(L4Kind::kOther)},
      {"extension up to byte 126", with({{kRouting, 9}}).build(), drops(DropReason::kTcpHeader)},
      {"extension beyond the window", with({{kRouting, 10}}).build(), extension},
      {"extension up to byte 126, two tags", with({{kRouting, 8}}).vlan(1).vlan(2).build(),
       drops(DropReason::kTcpHeader)},
      {"extension beyond the window, two tags", with({{kRouting, 9}}).vlan(1).vlan(2).build(),
       extension},
      {"extension beyond the window, one tag", with({{kRouting, 9}}).vlan(1).build(), extension},
      {"extension of 2048 bytes", with({{kRouting, 256}}).build(), extension},
      {"no next header", other(kClient6.address, kService6.address, kProtoNone).build(),
       goesAs(L4Kind::kOther)},
      {"from multicast", from6("ff02::1").build(), martian},
      {"from loopback", from6("::1").build(), martian},
      {"from nowhere", from6("::").build(), martian},
      {"from ::2", from6("::2").build(), goesAs(L4Kind::kTcp)},
      {"from ::100", from6("::100").build(), goesAs(L4Kind::kTcp)},
      {"ICMPv6 from nowhere", icmp("::", "ff02::1", 135).build(), punts(PuntCause::kNd)},
      {"ICMPv6 from loopback", icmp("::1", "ff02::1", 135).build(), martian},
      {"ICMPv6 fragment from nowhere", icmp("::", "ff02::1", 128).fragment(0, true).build(),
       martian},
      {"to loopback", into6("::1").build(), martian},
      {"to nowhere", into6("::").build(), martian},
      {"to ::2", into6("::2").build(), goesAs(L4Kind::kTcp)},
      {"to multicast", into6("ff02::1").build(), goesAs(L4Kind::kTcp)},
      {"to itself", tcp(kService6, kService6).build(), drops(DropReason::kLand)},
  };
}

std::vector<Case> layer4Cases() {
  const Want tcp_header = drops(DropReason::kTcpHeader);
  const Want udp_header = drops(DropReason::kUdpHeader);
  const Want icmp_header = drops(DropReason::kIcmpHeader);
  const Packet one = udp(kClient, kService);
  std::vector<Case> cases = {
      {"TCP of 19 bytes",
       other(kClient.address, kService.address, kProtoTcp)
           .payload(0)
           .totalLength(39)
           .pad(60)
           .build(),
       tcp_header},
      {"TCP data offset 4", to4(kAck).dataOffset(4).build(), tcp_header},
      {"TCP data offset over the end", to4(kAck).payload(7).dataOffset(7).build(), tcp_header},
      {"TCP data offset at the end", to4(kAck).payload(8).dataOffset(7).build(),
       goesAs(L4Kind::kTcp)},
      {"TCP data offset beyond the window",
       to6(kAck).extension(kDestinationOptions, 6).payload(40).dataOffset(15).build(),
       goesAs(L4Kind::kTcp)},
      {"TCP beyond the window", to6(kAck).extension(kDestinationOptions, 7).payload(40).build(),
       tcp_header},
      {"TCP header wrong and flags wrong", to4(0).dataOffset(4).build(), tcp_header},
      {"UDP", one.build(), goesAs(L4Kind::kUdp)},
      {"UDP without checksum", udp(kClient, kService).noUdpChecksum().build(),
       goesAs(L4Kind::kUdp)},
      {"UDP of 7 bytes", udp(kClient, kService).payload(0).totalLength(27).pad(60).build(),
       udp_header},
      {"UDP of 8 bytes", udp(kClient, kService).payload(0).build(), goesAs(L4Kind::kUdp)},
      {"UDP length 7", udp(kClient, kService).udpLength(7).build(), udp_header},
      {"UDP length too long", udp(kClient, kService).payload(4).udpLength(13).build(), udp_header},
      {"UDP length short", udp(kClient, kService).payload(4).udpLength(9).build(),
       goesAs(L4Kind::kUdp)},
      {"UDP up to the window's end",
       udp(kClient6, kService6).vlan(1).extension(kRouting, 7).build(), goesAs(L4Kind::kUdp)},
      {"UDP beyond the window", udp(kClient6, kService6).extension(kRouting, 9).build(),
       udp_header},
      {"echo", echo(kClient.address, kService.address).build(), goesAs(L4Kind::kIcmp)},
      {"echo over IPv6", echo(kClient6.address, kService6.address).build(), goesAs(L4Kind::kIcmp)},
      {"ICMP of 7 bytes",
       other(kClient.address, kService.address, kProtoIcmp)
           .payload(Bytes{3})
           .totalLength(27)
           .pad(60)
           .build(),
       icmp_header},
      {"ICMPv6 of 7 bytes",
       other(kClient6.address, kService6.address, kProtoIcmpV6)
           .payload(0)
           .totalLength(7)
           .pad(70)
           .build(),
       icmp_header},
      {"ICMPv6 of type ND and 7 bytes",
       other(kClient6.address, kService6.address, kProtoIcmpV6)
           .icmpType(135)
           .payload(0)
           .totalLength(7)
           .pad(70)
           .build(),
       icmp_header},
      {"ICMP over IPv6", other(kClient6.address, kService6.address, kProtoIcmp).build(),
       goesAs(L4Kind::kOther)},
      {"ICMPv6 over IPv4",
       other(kClient.address, kService.address, kProtoIcmpV6).icmpType(135).build(),
       goesAs(L4Kind::kOther)},
      {"GRE", other(kClient.address, kService.address, kProtoGre).build(), goesAs(L4Kind::kOther)},
      {"error about TCP", error4(tcp(kService, kClient)).build(), goesAs(L4Kind::kIcmpError)},
      {"error about UDP", error4(udp(kService, kClient)).build(), goesAs(L4Kind::kIcmpError)},
      {"error about UDP with options", error4(udp(kService, kClient).options(10), 68).build(),
       goesAs(L4Kind::kIcmpError)},
      {"error with options about UDP with options",
       error4(udp(kService, kClient).options(3), 40).options(4).build(),
       goesAs(L4Kind::kIcmpError)},
      {"error about 7 bytes of TCP", error4(tcp(kService, kClient), 27).build(), icmp_header},
      {"error about GRE", error4(other(kService.address, kClient.address, kProtoGre), 20).build(),
       goesAs(L4Kind::kIcmpError)},
      {"error about 19 bytes",
       error4(other(kService.address, kClient.address, kProtoGre), 19).build(), icmp_header},
      {"error about nothing", error4(one, 0).build(), icmp_header},
      {"error about IPv6 over IPv4", error4(udp(kService6, kClient6), 60).build(), icmp_header},
      {"error about IPv4 over IPv6", error6(udp(kService, kClient), 60).build(), icmp_header},
      {"error about IHL 4", error4(udp(kService, kClient).headerWords(4)).build(), icmp_header},
      {"error about a first fragment", error4(udp(kService, kClient).fragment(0, true)).build(),
       goesAs(L4Kind::kIcmpError)},
      {"error about a later fragment", error4(udp(kService, kClient).fragment(1, false)).build(),
       icmp_header},
      {"error about a fragment of offset 0x1000",
       error4(udp(kService, kClient).fragment(0x1000, false)).build(), icmp_header},
      {"error with a wrong inner checksum and length",
       error4(udp(kService, kClient).totalLength(9999).ipChecksum(1)).build(),
       goesAs(L4Kind::kIcmpError)},
      {"error over IPv6 about TCP", error6(tcp(kService6, kClient6)).build(),
       goesAs(L4Kind::kIcmpError)},
      {"error over IPv6 about 47 bytes", error6(tcp(kService6, kClient6), 47).build(), icmp_header},
      {"error over IPv6 about 39 bytes",
       error6(other(kService6.address, kClient6.address, 99), 39).build(), icmp_header},
      {"error over IPv6 about an extension", error6(to6(kAck).extension(kRouting), 60).build(),
       goesAs(L4Kind::kIcmpError)},
      {"error over IPv6 at the window's end",
       error6(udp(kService6, kClient6), 48)
           .vlan(1)
           .extension(kRouting, 1)
           .payload(udp(kService6, kClient6).l3())
           .build(),
       goesAs(L4Kind::kIcmpError)},
      {"error over IPv6 beyond the window",
       error6(udp(kService6, kClient6), 54).extension(kRouting, 3).build(), icmp_header},
      {"error over IPv6, the IP header within the window",
       error6(other(kService6.address, kClient6.address, 99), 54)
           .vlan(1)
           .extension(kRouting, 2)
           .build(),
       goesAs(L4Kind::kIcmpError)},
  };
  for (int type = 0; type < 256; ++type) {
    const auto code = static_cast<uint8_t>(type);
    const bool error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    cases.push_back({"ICMP type " + std::to_string(type), error4(one, 28, code).build(),
                     goesAs(error ? L4Kind::kIcmpError : L4Kind::kIcmp)});
    cases.push_back({"ICMPv6 type " + std::to_string(type),
                     error6(udp(kService6, kClient6), 48, code).build(),
                     type >= 133 && type <= 137 ? punts(PuntCause::kNd)
                     : type >= 1 && type <= 4   ? goesAs(L4Kind::kIcmpError)
                                                : goesAs(L4Kind::kIcmp)});
  }
  return cases;
}

}  // namespace sluice::parse_test
