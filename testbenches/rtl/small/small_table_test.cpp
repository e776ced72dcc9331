// SPDX-License-Identifier: Apache-2.0
// Hand-written cases: each feature and each reason and cause that the small profile has. Every
// frame is also compared with the model, whole; the table says what the case is there to show.
#include "testbenches/rtl/small/small_bench.h"

namespace sluice::small_test {
namespace {

using regs::CloseCause;
using regs::DropReason;
using regs::FlowResult;
using regs::PuntCause;
using regs::VirtualMode;
using sluice::testing::arp;
using sluice::testing::echo;
using sluice::testing::ethernet;
using sluice::testing::icmp;
using sluice::testing::icmpError;
using sluice::testing::kAck;
using sluice::testing::kFin;
using sluice::testing::kProtoIcmp;
using sluice::testing::kProtoTcp;
using sluice::testing::kProtoUdp;
using sluice::testing::kRst;
using sluice::testing::kSyn;
using sluice::testing::other;
using sluice::testing::Packet;
using sluice::testing::tcp;
using sluice::testing::udp;

const End kAlice{"198.51.100.1", 40000}, kBob{"198.51.100.2", 40001};
const End kWeb{"203.0.113.1", 80}, kDsr{"203.0.113.5", 80}, kAny{"203.0.113.7", 0},
    kLocal{"203.0.113.9", 22};
const End kDisabled{"203.0.113.10", 80}, kEmpty{"203.0.113.11", 80}, kDns{"203.0.113.1", 53};
const End kServer{"10.1.0.1", 8080};
const Mac kOurs{2, 0, 0, 0, 0x51, 0};

enum VirtualIndex : uint8_t { kWebV, kDnsV, kDsrV, kLocalV, kDisabledV, kEmptyV, kPingV, kAnyV };

SmallSetup setup() {
  SmallSetup s;
  s.mac = kOurs;
  s.timers = {8, 100, 40, 20, 30, 60};
  s.neighbors[1] = {0, {}, {2, 0, 0, 0, 0x4e, 1}};
  s.neighbors[2] = {1, {}, {2, 0, 0, 0, 0x4e, 2}};
  s.neighbors[3] = {1, 20, {2, 0, 0, 0, 0x4e, 3}};
  s.neighbors[4] = {4, {}, {2, 0, 0, 0, 0x4e, 4}};
  s.members = {{kServer, 2}, {{"10.1.0.2", 0}, 3}, {{"10.1.0.3", 0}, 2}, {{"10.1.0.4", 9}, 0}};
  s.rings[0] = {1};
  s.rings[1] = {2};
  s.rings[2] = {3};
  s.rings[4] = {1, 2};
  s.virtuals.resize(kVirtuals);
  s.virtuals[kWebV] = {.end = kWeb, .ring = 0, .client_neighbor = 1};
  s.virtuals[kDnsV] = {.end = kDns, .proto = kProtoUdp, .ring = 1, .client_neighbor = 1};
  s.virtuals[kDsrV] = {.end = kDsr, .mode = VirtualMode::kDsr, .ring = 2, .client_neighbor = 1};
  s.virtuals[kLocalV] = {
      .end = kLocal, .mode = VirtualMode::kLocal, .ring = 0, .client_neighbor = 1};
  s.virtuals[kDisabledV] = {.end = kDisabled, .enabled = false, .ring = 0, .client_neighbor = 1};
  s.virtuals[kEmptyV] = {.end = kEmpty, .ring = 3, .client_neighbor = 1};
  s.virtuals[kPingV] = {
      .end = {kWeb.address, 0}, .proto = kProtoIcmp, .punt = true, .ring = 0, .client_neighbor = 1};
  s.virtuals[kAnyV] = {.end = kAny, .proto = {}, .ring = 1, .client_neighbor = 1};
  return s;
}

using Change = std::function<void(SmallSetup&)>;

struct Step {
  Packet packet;
  uint8_t port = 0;
  DropReason reason = DropReason::kNone;
  PuntCause cause = PuntCause::kNone;
  FlowResult flow = FlowResult::kNone;
  CloseCause close = CloseCause::kNone;
  uint32_t wait = 0;   // age ticks before
  Change change = {};  // of the setup, before
  uint8_t cpu_dest = regs::kPortNone;
  bool bad = false;
};

struct Row {
  const char* name;
  Change change;
  std::vector<Step> steps;
};

Step drops(const Packet& p, DropReason reason, FlowResult flow = FlowResult::kNone) {
  return {.packet = p, .reason = reason, .flow = flow};
}
Step punts(const Packet& p, PuntCause cause, FlowResult flow = FlowResult::kNone) {
  return {.packet = p, .cause = cause, .flow = flow};
}
Step opens(const Packet& p) { return {.packet = p, .flow = FlowResult::kOpened}; }
Step hits(const Packet& p) { return {.packet = p, .flow = FlowResult::kHit}; }
Step with(Step step, const std::function<void(Step&)>& change) {
  change(step);
  return step;
}
Step closing(Step step, CloseCause cause) {
  step.close = cause;
  return step;
}
Step later(Step step, uint32_t ticks) {
  step.wait = ticks;
  return step;
}
Step after(Step step, const Change& change) {
  step.change = change;
  return step;
}

Packet web(uint8_t flags) { return tcp(kAlice, kWeb, flags); }
Packet webBack(uint8_t flags) { return tcp(kServer, kAlice, flags); }

// Clients whose connections share both rows with kAlice's: found by trying.
std::vector<End> crowd(size_t count) {
  const auto rows = [](const End& end) {
    const uint64_t h = sluice::testing::hash64(sluice::testing::kDefaultHashKey, end);
    const uint32_t first = h & 127;
    return std::pair(first, (first + ((h >> 20 & 127) | 1)) & 127);
  };
  std::vector<End> found;
  for (uint32_t port = 1; found.size() < count; ++port) {
    End end{"198.51.100.77", static_cast<uint16_t>(port)};
    end.address.bytes[2] = static_cast<uint8_t>(port >> 16);
    if (rows(end) == rows(kAlice)) found.push_back(end);
  }
  return found;
}

std::vector<Row> table() {
  std::vector<Row> t;
  const auto add = [&](const char* name, std::vector<Step> steps, Change change = {}) {
    t.push_back({name, std::move(change), std::move(steps)});
  };
  // Ingress and parser.
  add("runt", {drops(web(kSyn).cut(13), DropReason::kRunt)});
  add("longest frame", {opens(web(kSyn).payload(kMaxFrame - 54))},
      [](SmallSetup& s) { s.mtu = 1522; });
  add("oversize",
      {drops(web(kSyn).payload(kMaxFrame - 53), DropReason::kOversize), opens(web(kSyn)),
       drops(web(kAck).payload(8000), DropReason::kOversize), hits(web(kAck))});
  add("damaged",
      {with(drops(web(kSyn), DropReason::kIngressError), [](Step& s) { s.bad = true; })});
  add("other MAC",
      {drops(web(kSyn).mac({2, 0, 0, 0, 9, 9}), DropReason::kNotOurMac),
       opens(web(kSyn).mac(kOurs)), hits(web(kAck).mac({3, 0, 0, 0, 9, 9}))},
      [](SmallSetup& s) { s.mac_filter = 1; });
  add("one tag in", {opens(web(kSyn).vlan(7)), hits(web(kAck)), hits(web(kAck).vlan(7, 0x88a8))});
  add("two tags", {drops(web(kSyn).vlan(7).vlan(8), DropReason::kVlanDepth)});
  add("ends in a tag", {drops(web(kSyn).vlan(7).cut(17), DropReason::kVlanDepth)});
  add("ARP", {punts(arp(), PuntCause::kArp), punts(arp().vlan(3), PuntCause::kArp)});
  add("other ethertype", {drops(ethernet(0x88cc, 60), DropReason::kUnknownEthertype)});
  add("IPv6 goes to the CPU",
      {punts(tcp({"2001:db8::1", 1}, {"2001:db8::2", 80}, kSyn), PuntCause::kLocal)});
  add("IPv4 header", {drops(web(kSyn).cut(33), DropReason::kIpv4Header),
                      drops(web(kSyn).version(5), DropReason::kIpv4Header),
                      drops(web(kSyn).headerWords(4), DropReason::kIpv4Header),
                      drops(web(kSyn).totalLength(19), DropReason::kIpv4Header)});
  add("IPv4 truncated", {drops(web(kSyn).cut(59), DropReason::kIpv4Truncated)});
  add("IPv4 checksum", {drops(web(kSyn).ipChecksum(0x1234), DropReason::kIpv4Checksum)});
  add("options", {opens(web(kSyn).options(1)), hits(web(kAck).options(2)),
                  hits(web(kAck).options(10).vlan(4))});
  add("options dropped", {drops(web(kSyn).options(1), DropReason::kIpv4Options)},
      [](SmallSetup& s) { s.drop_options = true; });
  for (const char* source : {"224.0.0.1", "255.255.255.255", "127.0.0.1", "0.0.0.0"}) {
    add("martian source", {drops(tcp({source, 1}, kWeb, kSyn), DropReason::kMartian)});
  }
  add("martian destination", {drops(tcp(kAlice, {"127.0.0.1", 80}, kSyn), DropReason::kMartian),
                              drops(tcp(kAlice, {"0.0.0.0", 80}, kSyn), DropReason::kMartian)});
  add("land", {drops(tcp({kWeb.address, 5}, kWeb, kSyn), DropReason::kLand)});
  add("fragments dropped", {drops(web(kSyn).fragment(0, true), DropReason::kIpFragment),
                            drops(web(kSyn).fragment(3, false), DropReason::kIpFragment)});
  add("fragments punted", {punts(web(kSyn).fragment(0, true), PuntCause::kFragment)},
      [](SmallSetup& s) { s.punt_fragments = true; });
  add("TCP header", {drops(web(kSyn).dataOffset(4), DropReason::kTcpHeader),
                     drops(web(kSyn).dataOffset(15), DropReason::kTcpHeader),
                     drops(web(kSyn).totalLength(39).payload(0), DropReason::kTcpHeader)});
  for (const uint8_t flags : {0, 8, 3, 6, 1}) {
    add("TCP flags", {drops(web(flags), DropReason::kTcpFlags)});
  }
  add("UDP header", {drops(udp(kAlice, kDns).udpLength(7), DropReason::kUdpHeader),
                     drops(udp(kAlice, kDns).udpLength(15), DropReason::kUdpHeader),
                     drops(udp(kAlice, kDns).totalLength(27).payload(0), DropReason::kUdpHeader)});
  add("ICMP header", {drops(echo(kAlice.address, kWeb.address).payload(0).totalLength(27),
                            DropReason::kIcmpHeader)});
  add("ICMP errors go to the CPU",
      {punts(icmpError(kAlice.address, kWeb.address, 3, tcp(kWeb, kAlice)), PuntCause::kIcmp),
       punts(icmp(kAlice.address, kWeb.address, 11).payload(0), PuntCause::kIcmp)});
  // From the CPU.
  add("direct",
      {with({.packet = web(kSyn), .port = 4}, [](Step& s) { s.cpu_dest = 2; }),
       with({.packet = ethernet(0x88cc, 100), .port = 4}, [](Step& s) { s.cpu_dest = 0; })});
  add("direct to a port that is down",
      {with({.packet = web(kSyn), .port = 4, .reason = DropReason::kPortDown},
            [](Step& s) { s.cpu_dest = 3; }),
       with({.packet = web(kSyn), .port = 4, .reason = DropReason::kPortDown},
            [](Step& s) { s.cpu_dest = 5; })},
      [](SmallSetup& s) { s.port_up = 0x17; });
  add("from the CPU through the pipeline", {with(opens(web(kSyn)), [](Step& s) { s.port = 4; })});
  // ACL.
  const auto acl = [](sluice::testing::AclRule rule) {
    return [rule](SmallSetup& s) {
      s.acl_enable = true;
      s.acl = {{.action = regs::AclAction::kPermit, .source = Ip("192.0.2.0"), .source_bits = 24},
               rule};
    };
  };
  add("ACL by source",
      {drops(web(kSyn), DropReason::kAclDeny), opens(tcp({"198.51.101.1", 9}, kWeb, kSyn)),
       opens(tcp({"192.0.2.3", 9}, kWeb, kSyn))},
      acl({.action = regs::AclAction::kDeny, .source = Ip("198.51.100.0"), .source_bits = 24}));
  add("ACL by destination", {punts(web(kSyn), PuntCause::kAcl), opens(tcp(kAlice, kDsr, kSyn))},
      acl({.action = regs::AclAction::kPunt, .destination = kWeb.address, .destination_bits = 32}));
  add("ACL by protocol", {opens(web(kSyn)), drops(udp(kAlice, kDns), DropReason::kAclDeny)},
      acl({.action = regs::AclAction::kDeny, .protocol = kProtoUdp}));
  add("ACL by port range",
      {drops(web(kSyn), DropReason::kAclDeny), opens(tcp(kAlice, {kAny.address, 82}, kSyn)),
       opens(tcp(kAlice, {kAny.address, 78}, kSyn))},
      acl({.action = regs::AclAction::kDeny, .dport = {79, 81}}));
  add("ACL by ingress port",
      {opens(web(kSyn)), with(drops(web(kAck), DropReason::kAclDeny), [](Step& s) { s.port = 3; })},
      acl({.action = regs::AclAction::kDeny, .in_port = 3}));
  add("ACL by SYN",
      {drops(web(kSyn), DropReason::kAclDeny),
       drops(web(kAck), DropReason::kNoConnection, FlowResult::kMiss)},
      acl({.action = regs::AclAction::kDeny, .syn_only = true}));
  // Virtuals.
  add("multicast", {punts(udp(kAlice, {"224.0.0.251", 5353}), PuntCause::kMulticast)});
  add("no virtual",
      {drops(tcp(kAlice, {"203.0.113.99", 80}, kSyn), DropReason::kNoVirtual, FlowResult::kMiss)});
  add("disabled", {drops(tcp(kAlice, kDisabled, kSyn), DropReason::kVirtualDisabled)});
  add("local", {punts(tcp(kAlice, kLocal, kSyn), PuntCause::kLocal)});
  add("ping of a virtual", {punts(echo(kAlice.address, kWeb.address), PuntCause::kIcmp)});
  add("any port, any protocol",
      {opens(tcp(kAlice, {kAny.address, 1234}, kSyn)), opens(udp(kAlice, {kAny.address, 1234})),
       opens(other(kAlice.address, kAny.address, 47)),
       hits(other(kAlice.address, kAny.address, 47)), hits(other("10.1.0.2", kAlice.address, 47)),
       opens(echo(kAlice.address, kAny.address)), hits(echo("10.1.0.2", kAlice.address, false))});
  // Connections.
  add("NAT there and back", {opens(web(kSyn)), hits(webBack(kSyn | kAck)), hits(web(kAck)),
                             hits(web(kAck).payload(700)), hits(webBack(kAck).payload(1400)),
                             hits(web(kFin | kAck)), hits(webBack(kFin | kAck)), hits(web(kAck))});
  add("NAT keeps the port", {opens(udp(kAlice, kDns)), hits(udp({"10.1.0.2", 53}, kAlice)),
                             hits(udp(kAlice, kDns).noUdpChecksum()),
                             hits(udp({"10.1.0.2", 53}, kAlice).noUdpChecksum())});
  add("DSR", {opens(tcp(kAlice, kDsr, kSyn)), hits(tcp(kAlice, kDsr, kAck)),
              drops(tcp(kDsr, kAlice, kAck), DropReason::kNoVirtual, FlowResult::kMiss)});
  add("padding is cut", {opens(web(kSyn).payload(0).pad(60, 0xee)),
                         hits(web(kAck).payload(0).vlan(1).pad(64, 0xee))});
  add("UDP checksum of 0", {opens(udp(kAlice, kDns).noUdpChecksum())});
  add("RST", {opens(web(kSyn)), closing(hits(webBack(kRst)), CloseCause::kReset),
              drops(web(kAck), DropReason::kNoConnection, FlowResult::kMiss)});
  add("no connection", {drops(web(kAck), DropReason::kNoConnection, FlowResult::kMiss),
                        drops(web(kSyn | kAck), DropReason::kNoConnection, FlowResult::kMiss)});
  add("loose",
      {opens(web(kAck)),
       drops(tcp(kBob, kWeb, kRst), DropReason::kNoConnection, FlowResult::kMiss)},
      [](SmallSetup& s) { s.virtuals[kWebV].loose = true; });
  add("loose DSR, end of an unknown connection",
      {{.packet = tcp(kAlice, kDsr, kFin | kAck), .flow = FlowResult::kMiss}},
      [](SmallSetup& s) { s.virtuals[kDsrV].loose = true; });
  add("reuse",
      {opens(web(kSyn)), hits(web(kFin | kAck)), closing(opens(web(kSyn)), CloseCause::kReuse)});
  add("SYN on a running connection",
      {opens(web(kSyn)), hits(web(kSyn)), hits(web(kAck)), hits(web(kSyn))});
  add("half open expires", {opens(web(kSyn)), later(hits(web(kSyn)), 7),
                            later(closing(opens(web(kSyn)), CloseCause::kExpired), 8)});
  add("established expires",
      {opens(web(kSyn)), hits(web(kAck)), later(hits(web(kAck)), 99),
       later(drops(web(kAck), DropReason::kNoConnection, FlowResult::kMiss), 100)});
  add("one way, two way", {opens(udp(kAlice, kDns)), later(hits(udp(kAlice, kDns)), 29),
                           hits(udp({"10.1.0.2", 53}, kAlice)), later(hits(udp(kAlice, kDns)), 59),
                           later(closing(opens(udp(kAlice, kDns)), CloseCause::kExpired), 60)});
  add("member down, select again",
      {opens(web(kSyn)),
       after(closing(opens(web(kAck)), CloseCause::kMemberDown), [](SmallSetup& s) {
         s.members[0].accept_new = s.members[0].accept_existing = false;
         s.rings[0] = {2};
       })});
  add("member down, its end",
      {opens(web(kSyn)), after(closing(drops(web(kRst), DropReason::kMemberDown, FlowResult::kHit),
                                       CloseCause::kMemberDown),
                               [](SmallSetup& s) { s.members[0].accept_existing = false; })});
  add("member down, drop",
      {opens(web(kSyn)), after(closing(drops(web(kAck), DropReason::kMemberDown, FlowResult::kHit),
                                       CloseCause::kMemberDown),
                               [](SmallSetup& s) {
                                 s.members[0].accept_existing = false;
                                 s.virtuals[kWebV].on_down = regs::OnDown::kDrop;
                               })});
  add("member down, nothing to select",
      {opens(web(kSyn)),
       after(drops(web(kAck), DropReason::kNoMember, FlowResult::kMiss),
             [](SmallSetup& s) { s.members[0].accept_new = s.members[0].accept_existing = false; }),
       hits(webBack(kAck))});
  // Limits.
  add("pool without members",
      {drops(tcp(kAlice, kEmpty, kSyn), DropReason::kNoMember, FlowResult::kMiss)});
  add("no member takes it", {drops(web(kSyn), DropReason::kNoMember, FlowResult::kMiss)},
      [](SmallSetup& s) { s.members[0].accept_new = false; });
  add("member's limit",
      {opens(web(kSyn)),
       drops(tcp(kBob, kWeb, kSyn), DropReason::kMemberConnectionLimit, FlowResult::kMiss),
       hits(web(kAck)), closing(hits(web(kRst)), CloseCause::kReset), opens(tcp(kBob, kWeb, kSyn))},
      [](SmallSetup& s) { s.members[0].connection_limit = 1; });
  add("virtual's limit",
      {opens(web(kSyn)), opens(udp(kAlice, kDns)),
       drops(tcp(kBob, kWeb, kSyn), DropReason::kVirtualConnectionLimit, FlowResult::kMiss),
       closing(hits(web(kRst)), CloseCause::kReset), opens(tcp(kBob, kWeb, kSyn))},
      [](SmallSetup& s) { s.virtuals[kWebV].connection_limit = 1; });
  {
    // Member 1 takes nothing new; clients whose first slot is member 1's and whose second is member
    // 2's.
    std::vector<Step> steps;
    for (uint16_t port = 1; steps.size() < 4; ++port) {
      const End client{"198.51.100.9", port};
      const uint64_t hash =
          sluice::testing::tupleHash(sluice::testing::kDefaultHashKey, client, kWeb);
      const auto slot = [](uint64_t half) { return (half * 251) >> 32; };
      if (slot(hash & 0xffffffff) % 2 != 0 || slot(hash >> 32) % 2 != 1) continue;
      steps.push_back(opens(tcp(client, kWeb, kSyn)));
    }
    add("the second candidate", steps, [](SmallSetup& s) {
      s.virtuals[kWebV].ring = 4;
      s.rings[4].clear();
      for (uint8_t i = 0; i < 251; ++i) s.rings[4].push_back(static_cast<uint8_t>(1 + i % 2));
      s.members[0].accept_new = false;
    });
  }
  add("half-open limit",
      {opens(web(kSyn)),
       drops(tcp(kBob, kWeb, kSyn), DropReason::kHalfOpenLimit, FlowResult::kUntrackedHalfOpen),
       hits(web(kAck)), opens(tcp(kBob, kWeb, kSyn))},
      [](SmallSetup& s) { s.half_open_max = 1; });
  add("half-open limit, DSR",
      {opens(web(kSyn)), {.packet = tcp(kBob, kDsr, kSyn), .flow = FlowResult::kUntrackedHalfOpen}},
      [](SmallSetup& s) { s.half_open_max = 1; });
  add("two services, one server",
      {opens(web(kSyn)),
       drops(tcp(kAlice, kEmpty, kSyn), DropReason::kFlowAlias, FlowResult::kUntrackedAlias)},
      [](SmallSetup& s) { s.rings[3] = {1}; });
  {
    std::vector<Step> steps;
    const std::vector<End> clients = crowd(6);
    for (size_t i = 0; i < 4; ++i) steps.push_back(opens(tcp(clients[i], kWeb, kSyn)));
    for (size_t i = 1; i < 4; ++i) steps.push_back(hits(tcp(clients[i], kWeb, kAck)));
    steps.push_back(closing(opens(tcp(clients[4], kWeb, kSyn)), CloseCause::kEvicted));
    steps.push_back(hits(tcp(clients[4], kWeb, kAck)));
    steps.push_back(
        drops(tcp(clients[5], kWeb, kSyn), DropReason::kFlowTableFull, FlowResult::kUntrackedFull));
    steps.push_back({.packet = tcp(clients[5], kDsr, kSyn), .flow = FlowResult::kUntrackedFull});
    add("full rows", steps);
  }
  // Edit.
  add("TTL", {punts(web(kSyn).ttl(1), PuntCause::kTtl, FlowResult::kOpened),
              punts(web(kAck).ttl(0), PuntCause::kTtl, FlowResult::kHit), hits(web(kAck).ttl(2))});
  add("no neighbour", {drops(web(kSyn), DropReason::kNeighborUnresolved, FlowResult::kOpened)},
      [](SmallSetup& s) { s.rings[0] = {4}; });
  add("port down", {drops(web(kSyn), DropReason::kPortDown, FlowResult::kOpened)},
      [](SmallSetup& s) { s.port_up = 0x1d; });
  add("neighbour behind the CPU port",
      {drops(web(kSyn), DropReason::kPortDown, FlowResult::kOpened)},
      [](SmallSetup& s) { s.members[0].neighbor = 4; });
  add("MTU",
      {punts(web(kSyn).payload(261), PuntCause::kMtu, FlowResult::kOpened),
       hits(web(kAck).payload(260))},
      [](SmallSetup& s) { s.mtu = 300; });
  return t;
}

class SmallTable : public ::testing::TestWithParam<size_t> {};

TEST_P(SmallTable, Holds) {
  const Row row = table()[GetParam()];
  SCOPED_TRACE(row.name);
  SmallLockstep bench;
  SmallSetup s = setup();
  if (row.change) row.change(s);
  bench.configure(s);
  uint64_t now = 1'000'000'000;
  for (size_t i = 0; i < row.steps.size(); ++i) {
    SCOPED_TRACE("step " + std::to_string(i));
    const Step& step = row.steps[i];
    if (step.change) {
      step.change(s);
      bench.configure(s);
    }
    now += 1000 + (uint64_t{step.wait} << regs::kAgeTickShift);
    bench.offer({step.packet.build(), step.port, step.cpu_dest, step.bad}, now);
    bench.drain();
    const Outcome& o = bench.last().outcome;
    EXPECT_EQ(regs::name(o.reason), regs::name(step.reason));
    EXPECT_EQ(regs::name(o.cause), regs::name(step.cause));
    EXPECT_EQ(regs::name(o.flow), regs::name(step.flow));
    EXPECT_EQ(regs::name(o.close_cause), regs::name(step.close));
  }
}

INSTANTIATE_TEST_SUITE_P(, SmallTable, ::testing::Range<size_t>(0, table().size()));

// All lengths around the beats, with and without tags on either side: every byte is compared.
TEST(Small, EveryLengthAndTag) {
  SmallLockstep bench;
  SmallSetup s = setup();
  s.neighbors[1].vlan = 4095;
  bench.configure(s);
  uint64_t now = 1'000'000'000;
  bench.driver().pauses(20, 20);
  for (int tag = 0; tag < 2; ++tag) {
    for (size_t length = 0; length < 80; ++length) {
      for (Packet p : {tcp(kAlice, kWeb, kSyn), udp(kAlice, kDns), tcp(kServer, kAlice, kAck),
                       udp({"10.1.0.2", 53}, kAlice)}) {
        p.payload(length).options(length % 11);
        if (tag != 0) p.vlan(100);
        bench.offer({p.build()}, now += 100);
      }
    }
  }
  bench.drain();
  EXPECT_EQ(bench.compared(), 640u);
  EXPECT_EQ(bench.count(DropReason::kNone), 640u);
}

TEST(Small, Registers) {
  SmallDriver driver;
  EXPECT_EQ(driver.read(kRegisters + kId), kIdValue);
  EXPECT_EQ(driver.read(kRegisters + kScratch), 0u);
  EXPECT_EQ(driver.read(kRegisters + kPorts), 1500u << 16);
  driver.write(kRegisters + kScratch, 0xdeadbeef);
  driver.write(kRegisters + kId, 1);
  driver.write(kRegisters + kControl, 0xffffffff);
  driver.write(kRegisters + kPorts, 0xffffffff);
  driver.write(kRegisters + kHalfOpenMax, 0xffffffff);
  EXPECT_EQ(driver.read(kRegisters + kScratch), 0xdeadbeefu);
  EXPECT_EQ(driver.read(kRegisters + kId), kIdValue);
  EXPECT_EQ(driver.read(kRegisters + kControl), 7u);
  EXPECT_EQ(driver.read(kRegisters + kPorts), 0x3fff1f1fu);
  EXPECT_EQ(driver.read(kRegisters + kHalfOpenMax), 0x3ffu);
  EXPECT_EQ(driver.read(kRegisters + kFlow), 0u);
  for (const uint16_t address : {0x0011, 0x1000, 0x2000, 0x3000, 0x7000, 0xffff})
    EXPECT_EQ(driver.read(address), 0u);
  for (uint16_t row = 0; row < 512; ++row) ASSERT_EQ(driver.read(kCounters + row), 0u) << row;
  EXPECT_EQ(driver.assertions(), 0);
}

TEST(Small, Counters) {
  SmallLockstep bench;
  bench.configure(setup());
  uint64_t now = 1'000'000'000;
  const auto send = [&](const Packet& p) { bench.offer({p.build()}, now += 100); };
  send(web(kSyn));                                // 14 + 20 + 20 + 6 = 60 bytes
  send(web(kAck).payload(100));                   // 154
  send(webBack(kAck));                            // 60
  send(web(kRst));                                // 60
  send(tcp(kAlice, {"203.0.113.99", 80}, kSyn));  // 60, no virtual
  send(arp());
  bench.drain();
  SmallDriver& driver = bench.driver();
  const auto expect = [&](uint16_t row, uint32_t packets, uint32_t bytes) {
    EXPECT_EQ(driver.read(static_cast<uint16_t>(kCounters + 2 * row)), packets) << row;
    EXPECT_EQ(driver.read(static_cast<uint16_t>(kCounters + 2 * row + 1)), bytes) << row;
  };
  const auto arp_length = static_cast<uint32_t>(arp().build().size());
  expect(kCountPortIn, 6, 394 + arp_length);
  expect(kCountPortOut + 0, 1, 60);
  expect(kCountPortOut + 1, 3, 274);
  expect(kCountPortOut + 4, 1, arp_length);
  expect(kCountDrop + static_cast<uint16_t>(DropReason::kNoVirtual), 1, 60);
  expect(kCountPunt + static_cast<uint16_t>(PuntCause::kArp), 1, arp_length);
  expect(kCountVirtual + 0, 3, 274);
  expect(kCountVirtual + 8 + 0, 1, 60);
  expect(kCountMember + 0, 3, 274);
  expect(kCountMember + 16, 1, 60);
  expect(kCountFlow + static_cast<uint16_t>(FlowResult::kOpened), 1, 60);
  expect(kCountFlow + static_cast<uint16_t>(FlowResult::kHit), 3, 274);
  expect(kCountFlow + static_cast<uint16_t>(FlowResult::kMiss), 1, 60);
  expect(kCountClose + static_cast<uint16_t>(CloseCause::kReset), 1, 60);
  EXPECT_EQ(driver.read(kRegisters + kFlow), 0u);
  send(web(kSyn));
  bench.drain();
  EXPECT_EQ(driver.read(kRegisters + kFlow), 0x10001u);
}

// How many clocks a packet takes: the spacing of results while the source never pauses.
TEST(Small, ClocksPerPacket) {
  SmallDriver driver;
  writeSetup(setup(), [&](uint16_t address, uint32_t value) { driver.write(address, value); });
  const auto clocks = [&](const Packet& packet, int count) {
    driver.out().clear();
    for (int i = 0; i < count; ++i) driver.send({packet.build()});
    driver.drain();
    return static_cast<double>(driver.out().back().cycle - driver.out().front().cycle) /
           (count - 1);
  };
  clocks(web(kSyn), 2);
  const double shortest = clocks(web(kAck).payload(0).pad(60), 50);
  const double longest = clocks(web(kAck).payload(1460), 50);
  std::printf("clocks per packet: 60 bytes %.1f, 1514 bytes %.1f (%.1f %% of 64 bits per clock)\n",
              shortest, longest, 100 * 1514.0 / 8 / longest);
  EXPECT_LE(shortest, 26);
  EXPECT_LE(longest, 208);
}

}  // namespace
}  // namespace sluice::small_test
