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
          {"half-open limit goes before alias",
           {halfOpenMax(1)},
           {openWeb(), refused(kWebAlt4, kNat4, alt, FlowResult::kUntrackedHalfOpen,
                               DropReason::kHalfOpenLimit)}},
      });
}

void addFullRows(Table& table) {
  const Step untracked = dsr(udpToDsr(9), kDsr4, kDirect4).flow(FlowResult::kUntrackedFull);
  const Packet lost = udp(kAlice, {endOf(kAnyPort4).address, 9});
  const Step half_open = opensDsr(tcpToDsr(80));
  const Packet loose = tcp(kAlice, endOf(kLooseDsr4), kSyn);
  const Step loose_half_open = dsr(loose, kLooseDsr4, kDirect4).opens();
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
          {"full, the first half-open entry in slot order is evicted",
           {},
           join(join(fill(1),
                     {loose_half_open, opensDsr(udpToDsr(1)), opensDsr(udpToDsr(2)), half_open}),
                join({opensDsr(udpToDsr(3)), opensDsr(udpToDsr(4)), opensDsr(udpToDsr(5)),
                      opensDsr(udpToDsr(6)), opensDsr(udpToDsr(7)), opensDsr(udpToDsr(11)),
                      opensDsr(udpToDsr(12)), opensDsr(udpToDsr(13)), opensDsr(udpToDsr(14)),
                      opensDsr(udpToDsr(15)), opensDsr(udpToDsr(16))},
                     {opensDsr(udpToDsr(17)).closes(CloseCause::kEvicted),
                      opensDsr(udpToDsr(18)).closes(CloseCause::kEvicted, kLooseDsr4, kDirect4)}))},
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
