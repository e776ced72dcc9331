// SPDX-License-Identifier: Apache-2.0
// Section 8: which member a new connection gets.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

using regs::Affinity;
using regs::Algorithm;

Step refused(DropReason reason, uint16_t port = 9) {
  return in(kClients, udp(kAlice, dsrPort(port))).via(kDsr4).misses().drop(reason);
}
Step opens(MemberId member, uint16_t port = 9) {
  return dsr(udp(kAlice, dsrPort(port)), kDsr4, member).opens();
}

Change limit(uint16_t member, uint32_t connections) {
  return [=](DataPlaneSetup& s) { s.members[member].connection_limit = connections; };
}
Change weight(uint16_t member, uint8_t value) {
  return [=](DataPlaneSetup& s) { s.members[member].weight = value; };
}
Change drained(uint16_t member) {
  return [=](DataPlaneSetup& s) { s.members[member].accept_new = false; };
}
Change affinity(Affinity value) {
  return [=](DataPlaneSetup& s) { s.virtuals[kDsr4].affinity = value; };
}

// The two candidates of a pool by the hash the page gives, by ring slot.
std::pair<uint32_t, uint32_t> slots(uint64_t hash, uint32_t ring_size) {
  return {static_cast<uint32_t>((hash & 0xffffffff) * ring_size >> 32),
          static_cast<uint32_t>((hash >> 32) * ring_size >> 32)};
}

// A destination port whose two candidates in a ring of two are slot `first` and the other one.
uint16_t portWithSlots(uint32_t first, uint16_t from = 1000) {
  for (uint16_t port = from;; ++port) {
    const auto [a, b] = slots(tupleHash(kDefaultHashKey, kAlice, dsrPort(port)), 2);
    if (a == first && b != first) return port;
  }
}

// A ring of `size` slots, all kDirect4 but the one that the hash says, which is kSpare4.
Change onlySlot(uint64_t hash, uint32_t size) {
  std::vector<uint16_t> ring(size, kDirect4);
  ring[slots(hash, size).first] = kSpare4;
  return useMember(kDsr4, ring);
}

void addHashRows(Table& table) {
  const HashKey key = kDefaultHashKey;
  const uint64_t tuple = tupleHash(key, kAlice, dsrPort(9));
  const auto wrap = [](DataPlaneSetup& s) {
    s.pools[kDsr4] = {regs::RingRow::kRows - 1, 2, Algorithm::kMaglev};
    s.ring[regs::RingRow::kRows - 1] = kDirect4;
    s.ring[0] = kSpare4;
  };
  table.insert(
      table.end(),
      {
          {"affinity tuple", {onlySlot(tuple, 61)}, {opens(kSpare4)}},
          {"affinity source",
           {affinity(Affinity::kSource), onlySlot(hash64(key, kAlice.address, 0), 61)},
           {opens(kSpare4), opens(kSpare4, 10),
            dsr(udp({kAlice.address, 7}, dsrPort(9)), kDsr4, kSpare4).opens()}},
          {"affinity source, fragments",
           {affinity(Affinity::kSource), onlySlot(hash64(key, kAlice.address, 0), 61),
            [](DataPlaneSetup& s) {
              s.fragments = regs::FragmentAction::kForward;
              s.virtuals[kDsr4].fragments = true;
            }},
           {opens(kSpare4), dsr(toDsr().fragment(0, true), kDsr4, kSpare4).opens(),
            dsr(toDsr().fragment(9, false), kDsr4, kSpare4).hits()}},
          {"affinity source and port",
           {affinity(Affinity::kSourcePort), onlySlot(hash64(key, kAlice), 61)},
           {opens(kSpare4), opens(kSpare4, 10)}},
          {"affinity tuple, IPv6",
           {[=](DataPlaneSetup& s) {
             std::vector<uint16_t> ring(61, kDirect6);
             ring[slots(tupleHash(key, kAlice6, {endOf(kDsr6).address, 9}), 61).first] = kSpare6;
             s.addPool(kDsr6, ring);
           }},
           {dsr(udp(kAlice6, {endOf(kDsr6).address, 9}), kDsr6, kSpare6).opens()}},
          {"affinity source, IPv6",
           {[=](DataPlaneSetup& s) {
             std::vector<uint16_t> ring(61, kDirect6);
             ring[slots(hash64(key, kAlice6.address, 0), 61).first] = kSpare6;
             s.addPool(kDsr6, ring);
             s.virtuals[kDsr6].affinity = Affinity::kSource;
           }},
           {dsr(udp(kAlice6, {endOf(kDsr6).address, 9}), kDsr6, kSpare6).opens()}},
          {"another hash key",
           {[](DataPlaneSetup& s) {
             s = standardSetup();
             s.hash_key = {1, 2, 3};
             for (auto& [id, member] : s.members) {
               Ip ip;
               ip.v6 = member.is_v6;
               ip.bytes = member.address;
               member.digest = hashTop24(hash64(s.hash_key, ip, 0));
             }
             std::vector<uint16_t> ring(61, kDirect4);
             ring[slots(tupleHash(s.hash_key, kAlice, dsrPort(9)), 61).first] = kSpare4;
             s.addPool(kDsr4, ring);
           }},
           {opens(kSpare4), openWeb(), webBack(kSyn | kAck)}},
          {"ring slots wrap",
           {wrap},
           {opens(kDirect4, portWithSlots(0)), opens(kSpare4, portWithSlots(1))}},
          {"second candidate where the first is drained",
           {useMember(kDsr4, {kDirect4, kSpare4}), drained(kDirect4)},
           {opens(kSpare4, portWithSlots(0)), opens(kSpare4, portWithSlots(1))}},
          {"second candidate where the first slot is empty",
           {useMember(kDsr4, {0, kSpare4})},
           {opens(kSpare4, portWithSlots(0))}},
          {"first candidate where the second slot is empty",
           {useMember(kDsr4, {0, kSpare4}, Algorithm::kLeast)},
           {opens(kSpare4, portWithSlots(1))}},
          {"a pool of the other bank",
           {},
           {opens(kDirect4, 1), flip(useMember(kDsr4, {kSpare4})), opens(kSpare4, 2)}},
      });
}

void addLimitRows(Table& table) {
  table.insert(
      table.end(),
      {
          {"no pool members",
           {},
           {in(kClients, tcp(kAlice, endOf(kNoMember4), kSyn))
                .via(kNoMember4)
                .misses()
                .drop(DropReason::kNoMember)}},
          {"empty ring slots", {useMember(kDsr4, {0, 0})}, {refused(DropReason::kNoMember)}},
          {"all members drained",
           {useMember(kDsr4, {kDirect4, kSpare4}), drained(kDirect4), drained(kSpare4)},
           {refused(DropReason::kNoMember)}},
          {"member connection limit",
           {limit(kDirect4, 2)},
           {opens(kDirect4, 1), opens(kDirect4, 2),
            refused(DropReason::kMemberConnectionLimit, 3)}},
          {"member connection limit, room again",
           {limit(kNat4, 1)},
           {openWeb(),
            in(kClients, tcp(kBob, endOf(kWeb4), kSyn))
                .via(kWeb4)
                .misses()
                .drop(DropReason::kMemberConnectionLimit),
            web(kRst).hits().closes(CloseCause::kReset),
            nat(tcp(kBob, endOf(kWeb4), kSyn), kWeb4, kNat4).opens()}},
          {"member connection limit counts all virtuals",
           {limit(kNat4, 1)},
           {openWeb(), in(kClients, tcp(kBob, endOf(kWebAlt4), kSyn))
                           .via(kWebAlt4)
                           .misses()
                           .drop(DropReason::kMemberConnectionLimit)}},
          {"member connection limit counts expired entries",
           {limit(kDirect4, 1)},
           {opens(kDirect4, 1), waitTicks(timeout(0, kTimerOneWay)),
            refused(DropReason::kMemberConnectionLimit, 2)}},
          {"member connection limit, other member",
           {useMember(kDsr4, {kDirect4, kSpare4}), limit(kDirect4, 1)},
           {opens(kDirect4, portWithSlots(0)), opens(kSpare4, portWithSlots(0, 5000)),
            opens(kSpare4, portWithSlots(1))}},
          {"one at its limit, one drained",
           {useMember(kDsr4, {kDirect4, kSpare4}), limit(kDirect4, 1), drained(kSpare4)},
           {opens(kDirect4, portWithSlots(0)),
            refused(DropReason::kMemberConnectionLimit, portWithSlots(1))}},
          {"member at its limit, reuse in place",
           {limit(kNat4, 1)},
           {openWeb(), web(kFin | kAck).hits(),
            in(kClients, tcp(kAlice, endOf(kWeb4), kSyn))
                .via(kWeb4)
                .misses()
                .found()
                .at(kNat4)
                .drop(DropReason::kMemberConnectionLimit),
            web(kAck).hits()}},
          {"virtual connection limit",
           {[](DataPlaneSetup& s) { s.virtuals[kDsr4].connection_limit = 2; }},
           {opens(kDirect4, 1), opens(kDirect4, 2),
            refused(DropReason::kVirtualConnectionLimit, 3)}},
          {"virtual connection limit goes before the member's",
           {[](DataPlaneSetup& s) { s.virtuals[kDsr4].connection_limit = 1; }, limit(kDirect4, 1)},
           {opens(kDirect4, 1), refused(DropReason::kVirtualConnectionLimit, 2)}},
          {"virtual connection limit leaves connections alone",
           {[](DataPlaneSetup& s) { s.virtuals[kDsr4].connection_limit = 1; }},
           {opens(kDirect4), dsr(toDsr(), kDsr4, kDirect4).hits()}},
      });
}

void addLeastRows(Table& table) {
  const Change two = useMember(kDsr4, {kDirect4, kSpare4}, Algorithm::kLeast);
  const uint16_t a = portWithSlots(0), a2 = portWithSlots(0, 5000), a3 = portWithSlots(0, 9000),
                 b = portWithSlots(1);
  table.insert(
      table.end(),
      {
          {"least, equal loads: the first candidate", {two}, {opens(kDirect4, a)}},
          {"least, equal loads: the first candidate, other slot", {two}, {opens(kSpare4, b)}},
          {"least, the emptier member",
           {two},
           {opens(kDirect4, a), opens(kSpare4, a2), opens(kDirect4, a3)}},
          {"least, by weight",
           {two, weight(kDirect4, 3)},
           {opens(kDirect4, a), opens(kSpare4, a2), opens(kDirect4, a3)}},
          {"least, by weight, equal again",
           {two, weight(kDirect4, 2)},
           {opens(kDirect4, a), opens(kSpare4, b), opens(kDirect4, a2), opens(kDirect4, a3)}},
          {"least, only one able",
           {two, drained(kDirect4)},
           {opens(kSpare4, a), opens(kSpare4, a2)}},
          {"least, one at its limit",
           {two, limit(kSpare4, 1), weight(kSpare4, 255)},
           {opens(kSpare4, b), opens(kDirect4, a), opens(kDirect4, a2)}},
      });
}

}  // namespace

void addDispatchRows(Table& table) {
  addHashRows(table);
  addLimitRows(table);
  addLeastRows(table);
}

}  // namespace sluice::testing
