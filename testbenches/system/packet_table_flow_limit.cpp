// SPDX-License-Identifier: Apache-2.0
// Section 7: what happens where no entry can be made.
#include <map>

#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

constexpr int kSlotsOfClient = 16;  // 4 banks of 4 ways

Change halfOpenMax(uint32_t entries) {
  return [=](DataPlaneSetup& s) { s.half_open_max = entries; };
}

Change virtualHalfOpenLimit(VirtualId id, uint32_t entries) {
  return [=](DataPlaneSetup& s) { s.virtuals[id].half_open_limit = entries; };
}
Change sourceConnectionRate(uint64_t rate, uint32_t burst) {
  return [=](DataPlaneSetup& s) {
    s.source_connection_rate = rate;
    s.source_connection_burst = burst;
  };
}

// Two destination ports of an address with the same hash bits 63:40, so that the connections of one
// client to them have the same forward digest.
std::pair<uint16_t, uint16_t> collidingPorts(const Ip& address) {
  std::map<uint32_t, uint16_t> seen;
  for (uint32_t port = 1; port < 65536; ++port) {
    const uint32_t top = hashTop24(hash64(kDefaultHashKey, address, static_cast<uint16_t>(port)));
    const auto [at, fresh] = seen.try_emplace(top, static_cast<uint16_t>(port));
    if (!fresh) return {at->second, static_cast<uint16_t>(port)};
  }
  return {};
}

Packet webSyn(const End& client, VirtualId id = kWeb4) { return tcp(client, endOf(id), kSyn); }
Step refused(VirtualId id, MemberId member, const Packet& packet, FlowResult flow,
             DropReason reason) {
  return in(kClients, packet).via(id).at(member).flow(flow).drop(reason);
}
Step halfOpenRefused(const Packet& packet) {
  return refused(kWeb4, kNat4, packet, FlowResult::kUntrackedHalfOpen, DropReason::kHalfOpenLimit);
}
Packet tcpToDsr(uint16_t port, uint8_t flags = kSyn) { return tcp(kAlice, dsrPort(port), flags); }
Packet udpToDsr(uint16_t port) { return udp(kAlice, dsrPort(port)); }
Step opensDsr(const Packet& packet) { return dsr(packet, kDsr4, kDirect4).opens(); }

// `count` connections of kAlice over UDP, all in the same rows of the table.
std::vector<Step> fill(int count, std::vector<Step> more = {}) {
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i)
    steps.push_back(opensDsr(udpToDsr(static_cast<uint16_t>(20000 + i))));
  steps.insert(steps.end(), more.begin(), more.end());
  return steps;
}
std::vector<Step> join(std::vector<Step> first, const std::vector<Step>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

void addHalfOpenRows(Table& table) {
  const Step bob = nat(webSyn(kBob), kWeb4, kNat4).opens();
  const Step loose = dsr(tcp(kAlice, endOf(kLooseDsr4), kSyn), kLooseDsr4, kDirect4);
  const auto tooMany = [](const End& client) {
    return in(kClients, webSyn(client, kWebAlt4))
        .via(kWebAlt4)
        .at(kNat4)
        .misses()
        .drop(DropReason::kSourceConnectionRate);
  };
  const Step bob_dsr = dsr(tcp(kBob, dsrPort(80), kSyn), kDsr4, kDirect4);
  table.insert(
      table.end(),
      {
          {"half-open limit, NAT", {halfOpenMax(1)}, {openWeb(), halfOpenRefused(webSyn(kBob))}},
          {"half-open limit, DSR forwards without an entry",
           {halfOpenMax(1)},
           {openWeb(), bob_dsr.flow(FlowResult::kUntrackedHalfOpen),
            bob_dsr.flow(FlowResult::kUntrackedHalfOpen)}},
          {"half-open limit of two",
           {halfOpenMax(2)},
           {openWeb(), bob, halfOpenRefused(webSyn({"198.51.100.3", 1}))}},
          {"half-open limit leaves other protocols alone",
           {halfOpenMax(1)},
           {openWeb(), openDsr()}},
          {"half-open limit leaves picked up connections alone",
           {halfOpenMax(1)},
           {openWeb(), nat(tcp(kBob, endOf(kLoose4), kAck), kLoose4, kNat4).opens()}},
          {"half-open limit, room after the client's ACK",
           {halfOpenMax(1)},
           {openWeb(), web(kAck).hits(), bob}},
          {"half-open limit, the SYN again", {halfOpenMax(1)}, {openWeb(), web(kSyn).hits()}},
          {"half-open limit counts expired entries",
           {halfOpenMax(1)},
           {openWeb(), waitTicks(timeout(0, kTimerHalfOpen)), halfOpenRefused(webSyn(kBob)),
            scrub(regs::ScrubMode::kExpired, 0, 1, kWeb4, kNat4), bob}},
          {"half-open limit is not for a reuse",
           {halfOpenMax(1)},
           {openWeb(), web(kFin | kAck).hits(), bob, web(kSyn).opens().closes(CloseCause::kReuse)}},
          {"half-open limit, a half-open entry of the same buckets is replaced",
           {halfOpenMax(1)},
           {openWeb(), loose.opens().closes(CloseCause::kEvicted, kWeb4, kNat4), loose.hits(),
            in(kServers, tcp(endOf(kNat4), kAlice, kSyn | kAck))
                .back()
                .misses()
                .drop(DropReason::kNoVirtual)}},
          {"half-open limit, a dead half-open entry is replaced",
           {halfOpenMax(1)},
           {openWeb(), waitTicks(timeout(0, kTimerHalfOpen)),
            loose.opens().closes(CloseCause::kExpired, kWeb4, kNat4)}},
          {"half-open limit, established entries are not replaced",
           {halfOpenMax(1)},
           {openWeb(), web(kAck).hits(), bob, loose.flow(FlowResult::kUntrackedHalfOpen)}},
          {"half-open limit of a virtual",
           {virtualHalfOpenLimit(kWeb4, 1)},
           {openWeb(), halfOpenRefused(webSyn(kBob)),
            nat(webSyn(kBob, kWebAlt4), kWebAlt4, kNat4).opens()}},
          {"half-open limit of a virtual, after the client's ACK",
           {virtualHalfOpenLimit(kWeb4, 1)},
           {openWeb(), web(kAck).hits(), bob}},
          {"half-open limit of a virtual, after a reset",
           {virtualHalfOpenLimit(kWeb4, 1)},
           {openWeb(), web(kRst).hits().closes(CloseCause::kReset), bob}},
          {"half-open limit of a virtual replaces its own entries only",
           {virtualHalfOpenLimit(kDsr4, 1)},
           {loose.opens(), opensDsr(tcpToDsr(80)),
            opensDsr(tcpToDsr(81)).closes(CloseCause::kEvicted), loose.hits()}},
          {"half-open limit of a virtual, none of its own in the buckets",
           {virtualHalfOpenLimit(kDsr4, 1)},
           {dsr(tcp(kBob, dsrPort(80), kSyn), kDsr4, kDirect4).opens(), loose.opens(),
            dsr(tcpToDsr(81), kDsr4, kDirect4).flow(FlowResult::kUntrackedHalfOpen)}},
          {"connection rate of a source",
           {sourceConnectionRate(1, 2)},
           {openWeb(), openDsr(), tooMany(kAlice), bob, web(kAck).hits()}},
          {"connection rate of a source comes back with time",
           {sourceConnectionRate(4096, 1)},
           {openWeb(), tooMany(kAlice), waitTicks(1),
            refused(kWebAlt4, kNat4, webSyn(kAlice, kWebAlt4), FlowResult::kUntrackedAlias,
                    DropReason::kFlowAlias)}},
          {"connection rate of a source goes before the virtual's",
           {sourceConnectionRate(1, 1),
            [](DataPlaneSetup& s) {
              s.connection_policers[kWebAlt4] = {1, 0};
            }},
           {in(kClients, webSyn(kBob, kWebAlt4))
                .via(kWebAlt4)
                .at(kNat4)
                .misses()
                .drop(DropReason::kVirtualConnectionRate),
            tooMany(kBob)}},
          {"half-open limit, events off",
           {halfOpenMax(1), [](DataPlaneSetup& s) { s.events = 3; }},
           {openWeb(), halfOpenRefused(webSyn(kBob))}},
          {"opened events off",
           {[](DataPlaneSetup& s) { s.events = 6; }},
           {openWeb(), web(kFin | kAck).hits(), change(useMember(kWeb4, {kSpare4})),
            nat(webSyn(kAlice), kWeb4, kSpare4).opens().closes(CloseCause::kReuse, kWeb4, kNat4)}},
          {"closed events off",
           {[](DataPlaneSetup& s) { s.events = 5; }},
           {openWeb(), web(kFin | kAck).hits(), web(kSyn).opens().closes(CloseCause::kReuse),
            web(kRst).hits().closes(CloseCause::kReset)}},
      });
}

void addAliasRows(Table& table) {
  const Packet alt = webSyn(kAlice, kWebAlt4);
  const Step alt_refused =
      refused(kWebAlt4, kNat4, alt, FlowResult::kUntrackedAlias, DropReason::kFlowAlias);
  const auto [a, b] = collidingPorts(endOf(kDsr4).address);
  const auto [c, d] = collidingPorts(endOf(kAnyPort4).address);
  const End any_c{endOf(kAnyPort4).address, c}, any_d{endOf(kAnyPort4).address, d};
  const uint32_t one_way = timeout(0, kTimerOneWay);
  table.insert(
      table.end(),
      {
          {"alias of the reverse digest, NAT", {}, {openWeb(), alt_refused, webBack(kSyn | kAck)}},
          {"alias of the reverse digest is none for another client",
           {},
           {openWeb(), nat(webSyn(kBob, kWebAlt4), kWebAlt4, kNat4).opens()}},
          {"alias of the reverse digest is none for DSR",
           {[](DataPlaneSetup& s) { s.virtuals[kWebAlt4].mode = regs::VirtualMode::kDsr; }},
           {openWeb(), dsr(alt, kWebAlt4, kNat4).opens()}},
          {"alias of a dead entry is none",
           {},
           {openWeb(), waitTicks(timeout(0, kTimerHalfOpen)),
            nat(alt, kWebAlt4, kNat4).opens().closes(CloseCause::kExpired, kWeb4, kNat4)}},
          {"alias of the forward digest, DSR",
           {},
           {opensDsr(udpToDsr(a)),
            dsr(udpToDsr(b), kDsr4, kDirect4).flow(FlowResult::kUntrackedAlias),
            dsr(udpToDsr(a), kDsr4, kDirect4).hits()}},
          {"alias of the forward digest, NAT",
           {},
           {nat(udp(kAlice, any_c), kAnyPort4, kKeep4).opens(),
            refused(kAnyPort4, kKeep4, udp(kAlice, any_d), FlowResult::kUntrackedAlias,
                    DropReason::kFlowAlias)}},
          {"alias of the forward digest, no SYN",
           {},
           {opensDsr(tcpToDsr(a)),
            in(kClients, tcpToDsr(b, kAck)).via(kDsr4).misses().drop(DropReason::kNoConnection)}},
          {"alias of a dead entry is none, DSR",
           {},
           {opensDsr(udpToDsr(a)), waitTicks(one_way),
            opensDsr(udpToDsr(b)).closes(CloseCause::kExpired)}},
          {"alias of other protocols is none", {}, {opensDsr(udpToDsr(a)), opensDsr(tcpToDsr(b))}},
          {"alias on a reuse keeps the old entry",
           {useMember(kWebAlt4, {kSpare4})},
           {openWeb(), nat(alt, kWebAlt4, kSpare4).opens(),
            nat(tcp(kAlice, endOf(kWebAlt4), kFin | kAck), kWebAlt4, kSpare4).hits(),
            change(useMember(kWebAlt4, {kNat4})),
            alt_refused.found().leaves(FlowState::kClosingClient),
            nat(tcp(kAlice, endOf(kWebAlt4), kAck), kWebAlt4, kSpare4).hits()}},
          {"alias goes before the half-open limit", {halfOpenMax(1)}, {openWeb(), alt_refused}},
      });
}

// A client whose UDP packets begin at this slot of its rows to look for a half-open entry.
End clientBeginningAt(uint32_t slot) {
  End client = kAlice;
  const auto slotOf = [](const End& end) {
    const uint32_t top = hashTop24(hash64(kDefaultHashKey, end));
    return (top ^ kProtoUdp) % kSlotsOfClient;
  };
  while (slotOf(client) != slot) ++client.port;
  return client;
}

// The rows are full, with half-open entries in slots 1 (bank 0, way 1) and 4 (bank 1, way 0).
std::vector<Step> evictions(uint32_t start) {
  const End client = clientBeginningAt(start);
  const auto opens = [&](uint16_t port) {
    return dsr(udp(client, dsrPort(port)), kDsr4, kDirect4).opens();
  };
  const Packet loose = tcp(client, endOf(kLooseDsr4), kSyn);
  std::vector<Step> steps = {opens(100), dsr(loose, kLooseDsr4, kDirect4).opens(), opens(101),
                             opens(102),
                             dsr(tcp(client, dsrPort(80), kSyn), kDsr4, kDirect4).opens()};
  for (uint16_t port = 103; steps.size() < kSlotsOfClient; ++port) steps.push_back(opens(port));
  const Step first = opens(1), second = opens(2);
  const bool slot4_first = start > 1 && start <= 4;
  steps.push_back(slot4_first ? first.closes(CloseCause::kEvicted, kLooseDsr4, kDirect4)
                              : first.closes(CloseCause::kEvicted));
  steps.push_back(slot4_first ? second.closes(CloseCause::kEvicted)
                              : second.closes(CloseCause::kEvicted, kLooseDsr4, kDirect4));
  return steps;
}

void addFullRows(Table& table) {
  const Step untracked = dsr(udpToDsr(9), kDsr4, kDirect4).flow(FlowResult::kUntrackedFull);
  const Packet lost = udp(kAlice, {endOf(kAnyPort4).address, 9});
  const Step half_open = opensDsr(tcpToDsr(80));
  const auto connectionLimit = [](DataPlaneSetup& s) { s.virtuals[kDsr4].connection_limit = 16; };
  table.insert(
      table.end(),
      {
          {"full, DSR forwards without an entry",
           {},
           fill(kSlotsOfClient,
                {untracked, untracked, dsr(udpToDsr(20003), kDsr4, kDirect4).hits()})},
          {"full, NAT drops",
           {},
           fill(kSlotsOfClient, {refused(kAnyPort4, kKeep4, lost, FlowResult::kUntrackedFull,
                                         DropReason::kFlowTableFull)})},
          {"full for one client only",
           {},
           fill(kSlotsOfClient, {untracked, dsr(udp(kBob, dsrPort(9)), kDsr4, kDirect4).opens()})},
          {"full, a reset makes room",
           {},
           join({half_open, dsr(tcpToDsr(80, kAck), kDsr4, kDirect4).hits()},
                fill(kSlotsOfClient - 1,
                     {untracked,
                      dsr(tcpToDsr(80, kRst), kDsr4, kDirect4).hits().closes(CloseCause::kReset),
                      opensDsr(udpToDsr(9))}))},
          {"full, an expired entry makes room",
           {},
           join({half_open, dsr(tcpToDsr(80, kAck), kDsr4, kDirect4).hits()},
                join(fill(kSlotsOfClient - 1), {waitTicks(timeout(0, kTimerOneWay)),
                                                opensDsr(udpToDsr(9)).closes(CloseCause::kExpired),
                                                dsr(tcpToDsr(80, kAck), kDsr4, kDirect4).hits()}))},
          {"full, a half-open entry is evicted",
           {},
           join({half_open},
                fill(kSlotsOfClient - 1,
                     {opensDsr(udpToDsr(9)).closes(CloseCause::kEvicted),
                      in(kClients, tcpToDsr(80, kAck))
                          .via(kDsr4)
                          .misses()
                          .drop(DropReason::kNoConnection),
                      dsr(udpToDsr(10), kDsr4, kDirect4).flow(FlowResult::kUntrackedFull)}))},
          {"full, a half-open entry is evicted for NAT",
           {},
           join({half_open},
                fill(kSlotsOfClient - 1, {nat(lost, kAnyPort4, kKeep4)
                                              .opens()
                                              .closes(CloseCause::kEvicted, kDsr4, kDirect4)}))},
          {"full, the first half-open entry from slot 3 on is evicted", {}, evictions(3)},
          {"full, the first half-open entry from slot 4 on is evicted", {}, evictions(4)},
          {"full, half-open entries before slot 5 are evicted last", {}, evictions(5)},
          {"full goes after the connection limit",
           {connectionLimit},
           fill(kSlotsOfClient, {in(kClients, udpToDsr(9))
                                     .via(kDsr4)
                                     .misses()
                                     .drop(DropReason::kVirtualConnectionLimit)})},
      });
}

}  // namespace

void addFlowLimitRows(Table& table) {
  addHalfOpenRows(table);
  addAliasRows(table);
  addFullRows(table);
}

}  // namespace sluice::testing
