// SPDX-License-Identifier: Apache-2.0
//
// edit: every mode, family, tag, header shape and direction against packets built from scratch
// (checksums computed in full), next-hop checks as a table, and random packets against the golden.

#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "testbenches/rtl/edit/edit_bench.h"

namespace sluice::edit_test {
namespace {

const End kClient[2] = {{"198.51.100.7", 40000}, {"2001:db8:1::7", 40000}};
const End kService[2] = {{"203.0.113.9", 443}, {"2001:db8:2::9", 443}};
const End kMember[2] = {{"10.1.2.3", 8443}, {"2001:db8:3::3", 8443}};
const Ip kRouter[2] = {"192.0.2.1", "2001:db8:4::1"};
const Ip kTunnelSource[2] = {"192.0.2.200", "2001:db8:5::200"};

enum class Shape {
  kTcp,
  kUdp,
  kUdpNoChecksum,
  kGre,
  kEcho,
  kErrorTcp,
  kErrorUdp,
  kErrorUdpNoChecksum,
  kErrorGre
};
constexpr Shape kShapes[] = {
    Shape::kTcp,      Shape::kUdp,      Shape::kUdpNoChecksum,      Shape::kGre,     Shape::kEcho,
    Shape::kErrorTcp, Shape::kErrorUdp, Shape::kErrorUdpNoChecksum, Shape::kErrorGre};
bool isError(Shape shape) { return shape >= Shape::kErrorTcp; }

/// A packet from `source` to `destination`; an error comes from a router and is about a packet the
/// other way.
Packet shaped(Shape shape, const End& source, const End& destination, size_t payload) {
  const auto about = [&](Packet inner) {
    const bool v6 = source.address.v6;
    // The packet that the error is about lost a hop on its way; its checksums are those of all of
    // it.
    return icmpError(kRouter[v6], destination.address, v6 ? 1 : 3, inner.payload(payload).ttl(9),
                     v6 ? 70 : 50);
  };
  switch (shape) {
    case Shape::kTcp:
      return tcp(source, destination).payload(payload);
    case Shape::kUdp:
      return udp(source, destination).payload(payload);
    case Shape::kUdpNoChecksum:
      return udp(source, destination).noUdpChecksum().payload(payload);
    case Shape::kGre:
      return other(source.address, destination.address, kProtoGre).payload(payload);
    case Shape::kEcho:
      return echo(source.address, destination.address).payload(payload);
    case Shape::kErrorTcp:
      return about(tcp(destination, source));
    case Shape::kErrorUdp:
      return about(udp(destination, source));
    case Shape::kErrorUdpNoChecksum:
      return about(udp(destination, source).noUdpChecksum());
    case Shape::kErrorGre:
      return about(other(destination.address, source.address, kProtoGre));
  }
  return {};
}

/// The same after NAT, built from scratch. `source` and `destination` are the new ones; of an inner
/// TCP segment the checksum stays that of the old ports and addresses.
Packet translated(Shape shape, const End& old_source, const End& old_destination, const End& source,
                  const End& destination, size_t payload) {
  if (shape != Shape::kErrorTcp && !isError(shape))
    return shaped(shape, source, destination, payload);
  const bool v6 = source.address.v6;
  Packet inner = shape == Shape::kErrorTcp   ? tcp(destination, source)
                 : shape == Shape::kErrorGre ? other(destination.address, source.address, kProtoGre)
                                             : udp(destination, source);
  if (shape == Shape::kErrorUdpNoChecksum) inner.noUdpChecksum();
  if (shape == Shape::kErrorTcp)
    inner.l4Checksum(tcp(old_destination, old_source).payload(payload).l4Checksum());
  // A source that changes does so whoever sent the error; otherwise it is the router's.
  const Ip from = old_source == source ? kRouter[v6] : source.address;
  return icmpError(from, destination.address, v6 ? 1 : 3, inner.payload(payload).ttl(9),
                   v6 ? 70 : 50);
}

/// Options, extension headers and tags around it.
struct Dress {
  int tags = 0;
  int headers = 0;  // 0 to 2: none, some, many
};
Packet dressed(Packet packet, const Dress& dress) {
  for (int tag = 0; tag < dress.tags; ++tag)
    packet.vlan(static_cast<uint16_t>(100 + tag), tag == 0 ? 0x88a8 : 0x8100);
  if (packet.v6()) {
    if (dress.headers == 1) packet.extension(kDestinationOptions, 1);
    if (dress.headers == 2) packet.extension(kHopByHop, 1).fragment(0, false);
  } else if (dress.headers > 0) {
    packet.options(dress.headers == 1 ? 1 : 7);
  }
  return packet.tos(0xb9).ttl(33);
}

class Edit : public EditBench {
 protected:
  static constexpr uint16_t kPlain = 7, kTagged = 1000;

  void SetUp() override {
    EditBench::SetUp();
    for (uint8_t port = 0; port < 5; ++port)
      setPort(port, {true, false, 1500, {2, 0, 0, 0, 0xaa, port}});
    setNeighbor(kPlain, {true, 2, false, 77, {2, 0, 0, 0, 0xbb, 1}});
    setNeighbor(kTagged, {true, 3, true, 0xabc, {2, 0, 0, 0, 0xbb, 2}});
    setTunnelSources(kTunnelSource[0], kTunnelSource[1]);
  }

  static Link link(bool tagged) {
    if (tagged) return {{2, 0, 0, 0, 0xbb, 2}, {2, 0, 0, 0, 0xaa, 3}, 0xabc};
    return {{2, 0, 0, 0, 0xbb, 1}, {2, 0, 0, 0, 0xaa, 2}, std::nullopt};
  }

  static Routed routedTo(VirtualMode mode, const End& end, bool tagged, bool reverse = false) {
    Routed routed;
    routed.mode = mode;
    routed.direction = reverse ? Direction::kReverse : Direction::kForward;
    routed.neighbor = tagged ? kTagged : kPlain;
    routed.address = end.address.bytes;
    routed.address_v6 = end.address.v6;
    routed.port = memoryOrder(end.port);
    routed.entropy = 0xf3a5;
    routed.has_virtual = true;
    routed.virtual_id = 0x155;
    routed.has_member = true;
    routed.member = 0xabc;
    routed.result = FlowResult::kHit;
    routed.close_cause = CloseCause::kReset;
    return routed;
  }

  static Routed fullNat(Routed routed, const End& peer) {
    routed.mode = VirtualMode::kFullnat;
    routed.peer_address = peer.address.bytes;
    routed.peer_port = memoryOrder(peer.port);
    return routed;
  }

  /// The packet must leave as `want`, and as the golden says.
  void expectLeaves(const Packet& packet, const Routed& routed, const Packet& want,
                    const std::string& what) {
    const Input input = inputOf(packet, routed);
    const Output out = runOne(input);
    expectSame(out, goldenEdit(input, tables_), what + " (golden)");
    EXPECT_EQ(hex(out.frame), hex(want.build())) << what;
  }

  /// Calls `each` with every dress and next hop.
  template <typename Each>
  void forEveryDress(Each each) {
    for (int tags = 0; tags < 3; ++tags) {
      for (int headers = 0; headers < 3; ++headers) {
        for (const bool tagged : {false, true}) {
          if (HasFailure()) return;
          each(Dress{tags, headers}, tagged);
        }
      }
    }
  }
};

/// An error over IPv6 with two extension headers and a tag reaches beyond the parser's window.
bool fits(Shape shape, bool v6, const Dress& dress) {
  return !(v6 && isError(shape) && dress.headers == 2 && dress.tags > 0);
}

std::string describe(Shape shape, bool v6, const Dress& dress, bool tagged) {
  return "shape " + std::to_string(static_cast<int>(shape)) + (v6 ? " v6" : " v4") + " tags " +
         std::to_string(dress.tags) + " headers " + std::to_string(dress.headers) +
         (tagged ? " to a tag" : "");
}

TEST_F(Edit, IsQuietAfterReset) {
  for (int cycle = 0; cycle < 20; ++cycle) {
    tick();
    EXPECT_EQ(dut_.valid_o, 0);
  }
}

TEST_F(Edit, ResetOfOneCycleForgetsPacketsOnTheirWay) {
  for (int before = 0; before < kLatency; ++before) {
    offer(inputOf(shaped(Shape::kTcp, kClient[0], kService[0], 6),
                  routedTo(VirtualMode::kDsr, kMember[0], false)));
    for (int cycle = 0; cycle < before; ++cycle) {
      tick();
      dut_.valid_i = 0;
    }
    reset(1);
    for (int cycle = 0; cycle < 10; ++cycle) {
      EXPECT_EQ(dut_.valid_o, 0) << before;
      tick();
    }
  }
}

TEST_F(Edit, NatForwardRewritesTheDestination) {
  for (const bool v6 : {false, true}) {
    for (const Shape shape : kShapes) {
      if (v6 && shape == Shape::kUdpNoChecksum) continue;  // not allowed over IPv6
      for (const uint16_t port : {8443, 0}) {
        const End member{kMember[v6].address, port};
        const End seen{member.address, port == 0 ? kService[v6].port : port};
        forEveryDress([&](const Dress& dress, bool tagged) {
          if (!fits(shape, v6, dress)) return;
          expectLeaves(
              dressed(shaped(shape, kClient[v6], kService[v6], 31), dress),
              routedTo(VirtualMode::kNat, member, tagged),
              dressed(translated(shape, kClient[v6], kService[v6], kClient[v6], seen, 31), dress)
                  .hop(link(tagged)),
              describe(shape, v6, dress, tagged));
        });
      }
    }
  }
}

TEST_F(Edit, NatReverseRewritesTheSource) {
  for (const bool v6 : {false, true}) {
    for (const Shape shape : kShapes) {
      if (v6 && shape == Shape::kUdpNoChecksum) continue;
      for (const uint16_t port : {443, 0}) {
        const End service{kService[v6].address, port};
        forEveryDress([&](const Dress& dress, bool tagged) {
          if (!fits(shape, v6, dress)) return;
          expectLeaves(
              dressed(shaped(shape, kMember[v6], kClient[v6], 40), dress),
              routedTo(VirtualMode::kNat, service, tagged, true),
              dressed(translated(shape, kMember[v6], kClient[v6], service, kClient[v6], 40), dress)
                  .hop(link(tagged)),
              describe(shape, v6, dress, tagged));
        });
      }
    }
  }
}

TEST_F(Edit, FullNatRewritesBothEnds) {
  for (const bool v6 : {false, true}) {
    const End pool{v6 ? "2001:db8:9::2" : "10.9.0.2", 0xc123};
    for (const Shape shape : kShapes) {
      if (v6 && shape == Shape::kUdpNoChecksum) continue;
      for (const uint16_t port : {8443, 0}) {
        const End member{kMember[v6].address, port};
        const End seen{member.address, port == 0 ? kService[v6].port : port};
        forEveryDress([&](const Dress& dress, bool tagged) {
          if (!fits(shape, v6, dress)) return;
          expectLeaves(dressed(shaped(shape, kClient[v6], kService[v6], 31), dress),
                       fullNat(routedTo(VirtualMode::kNat, member, tagged), pool),
                       dressed(translated(shape, kClient[v6], kService[v6], pool, seen, 31), dress)
                           .hop(link(tagged)),
                       "there, " + describe(shape, v6, dress, tagged));
          expectLeaves(
              dressed(shaped(shape, seen, pool, 40), dress),
              fullNat(routedTo(VirtualMode::kNat, kService[v6], tagged, true), kClient[v6]),
              dressed(translated(shape, seen, pool, kService[v6], kClient[v6], 40), dress)
                  .hop(link(tagged)),
              "back, " + describe(shape, v6, dress, tagged));
        });
      }
    }
  }
}

TEST_F(Edit, DirectServerReturnChangesLayer2AndTtl) {
  for (const bool v6 : {false, true}) {
    for (const Shape shape : kShapes) {
      forEveryDress([&](const Dress& dress, bool tagged) {
        if (!fits(shape, v6, dress)) return;
        const Packet packet = dressed(shaped(shape, kClient[v6], kService[v6], 20), dress);
        expectLeaves(packet, routedTo(VirtualMode::kDsr, kMember[!v6], tagged),
                     packet.hop(link(tagged)), describe(shape, v6, dress, tagged));
      });
    }
  }
}

TEST_F(Edit, TunnelsPutAHeaderInFront) {
  for (const bool v6 : {false, true}) {
    for (const bool outer_v6 : {false, true}) {
      for (const VirtualMode mode : {VirtualMode::kIpip, VirtualMode::kGue0, VirtualMode::kGue1}) {
        for (const Shape shape : kShapes) {
          forEveryDress([&](const Dress& dress, bool tagged) {
            if (!fits(shape, v6, dress)) return;
            const Packet packet = dressed(shaped(shape, kClient[v6], kService[v6], 20), dress);
            Packet want = packet.hop(link(tagged));
            const Ip& to = kMember[outer_v6].address;
            if (mode == VirtualMode::kIpip) {
              want.ipip(kTunnelSource[outer_v6], to, 0xf3a5);
            } else {
              want.gue(mode == VirtualMode::kGue0 ? 0 : 1, kTunnelSource[outer_v6], to, 0xf3a5);
            }
            expectLeaves(packet, routedTo(mode, kMember[outer_v6], tagged), want,
                         std::string(name(mode)) + (outer_v6 ? " outer v6 " : " outer v4 ") +
                             describe(shape, v6, dress, tagged));
          });
        }
      }
    }
  }
}

TEST_F(Edit, CutsPaddingOff) {
  for (const VirtualMode mode : {VirtualMode::kNat, VirtualMode::kDsr, VirtualMode::kIpip}) {
    const Packet packet = shaped(Shape::kUdp, kClient[0], kService[0], 1).ttl(9).tos(3);
    Packet padded = packet;
    Packet want = packet.hop(link(false));
    if (mode == VirtualMode::kNat) want.destination(kMember[0]);
    if (mode == VirtualMode::kIpip) want.ipip(kTunnelSource[0], kMember[0].address, 0xf3a5);
    expectLeaves(padded.pad(200, 0x55), routedTo(mode, kMember[0], false), want,
                 std::string(name(mode)));
  }
}

TEST_F(Edit, HandlesFramesLongerThanTheWindow) {
  for (const size_t payload : {60u, 87u, 88u, 89u, 1000u, 1432u}) {
    for (const VirtualMode mode : {VirtualMode::kNat, VirtualMode::kDsr, VirtualMode::kGue1}) {
      const Packet packet = shaped(Shape::kTcp, kClient[0], kService[0], payload);
      Packet want = packet.hop(link(true));
      if (mode == VirtualMode::kNat) want.destination(kMember[0]);
      if (mode == VirtualMode::kGue1) want.gue(1, kTunnelSource[0], kMember[0].address, 0xf3a5);
      expectLeaves(packet, routedTo(mode, kMember[0], true), want, std::string(name(mode)));
    }
  }
}

TEST_F(Edit, ChecksumsOfZeroAreWrittenAsTheProtocolsHaveIt) {
  const auto seek = [](Packet packet, const auto& is_found) {
    for (uint32_t word = 0; word < 0x10000; ++word) {
      packet.payload(Bytes{static_cast<uint8_t>(word >> 8), static_cast<uint8_t>(word)});
      if (is_found(packet)) return packet;
    }
    ADD_FAILURE() << "no such packet";
    return packet;
  };
  for (const bool v6 : {false, true}) {
    const Routed routed = routedTo(VirtualMode::kNat, kMember[v6], false);
    const auto after = [&](Packet packet) {
      return packet.destination(kMember[v6]).hop(link(false));
    };
    // UDP: 0 means none, so 0xffff.
    const Packet udp_packet = seek(udp(kClient[v6], kService[v6]), [&](const Packet& p) {
      return after(p).l4Checksum() == 0xffff;
    });
    expectLeaves(udp_packet, routed, after(udp_packet), "UDP");
    const Packet from_zero = seek(udp(kClient[v6], kService[v6]),
                                  [](const Packet& p) { return p.l4Checksum() == 0xffff; });
    expectLeaves(from_zero, routed, after(from_zero), "UDP from 0xffff");
    // TCP: 0 is 0.
    const Packet tcp_packet = seek(tcp(kClient[v6], kService[v6]),
                                   [&](const Packet& p) { return after(p).l4Checksum() == 0; });
    expectLeaves(tcp_packet, routed, after(tcp_packet), "TCP");
    const Packet tcp_zero =
        seek(tcp(kClient[v6], kService[v6]), [](const Packet& p) { return p.l4Checksum() == 0; });
    expectLeaves(tcp_zero, routed, after(tcp_zero), "TCP from 0");
    // UDP inside an error.
    const Packet inner_after = seek(udp(kMember[v6], kClient[v6]),
                                    [](const Packet& p) { return p.l4Checksum() == 0xffff; });
    const Packet inner = Packet(inner_after).source(kService[v6]);
    const uint8_t type = v6 ? 1 : 3;
    expectLeaves(icmpError(kRouter[v6], kService[v6].address, type, inner), routed,
                 icmpError(kRouter[v6], kMember[v6].address, type, inner_after).hop(link(false)),
                 "inner UDP");
    // 0xffff in place of 0 is as right, and comes out as if it were 0.
    Packet alias = tcp_zero;
    expectLeaves(alias.l4Checksum(0xffff), routed, after(tcp_zero), "TCP from 0xffff");
  }
  for (uint32_t id = 0, found = 0; found < 2; ++id) {
    ASSERT_LT(id, 0x10000u);
    const Packet packet = tcp(kClient[0], kService[0]).identification(static_cast<uint16_t>(id));
    const Routed routed = routedTo(VirtualMode::kNat, kMember[0], false);
    const Packet want = Packet(packet).destination(kMember[0]).hop(link(false));
    const Bytes before = packet.l3(), after = want.l3();
    if (before[10] == 0 && before[11] == 0) {
      ++found;
      expectLeaves(packet, routed, want, "IPv4 from 0");
      expectLeaves(Packet(packet).ipChecksum(0xffff), routed, want, "IPv4 from 0xffff");
    }
    if (after[10] == 0 && after[11] == 0) {
      ++found;
      expectLeaves(packet, routed, want, "IPv4 to 0");
    }
  }
}

TEST_F(Edit, CarriesOfTheLastFoldAreNotLost) {
  // ~m + m' of these addresses, of the TTL, and ~HC of this checksum are 0x1ffffffff, whose first
  // fold is 0x1ffff.
  const End from{"198.51.100.7", 1}, to{"1.0.0.0", 2}, member{"254.255.254.255", 2};
  for (uint32_t id = 0; id < 0x10000; ++id) {
    const Packet packet = tcp(from, to).identification(static_cast<uint16_t>(id));
    const Bytes header = packet.l3();
    if (header[10] != 0xfa || header[11] != 0xff) continue;
    const Packet want = Packet(packet).destination(member).hop(link(false));
    expectLeaves(packet, routedTo(VirtualMode::kNat, member, false), want, "carry");
    return;
  }
  FAIL() << "no such packet";
}

TEST_F(Edit, RewritingToTheSameChangesNothingButTtl) {
  for (const bool v6 : {false, true}) {
    const Packet packet = tcp(kClient[v6], kService[v6]);
    expectLeaves(packet, routedTo(VirtualMode::kNat, kService[v6], false), packet.hop(link(false)),
                 "same");
  }
}

// ---------------------------------------------------------------- next hop

TEST_F(Edit, ChecksTheNextHopInOrder) {
  struct Case {
    const char* description;
    uint8_t ttl;
    NeighborRow neighbor;
    PortRow port;
    DropReason reason;
    PuntCause cause;
  };
  const Mac mac{2, 0, 0, 0, 1, 1};
  const PortRow up{true, false, 1500, mac}, down{false, false, 1500, mac};
  const PortRow narrow{true, false, 45, mac}, wide{true, false, 46, mac},
      narrow_down{false, false, 45, mac};
  const auto to = [&](uint8_t port, bool valid = true) {
    return NeighborRow{valid, port, false, 0, mac};
  };
  const std::vector<Case> cases = {
      {"goes", 2, to(0), up, DropReason::kNone, PuntCause::kNone},
      {"TTL 1", 1, to(0), up, DropReason::kNone, PuntCause::kTtl},
      {"TTL 0", 0, to(0), up, DropReason::kNone, PuntCause::kTtl},
      {"TTL 1, nothing else right", 1, to(0, false), narrow_down, DropReason::kNone,
       PuntCause::kTtl},
      {"no neighbour", 2, to(0, false), up, DropReason::kNeighborUnresolved, PuntCause::kNone},
      {"no neighbour, port down, too long", 2, to(0, false), narrow_down,
       DropReason::kNeighborUnresolved, PuntCause::kNone},
      {"port down", 2, to(0), down, DropReason::kPortDown, PuntCause::kNone},
      {"port down, too long", 2, to(0), narrow_down, DropReason::kPortDown, PuntCause::kNone},
      {"CPU port", 2, to(4), up, DropReason::kPortDown, PuntCause::kNone},
      {"no port", 2, to(5), up, DropReason::kPortDown, PuntCause::kNone},
      {"no port either", 2, to(7), up, DropReason::kPortDown, PuntCause::kNone},
      {"too long by one", 2, to(0), narrow, DropReason::kNone, PuntCause::kMtu},
      {"just fits", 2, to(0), wide, DropReason::kNone, PuntCause::kNone},
  };
  Routed routed = routedTo(VirtualMode::kNat, kMember[0], false);
  routed.neighbor = 3;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    for (uint8_t port = 0; port < 8; ++port) setPort(port, c.port);
    setNeighbor(3, c.neighbor);
    const Input input = inputOf(
        Packet(shaped(Shape::kTcp, kClient[0], kService[0], 6)).ttl(c.ttl).vlan(8).pad(90), routed);
    const Output out = runOne(input);
    expectSame(out, goldenEdit(input, tables_), "golden");
    EXPECT_EQ(out.routed.reason, c.reason);
    EXPECT_EQ(out.routed.cause, c.cause);
    if (out.routed.verdict == Verdict::kPunt) {
      EXPECT_EQ(hex(out.frame), hex(input.frame));
    }
  }
}

TEST_F(Edit, CountsTheTunnelHeaderForTheMtu) {
  const struct {
    VirtualMode mode;
    bool v6;
    uint16_t length;
  } tunnels[] = {{VirtualMode::kIpip, false, 20}, {VirtualMode::kIpip, true, 40},
                 {VirtualMode::kGue0, false, 32}, {VirtualMode::kGue0, true, 52},
                 {VirtualMode::kGue1, false, 28}, {VirtualMode::kGue1, true, 48},
                 {VirtualMode::kDsr, true, 0},    {VirtualMode::kNat, false, 0}};
  for (const auto& tunnel : tunnels) {
    const Input input = inputOf(shaped(Shape::kTcp, kClient[0], kService[0], 60).pad(300),
                                routedTo(tunnel.mode, kMember[tunnel.v6], false));
    for (const int less : {0, 1}) {
      setPort(2, {true, false, static_cast<uint16_t>(100 + tunnel.length - less), {}});
      EXPECT_EQ(runOne(input).routed.cause, less ? PuntCause::kMtu : PuntCause::kNone)
          << name(tunnel.mode);
      EXPECT_EQ(dut_.strip_o, less ? 0 : 14);
      EXPECT_EQ(dut_.prefix_len_o, less ? 0 : 14 + tunnel.length);
    }
  }
}

TEST_F(Edit, SendsDirectFramesPast) {
  setPort(2, {false, false, 1500, {}});
  for (uint8_t port = 0; port < 7; ++port) {
    Input input{arp().vlan(3).build(), port, {}, {}, {}};
    input.parsed.direct = true;
    const Output out = runOne(input);
    expectSame(out, goldenEdit(input, tables_), std::to_string(port));
    const bool goes = port < 4 && port != 2;
    EXPECT_EQ(out.routed.reason, goes ? DropReason::kNone : DropReason::kPortDown);
    EXPECT_EQ(out.port, goes ? port : kPortNone);
    if (goes) {
      EXPECT_EQ(hex(out.frame), hex(input.frame));
    }
  }
}

TEST_F(Edit, LetsEarlierVerdictsPass) {
  const Bytes frame =
      shaped(Shape::kUdp, kClient[0], kService[0], 70).vlan(2).ttl(0).pad(200, 7).build();
  Routed dropped = routedTo(VirtualMode::kNat, kMember[0], true);
  dropped.verdict = Verdict::kDrop;
  dropped.reason = DropReason::kFlowTableFull;
  Routed punted = routedTo(VirtualMode::kIpip, kMember[0], true);
  punted.verdict = Verdict::kPunt;
  punted.cause = PuntCause::kIcmp;
  for (const Routed& routed : {dropped, punted}) {
    const Input input = inputOf(frame, routed);
    const Output out = runOne(input);
    expectSame(out, goldenEdit(input, tables_), "early");
    EXPECT_EQ(dut_.strip_o, 0);
    EXPECT_EQ(dut_.prefix_len_o, 0);
    EXPECT_EQ(out.port, routed.verdict == Verdict::kPunt ? kCpuPort : kPortNone);
    EXPECT_EQ(hex(out.frame), routed.verdict == Verdict::kPunt ? hex(frame) : "");
  }
}

// ---------------------------------------------------------------- tables

TEST_F(Edit, KeepsItsTables) {
  std::mt19937 random(7);
  const auto byte = [&] { return static_cast<uint8_t>(random()); };
  std::vector<NeighborRow> neighbors;
  for (uint32_t row = 0; row < 1024; ++row) {
    neighbors.push_back({(random() & 1) != 0,
                         static_cast<uint8_t>(random() % 8),
                         (random() & 1) != 0,
                         static_cast<uint16_t>(random() % 4096),
                         {byte(), byte(), byte(), byte(), byte(), byte()}});
    write(row, neighbors.back());
  }
  std::vector<PortRow> ports;
  for (uint32_t row = 0; row < 8; ++row) {
    ports.push_back({(random() & 1) != 0,
                     (random() & 1) != 0,
                     static_cast<uint16_t>(random() % 16384),
                     {byte(), byte(), byte(), byte(), byte(), byte()}});
    write(row, ports.back());
  }
  for (uint32_t row = 0; row < 1024; ++row)
    EXPECT_TRUE(read<NeighborRow>(row) == neighbors[row]) << row;
  for (uint32_t row = 0; row < 8; ++row) {
    EXPECT_TRUE(read<PortRow>(row) == ports[row]) << row;
    EXPECT_TRUE(unpack<PortRow>(std::span(&dut_.port_rows_o[2 * row], 2)) == ports[row]) << row;
  }
  for (const uint32_t row : {8u, 15u, 16u, 0x80000u}) {
    write(row, PortRow{true, true, 1, {1}});
    EXPECT_TRUE(read<PortRow>(row) == PortRow{});
  }
  for (uint32_t row = 0; row < 8; ++row) EXPECT_TRUE(read<PortRow>(row) == ports[row]) << row;
  reset();
  for (uint32_t row = 0; row < 8; ++row)
    EXPECT_TRUE(read<PortRow>(row) == PortRow{}) << "ports are down after reset";
}

TEST_F(Edit, LeavesOtherTablesAlone) {
  uint32_t words[12] = {};
  for (const uint32_t id : {0u, 9u, 12u, 26u, 31u}) {
    EXPECT_FALSE(request(true, id, 2, words)) << id;
    EXPECT_FALSE(request(false, id, 2, words)) << id;
  }
  EXPECT_TRUE(read<PortRow>(2) == tables_.ports[2]);
}

// ---------------------------------------------------------------- random

class RandomInputs {
 public:
  explicit RandomInputs(uint64_t seed) : random_(seed) {}

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  bool oneIn(uint32_t n) { return below(n) == 0; }
  uint8_t byte() { return static_cast<uint8_t>(random_()); }
  uint16_t halfword() { return static_cast<uint16_t>(random_()); }

  NeighborRow neighbor() {
    return {!oneIn(10),
            static_cast<uint8_t>(oneIn(10) ? below(8) : below(4)),
            oneIn(2),
            static_cast<uint16_t>(below(4096)),
            {byte(), byte(), byte(), byte(), byte(), byte()}};
  }
  PortRow port() {
    return {!oneIn(10),
            oneIn(2),
            static_cast<uint16_t>(oneIn(8) ? below(150) : 1500),
            {byte(), byte(), byte(), byte(), byte(), byte()}};
  }

  End end(bool v6) {
    Ip ip = v6 ? "2001:db8::" : "10.0.0.0";
    for (size_t i = 1; i < ip.size(); ++i) ip.bytes[i] = oneIn(3) ? (oneIn(2) ? 0 : 0xff) : byte();
    return {ip, oneIn(6) ? uint16_t{0} : oneIn(6) ? uint16_t{0xffff} : halfword()};
  }

  Packet packet(bool v6) {
    const Shape shape = kShapes[below(std::size(kShapes))];
    Packet packet = dressed(shaped(shape, end(v6), end(v6), below(oneIn(5) ? 600 : 60)),
                            {static_cast<int>(below(3)), static_cast<int>(below(3))});
    packet.tos(byte()).ttl(oneIn(20) ? static_cast<uint8_t>(below(3)) : byte());
    if (oneIn(3))
      packet.l4Checksum(oneIn(3) ? uint16_t{0xffff} : oneIn(2) ? uint16_t{0} : halfword());
    if (oneIn(3)) packet.pad(64 + below(60), byte());
    return packet;
  }

  Routed routed(bool v6) {
    Routed routed;
    routed.mode = static_cast<VirtualMode>(below(5));
    if (oneIn(2)) routed.mode = VirtualMode::kNat;
    if (oneIn(4)) routed.mode = VirtualMode::kFullnat;
    const bool nat = routed.mode == VirtualMode::kNat || routed.mode == VirtualMode::kFullnat;
    if (nat && oneIn(2)) routed.direction = Direction::kReverse;
    routed.address_v6 = nat ? v6 : oneIn(2);
    const End peer = end(v6);
    routed.peer_address = peer.address.bytes;
    routed.peer_port = memoryOrder(peer.port);
    const End to = end(routed.address_v6);
    routed.address = to.address.bytes;
    routed.port = memoryOrder(to.port);
    routed.neighbor = static_cast<uint16_t>(below(32));
    routed.entropy = halfword();
    routed.member = static_cast<uint16_t>(below(4096));
    routed.virtual_id = static_cast<uint16_t>(below(1024));
    if (oneIn(20)) {
      routed.verdict = Verdict::kDrop;
      routed.reason = DropReason::kNoMember;
    } else if (oneIn(20)) {
      routed.verdict = Verdict::kPunt;
      routed.cause = PuntCause::kAcl;
    }
    return routed;
  }

 private:
  std::mt19937_64 random_;
};

/// Of the environment variable SLUICE_SEED if set; printed with the command that repeats the run.
uint64_t seed() {
  const char* given = std::getenv("SLUICE_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::cout << "repeat with: SLUICE_SEED=" << seed << " ctest -R edit_test --output-on-failure\n";
  return seed;
}

TEST_F(Edit, RandomPacketsAgreeWithTheGolden) {
  RandomInputs random(seed());
  for (int round = 0; round < 40 && !HasFailure(); ++round) {
    for (uint8_t port = 0; port < 8; ++port) setPort(port, random.port());
    for (uint16_t neighbor = 0; neighbor < 32; ++neighbor) setNeighbor(neighbor, random.neighbor());
    setTunnelSources(random.end(false).address, random.end(true).address);
    const bool back_to_back = random.oneIn(2);
    std::vector<Input> inputs;
    while (inputs.size() < 500) {
      if (random.oneIn(20)) {
        Input direct{arp().build(), static_cast<uint8_t>(random.below(7)), {}, {}, {}};
        direct.parsed.direct = true;
        inputs.push_back(direct);
        continue;
      }
      const bool v6 = random.oneIn(2);
      const Packet packet = random.packet(v6);
      // Some of them the parser would not let through.
      const Bytes frame = packet.build();
      if (parse_test::goldenParse(frame, 0, kPortNone, {}).parsed.verdict != Verdict::kForward)
        continue;
      inputs.push_back(inputOf(frame, random.routed(v6)));
    }
    expectGolden(inputs, run(inputs, [&](size_t) {
                   return back_to_back ? 0 : static_cast<int>(random.below(4));
                 }));
  }
}

}  // namespace
}  // namespace sluice::edit_test
