// SPDX-License-Identifier: Apache-2.0
// Section 7: hits, states, timeouts, closes.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

Change onDown(uint16_t virtual_id, regs::OnDown action) {
  return [=](DataPlaneSetup& s) { s.virtuals[virtual_id].on_down = action; };
}
// A member that takes and keeps nothing; its pool's slots go to `next`.
Change memberDown(uint16_t member, uint16_t pool, std::vector<uint16_t> next) {
  return [=](DataPlaneSetup& s) {
    s.members[member].accept_new = s.members[member].accept_existing = false;
    s.addPool(pool, next);
  };
}

Step dropped(DropReason reason, VirtualId id, const Packet& packet) {
  return in(kClients, packet).via(id).drop(reason);
}
Packet toWeb(uint8_t flags) { return tcp(kAlice, endOf(kWeb4), flags); }
Packet toDns() { return udp(kAlice, endOf(kDns4)); }
Step openDns() { return nat(toDns(), kDns4, kKeep4).opens(); }
Packet fromDns() { return udp({endOf(kKeep4).address, 53}, kAlice); }
Step dnsBack() { return natBack(fromDns(), kDns4, kKeep4); }

void addStateRows(Table& table) {
  const auto established = [](std::vector<Step> more) {
    std::vector<Step> steps = {openWeb().leaves(FlowState::kHalfOpen),
                               webBack(kSyn | kAck).leaves(FlowState::kHalfOpen),
                               web(kAck).hits().leaves(FlowState::kEstablished)};
    steps.insert(steps.end(), more.begin(), more.end());
    return steps;
  };
  const Step gone = dropped(DropReason::kNoConnection, kWeb4, toWeb(kAck)).misses();
  table.insert(
      table.end(),
      {
          {"TCP handshake, IPv4",
           {},
           established({webBack(kAck), web(kAck | kPsh).hits(),
                        webBack(kAck | kPsh).leaves(FlowState::kEstablished)})},
          {"TCP handshake, IPv6",
           {},
           {nat(tcp(kAlice6, endOf(kWeb6), kSyn), kWeb6, kNat6)
                .opens()
                .leaves(FlowState::kHalfOpen),
            natBack(tcp(endOf(kNat6), kAlice6, kSyn | kAck), kWeb6, kNat6),
            nat(tcp(kAlice6, endOf(kWeb6), kAck), kWeb6, kNat6)
                .hits()
                .leaves(FlowState::kEstablished)}},
          {"TCP SYN again", {}, {openWeb(), web(kSyn).hits().leaves(FlowState::kHalfOpen)}},
          {"TCP SYN and ACK of the client opens nothing more",
           {},
           {openWeb(), web(kSyn | kAck).hits().leaves(FlowState::kHalfOpen)}},
          {"TCP FIN of the client, then of the server",
           {},
           established({web(kFin | kAck).hits().leaves(FlowState::kClosingClient),
                        webBack(kAck).leaves(FlowState::kClosingClient),
                        web(kFin | kAck).hits().leaves(FlowState::kClosingClient),
                        webBack(kFin | kAck).leaves(FlowState::kClosing),
                        web(kAck).hits().leaves(FlowState::kClosing)})},
          {"TCP FIN of the server, then of the client",
           {},
           established({webBack(kFin | kAck).leaves(FlowState::kClosingServer),
                        web(kAck).hits().leaves(FlowState::kClosingServer),
                        webBack(kFin | kAck).leaves(FlowState::kClosingServer),
                        web(kFin | kAck).hits().leaves(FlowState::kClosing),
                        webBack(kFin | kAck).leaves(FlowState::kClosing)})},
          {"TCP FIN of the client in half open",
           {},
           {openWeb(), web(kFin | kAck).hits().leaves(FlowState::kClosingClient)}},
          {"TCP FIN of the server in half open",
           {},
           {openWeb(), webBack(kFin | kAck).leaves(FlowState::kClosingServer)}},
          {"TCP RST of the client",
           {},
           established(
               {web(kRst).hits().closes(CloseCause::kReset).leaves(FlowState::kFree), gone})},
          {"TCP RST of the server",
           {},
           established(
               {webBack(kRst | kAck).closes(CloseCause::kReset).leaves(FlowState::kFree), gone})},
          {"TCP RST in half open",
           {},
           {openWeb(), webBack(kRst | kAck).closes(CloseCause::kReset).leaves(FlowState::kFree)}},
          {"TCP RST and FIN is a reset",
           {},
           established(
               {web(kRst | kFin).hits().closes(CloseCause::kReset).leaves(FlowState::kFree)})},
          {"TCP RST of a closing connection",
           {},
           established({web(kFin | kAck).hits(), webBack(kFin | kAck).leaves(FlowState::kClosing),
                        webBack(kRst).closes(CloseCause::kReset).leaves(FlowState::kFree)})},
          {"TCP SYN reuses a closing connection",
           {},
           established(
               {web(kFin | kAck).hits(),
                web(kSyn).opens().closes(CloseCause::kReuse).leaves(FlowState::kHalfOpen)})},
          {"TCP SYN reuses a connection that the server closes",
           {},
           established(
               {webBack(kFin | kAck),
                web(kSyn).opens().closes(CloseCause::kReuse).leaves(FlowState::kHalfOpen)})},
          {"TCP SYN reuses a closed connection, another member",
           {},
           established(
               {web(kFin | kAck).hits(), webBack(kFin | kAck), change(useMember(kWeb4, {kSpare4})),
                nat(toWeb(kSyn), kWeb4, kSpare4).opens().closes(CloseCause::kReuse, kWeb4, kNat4),
                in(kServers, tcp(endOf(kNat4), kAlice, kAck))
                    .back()
                    .misses()
                    .drop(DropReason::kNoVirtual)})},
          {"TCP SYN of an established connection is a hit",
           {},
           established({web(kSyn).hits().leaves(FlowState::kEstablished)})},
          {"TCP SYN and ACK of a closing connection is a hit",
           {},
           established({web(kFin | kAck).hits(),
                        web(kSyn | kAck).hits().leaves(FlowState::kClosingClient)})},
          {"TCP reuse without a member keeps the old connection",
           {},
           established({web(kFin | kAck).hits(), change(useMember(kWeb4, {})),
                        dropped(DropReason::kNoMember, kWeb4, toWeb(kSyn))
                            .misses()
                            .found()
                            .at(kNat4)
                            .leaves(FlowState::kClosingClient),
                        web(kAck).hits()})},
          {"UDP both ways",
           {},
           {openDns().leaves(FlowState::kOneWay),
            nat(toDns(), kDns4, kKeep4).hits().leaves(FlowState::kOneWay),
            dnsBack().leaves(FlowState::kTwoWay),
            nat(toDns(), kDns4, kKeep4).hits().leaves(FlowState::kTwoWay),
            dnsBack().leaves(FlowState::kTwoWay)}},
          {"UDP both ways, IPv6",
           {},
           {nat(udp(kAlice6, endOf(kDns6)), kDns6, kKeep6).opens(),
            natBack(udp({endOf(kKeep6).address, 53}, kAlice6), kDns6, kKeep6)
                .leaves(FlowState::kTwoWay)}},
          {"DSR TCP, only the client is seen",
           {},
           {dsr(tcp(kAlice, dsrPort(80), kSyn), kDsr4, kDirect4).opens(),
            dsr(tcp(kAlice, dsrPort(80), kAck), kDsr4, kDirect4)
                .hits()
                .leaves(FlowState::kEstablished),
            dsr(tcp(kAlice, dsrPort(80), kFin | kAck), kDsr4, kDirect4)
                .hits()
                .leaves(FlowState::kClosingClient)}},
          {"a member's packet of a DSR connection",
           {},
           {openDsr(), in(kServers, udp({endOf(kDirect4).address, 9}, kAlice))
                           .back()
                           .misses()
                           .drop(DropReason::kNoVirtual)}},
      });
}

void addTimeoutRows(Table& table) {
  const auto t = [](TimerKind kind, uint32_t profile = 0) { return timeout(profile, kind); };
  const Step gone = dropped(DropReason::kNoConnection, kWeb4, toWeb(kAck)).misses();
  const Packet gre = other(kAlice.address, endOf(kAny4).address, kProtoGre);
  table.insert(
      table.end(),
      {
          {"half open lives until its timeout",
           {},
           {openWeb(), waitTicks(t(kTimerHalfOpen) - 1), web(kAck).hits()}},
          {"half open dies",
           {},
           {openWeb(), waitTicks(t(kTimerHalfOpen)), gone.leaves(FlowState::kHalfOpen)}},
          {"half open lives on with each packet",
           {},
           {openWeb(), waitTicks(t(kTimerHalfOpen) - 1), web(kSyn).hits(),
            waitTicks(t(kTimerHalfOpen) - 1), webBack(kSyn | kAck),
            waitTicks(t(kTimerHalfOpen) - 1), web(kSyn).hits()}},
          {"established lives until its timeout",
           {},
           {openWeb(), web(kAck).hits(), waitTicks(t(kTimerEstablished) - 1), webBack(kAck)}},
          {"established dies, seen from the client",
           {},
           {openWeb(), web(kAck).hits(), waitTicks(t(kTimerEstablished)), gone}},
          {"established dies, seen from the member",
           {},
           {openWeb(), web(kAck).hits(), waitTicks(t(kTimerEstablished)),
            in(kServers, tcp(endOf(kNat4), kAlice, kAck))
                .back()
                .misses()
                .drop(DropReason::kNoVirtual)}},
          {"half closed lives until its timeout",
           {},
           {openWeb(), web(kFin | kAck).hits(), waitTicks(t(kTimerHalfClosed) - 1), webBack(kAck)}},
          {"half closed dies",
           {},
           {openWeb(), webBack(kFin | kAck), waitTicks(t(kTimerHalfClosed)), gone}},
          {"closing lives until its timeout",
           {},
           {openWeb(), web(kFin | kAck).hits(), webBack(kFin | kAck),
            waitTicks(t(kTimerClosing) - 1), web(kAck).hits()}},
          {"closing dies",
           {},
           {openWeb(), web(kFin | kAck).hits(), webBack(kFin | kAck), waitTicks(t(kTimerClosing)),
            gone}},
          {"one way lives until its timeout",
           {},
           {openDns(), waitTicks(t(kTimerOneWay) - 1), dnsBack()}},
          {"one way dies",
           {},
           {openDns(), waitTicks(t(kTimerOneWay)),
            in(kServers, fromDns()).back().misses().drop(DropReason::kNoVirtual)}},
          {"two way lives until its timeout",
           {},
           {openDns(), dnsBack(), waitTicks(t(kTimerTwoWay) - 1), dnsBack()}},
          {"two way dies",
           {},
           {openDns(), dnsBack(), waitTicks(t(kTimerTwoWay)),
            openDns().closes(CloseCause::kExpired)}},
          {"another timer profile",
           {},
           {nat(gre, kAny4, kKeep4).opens(), waitTicks(t(kTimerOneWay, 1) - 1),
            nat(gre, kAny4, kKeep4).hits(), waitTicks(t(kTimerOneWay, 1)),
            nat(gre, kAny4, kKeep4).opens().closes(CloseCause::kExpired)}},
          {"timeout 0 is dead at once",
           {[](DataPlaneSetup& s) { s.timers[kTimerOneWay] = 0; }},
           {openDns(), openDns().closes(CloseCause::kExpired)}},
          {"a new timeout counts from the next packet",
           {},
           {openDns(), change([](DataPlaneSetup& s) { s.timers[kTimerOneWay] = 2; }), waitTicks(10),
            nat(toDns(), kDns4, kKeep4).hits(), waitTicks(2),
            openDns().closes(CloseCause::kExpired)}},
          {"the longest timeout",
           {[](DataPlaneSetup& s) { s.timers[kTimerOneWay] = 0x7fffff; }},
           {openDns(), waitTicks(0x7ffffe), dnsBack()}},
          {"an expired entry is replaced by another connection",
           {},
           {openWeb(), waitTicks(t(kTimerHalfOpen)), openWeb().closes(CloseCause::kExpired),
            web(kAck).hits()}},
          {"scrub of expired entries",
           {},
           {openDns(), scrub(regs::ScrubMode::kExpired, 0, 0, 0, 0), waitTicks(t(kTimerOneWay)),
            scrub(regs::ScrubMode::kExpired, 0, 1, kDns4, kKeep4), openDns()}},
          {"scrub of a member",
           {},
           {openDns(), openWeb(), web(kAck).hits(),
            scrub(regs::ScrubMode::kMember, kNat4, 1, kWeb4, kNat4), gone, dnsBack()}},
          {"scrub of a virtual",
           {},
           {openDns(), openWeb(), scrub(regs::ScrubMode::kVirtual, kDns4, 1, kDns4, kKeep4),
            web(kAck).hits(), openDns()}},
          {"scrub of a virtual without connections",
           {},
           {openWeb(), scrub(regs::ScrubMode::kVirtual, kDns4, 0, 0, 0), web(kAck).hits()}},
          {"scrub of all",
           {},
           {openWeb(), web(kAck).hits(), nat(tcp(kBob, endOf(kWeb4), kSyn), kWeb4, kNat4).opens(),
            scrub(regs::ScrubMode::kAll, 0, 2, kWeb4, kNat4), gone}},
      });
}

void addMissRows(Table& table) {
  const auto loose = [](uint8_t flags) {
    return nat(tcp(kAlice, endOf(kLoose4), flags), kLoose4, kNat4);
  };
  const auto looseDsr = [](uint8_t flags) {
    return dsr(tcp(kAlice, endOf(kLooseDsr4), flags), kLooseDsr4, kDirect4);
  };
  const auto none = [](uint8_t flags) {
    return dropped(DropReason::kNoConnection, kWeb4, toWeb(flags)).misses();
  };
  table.insert(
      table.end(),
      {
          {"TCP without a connection",
           {},
           {none(kAck), none(kSyn | kAck), none(kFin | kAck), none(kRst)}},
          {"TCP without a connection, DSR",
           {},
           {dropped(DropReason::kNoConnection, kDsr4, tcp(kAlice, dsrPort(80), kAck)).misses()}},
          {"loose NAT picks up an ACK",
           {},
           {loose(kAck).opens().leaves(FlowState::kEstablished),
            natBack(tcp(endOf(kNat4), kAlice, kAck), kLoose4, kNat4)}},
          {"loose NAT picks up a SYN and ACK",
           {},
           {loose(kSyn | kAck).opens().leaves(FlowState::kEstablished)}},
          {"loose NAT opens half open by a SYN",
           {},
           {loose(kSyn).opens().leaves(FlowState::kHalfOpen)}},
          {"loose NAT drops a lone RST",
           {},
           {dropped(DropReason::kNoConnection, kLoose4, tcp(kAlice, endOf(kLoose4), kRst))
                .at(kNat4)
                .misses()}},
          {"loose NAT drops a lone FIN",
           {},
           {dropped(DropReason::kNoConnection, kLoose4, tcp(kAlice, endOf(kLoose4), kFin | kAck))
                .at(kNat4)
                .misses()}},
          {"loose DSR picks up an ACK", {}, {looseDsr(kAck).opens(), looseDsr(kAck).hits()}},
          {"loose DSR forwards a lone RST",
           {},
           {looseDsr(kRst).misses(), looseDsr(kRst | kAck).misses()}},
          {"loose DSR forwards a lone FIN",
           {},
           {looseDsr(kFin | kAck).misses(), looseDsr(kFin | kAck).misses()}},
          {"loose DSR, lone FIN, no member",
           {useMember(kLooseDsr4, {})},
           {dropped(DropReason::kNoMember, kLooseDsr4, tcp(kAlice, endOf(kLooseDsr4), kFin | kAck))
                .misses()}},
          {"loose DSR, lone RST, connection limit",
           {[](DataPlaneSetup& s) { s.virtuals[kLooseDsr4].connection_limit = 1; }},
           {looseDsr(kAck).opens(), dropped(DropReason::kVirtualConnectionLimit, kLooseDsr4,
                                            tcp(kBob, endOf(kLooseDsr4), kRst))
                                        .misses()}},
          {"a member's packet without a connection",
           {},
           {in(kServers, tcp(endOf(kNat4), kAlice, kAck))
                .back()
                .misses()
                .drop(DropReason::kNoVirtual)}},
          {"a member's packet from another port",
           {},
           {openWeb(), in(kServers, tcp({endOf(kNat4).address, 8081}, kAlice, kAck))
                           .back()
                           .misses()
                           .drop(DropReason::kNoVirtual)}},
          {"a member's packet of another protocol",
           {},
           {openWeb(),
            in(kServers, udp(endOf(kNat4), kAlice)).back().misses().drop(DropReason::kNoVirtual)}},
          {"another host's packet",
           {},
           {openWeb(), in(kServers, tcp({"10.1.0.2", 8080}, kAlice, kAck))
                           .back()
                           .misses()
                           .drop(DropReason::kNoVirtual)}},
          {"a member's packet to another client port",
           {},
           {openWeb(), in(kServers, tcp(endOf(kNat4), {kAlice.address, 40001}, kAck))
                           .back()
                           .misses()
                           .drop(DropReason::kNoVirtual)}},
      });
}

void addMemberDownRows(Table& table) {
  const Change down = memberDown(kNat4, kWeb4, {kSpare4}), nobody = memberDown(kNat4, kWeb4, {});
  const Change drop = onDown(kWeb4, regs::OnDown::kDrop);
  const Step end = dropped(DropReason::kMemberDown, kWeb4, toWeb(kAck))
                       .at(kNat4)
                       .hits()
                       .closes(CloseCause::kMemberDown);
  const auto spare = [](uint8_t flags) { return nat(toWeb(flags), kWeb4, kSpare4); };
  table.insert(
      table.end(),
      {
          {"member down, drop",
           {drop},
           {openWeb(), web(kAck).hits(), change(down), end.leaves(FlowState::kFree),
            dropped(DropReason::kNoConnection, kWeb4, toWeb(kAck)).misses()}},
          {"member down, select another",
           {},
           {openWeb(), web(kAck).hits(), change(down),
            spare(kAck)
                .opens()
                .closes(CloseCause::kMemberDown, kWeb4, kNat4)
                .leaves(FlowState::kEstablished),
            spare(kAck).hits(), natBack(tcp(endOf(kSpare4), kAlice, kAck), kWeb4, kSpare4)}},
          {"member down, select another for a SYN",
           {},
           {openWeb(), change(down),
            spare(kSyn)
                .opens()
                .closes(CloseCause::kMemberDown, kWeb4, kNat4)
                .leaves(FlowState::kHalfOpen)}},
          {"member down, no other",
           {},
           {openWeb(), web(kAck).hits(), change(nobody),
            dropped(DropReason::kNoMember, kWeb4, toWeb(kAck))
                .misses()
                .found()
                .at(kNat4)
                .leaves(FlowState::kEstablished)}},
          {"member down, other beyond the connection limit",
           {},
           {openWeb(), change(down),
            change([](DataPlaneSetup& s) { s.virtuals[kWeb4].connection_limit = 1; }),
            dropped(DropReason::kVirtualConnectionLimit, kWeb4, toWeb(kAck))
                .misses()
                .found()
                .at(kNat4)
                .leaves(FlowState::kHalfOpen)}},
          {"member down, FIN ends the connection",
           {},
           {openWeb(), change(down),
            dropped(DropReason::kMemberDown, kWeb4, toWeb(kFin | kAck))
                .at(kNat4)
                .hits()
                .closes(CloseCause::kMemberDown)
                .leaves(FlowState::kFree)}},
          {"member down, RST ends the connection",
           {},
           {openWeb(), change(down),
            dropped(DropReason::kMemberDown, kWeb4, toWeb(kRst))
                .at(kNat4)
                .hits()
                .closes(CloseCause::kMemberDown)
                .leaves(FlowState::kFree)}},
          {"member down, its own packets pass",
           {drop},
           {openWeb(), change(down), webBack(kSyn | kAck),
            webBack(kFin | kAck).leaves(FlowState::kClosingServer)}},
          {"member down, ICMP error of the client",
           {},
           {openWeb(), change(down),
            dropped(DropReason::kMemberDown, kWeb4,
                    icmpError(kRouter, endOf(kWeb4).address, 3, tcp(endOf(kWeb4), kAlice)))
                .at(kNat4)
                .hits()
                .leaves(FlowState::kHalfOpen)}},
          {"member down, drop, ICMP error of the client",
           {drop},
           {openWeb(), change(down),
            dropped(DropReason::kMemberDown, kWeb4,
                    icmpError(kRouter, endOf(kWeb4).address, 3, tcp(endOf(kWeb4), kAlice)))
                .at(kNat4)
                .hits()
                .leaves(FlowState::kHalfOpen)}},
          {"member down, UDP selects another",
           {},
           {openDns(), change(memberDown(kKeep4, kDns4, {kSpare4})),
            nat(toDns(), kDns4, kSpare4).opens().closes(CloseCause::kMemberDown, kDns4, kKeep4)}},
          {"member down, DSR selects another",
           {},
           {openDsr(), change(memberDown(kDirect4, kDsr4, {kSpare4})),
            dsr(toDsr(), kDsr4, kSpare4).opens().closes(CloseCause::kMemberDown, kDsr4, kDirect4)}},
          {"drained member keeps its connections and gets no new ones",
           {},
           {openWeb(), change([](DataPlaneSetup& s) { s.members[kNat4].accept_new = false; }),
            web(kAck).hits(), webBack(kAck),
            dropped(DropReason::kNoMember, kWeb4, tcp(kBob, endOf(kWeb4), kSyn)).misses()}},
          {"a ring that changes leaves connections alone",
           {},
           {openWeb(), change(useMember(kWeb4, {kSpare4})), web(kAck).hits(),
            nat(tcp(kBob, endOf(kWeb4), kSyn), kWeb4, kSpare4).opens()}},
      });
}

}  // namespace

void addFlowRows(Table& table) {
  addStateRows(table);
  addTimeoutRows(table);
  addMissRows(table);
  addMemberDownRows(table);
}

}  // namespace sluice::testing
