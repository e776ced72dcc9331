// SPDX-License-Identifier: Apache-2.0
// Section 6, the connection rate of section 7 and the punt rate of section 10.
//
// Rates are in 2^-24 tokens per 1.024 us: kTrickle fills nothing within a row, kPerMs one token in
// 1.024 ms.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

constexpr uint64_t kTrickle = 1, kPerMs = (1 << 24) / 1000;
constexpr uint64_t kFewTokensNs = 2'500'000;  // two tokens at kPerMs

Change packetRate(uint16_t id, uint64_t rate, uint32_t burst) {
  return [=](DataPlaneSetup& s) {
    s.virtual_policers[id].packet_rate = rate;
    s.virtual_policers[id].packet_burst = burst;
  };
}
Change byteRate(uint16_t id, uint64_t rate, uint32_t burst) {
  return [=](DataPlaneSetup& s) {
    s.virtual_policers[id].byte_rate = rate;
    s.virtual_policers[id].byte_burst = burst;
  };
}
Change connectionRate(uint16_t id, uint64_t rate, uint32_t burst) {
  return [=](DataPlaneSetup& s) { s.connection_policers[id] = {rate, burst}; };
}
Change sourceRate(uint64_t rate, uint32_t burst) {
  return [=](DataPlaneSetup& s) { s.source_rate = rate, s.source_burst = burst; };
}
Change aclRate(uint64_t rate, uint32_t burst) {
  return [=](DataPlaneSetup& s) {
    s.acl_enable = true;
    s.acl = {{.action = regs::AclAction::kDeny, .protocol = 200},
             {.action = regs::AclAction::kPolice, .protocol = kProtoUdp}};
    s.acl_policers[1] = {rate, burst};
  };
}
Change puntRate(PuntCause cause, uint64_t rate, uint32_t burst) {
  return [=](DataPlaneSetup& s) { s.punt_policers[static_cast<size_t>(cause)] = {rate, burst}; };
}

Step dropDsr(DropReason reason) { return in(kClients, toDsr()).via(kDsr4).drop(reason); }
Step again() { return dsr(toDsr(), kDsr4, kDirect4).hits(); }
Packet bobs() { return udp(kBob, dsrPort(9)); }
Packet of(size_t frame) { return toDsr().payload(frame - 42); }
Step sized(size_t frame) { return dsr(of(frame), kDsr4, kDirect4).hits(); }
Step tooLong(size_t frame) {
  return in(kClients, of(frame)).via(kDsr4).drop(DropReason::kVirtualBitRate);
}

void addRateRows(Table& table) {
  table.insert(table.end(),
               {
                   {"ACL police",
                    {aclRate(kTrickle, 2)},
                    {openDsr().rule(1), again().rule(1), dropDsr(DropReason::kAclPolice).rule(1)}},
                   {"ACL police fills up again",
                    {aclRate(kPerMs, 2)},
                    {openDsr().rule(1), again().rule(1), dropDsr(DropReason::kAclPolice).rule(1),
                     waitNs(kFewTokensNs), again().rule(1), again().rule(1),
                     dropDsr(DropReason::kAclPolice).rule(1)}},
                   {"ACL police leaves other packets alone",
                    {aclRate(kTrickle, 1)},
                    {openDsr().rule(1), dropDsr(DropReason::kAclPolice).rule(1), openWeb()}},
                   {"ACL police only charges packets to virtuals",
                    {aclRate(kTrickle, 1)},
                    {in(kClients, udp(kAlice, {"203.0.113.77", 9}))
                         .rule(1)
                         .back()
                         .misses()
                         .drop(DropReason::kNoVirtual),
                     openDsr().rule(1), dropDsr(DropReason::kAclPolice).rule(1)}},
                   {"source rate",
                    {sourceRate(kTrickle, 2)},
                    {openDsr(), again(), dropDsr(DropReason::kSourceRate),
                     dsr(bobs(), kDsr4, kDirect4).opens()}},
                   {"source rate counts all ports and virtuals",
                    {sourceRate(kTrickle, 2)},
                    {openDsr(), openWeb(),
                     in(kClients, udp({kAlice.address, 5}, dsrPort(10)))
                         .via(kDsr4)
                         .drop(DropReason::kSourceRate)}},
                   {"source rate fills up again",
                    {sourceRate(kPerMs, 1)},
                    {openDsr(), dropDsr(DropReason::kSourceRate), waitNs(kFewTokensNs), again(),
                     dropDsr(DropReason::kSourceRate)}},
                   {"source rate beyond 32 bits",
                    {sourceRate(uint64_t{1} << 32, 1)},
                    {openDsr(), again(), again()}},
                   {"source rate does not ask members",
                    {sourceRate(kTrickle, 1)},
                    {openWeb(), webBack(kSyn | kAck), webBack(kAck)}},
                   {"packet rate",
                    {packetRate(kDsr4, kTrickle, 3)},
                    {openDsr(), again(), again(), dropDsr(DropReason::kVirtualPacketRate)}},
                   {"packet rate of another virtual",
                    {packetRate(kDsr4, kTrickle, 1)},
                    {openDsr(), dropDsr(DropReason::kVirtualPacketRate), openWeb()}},
                   {"packet rate fills up again",
                    {packetRate(kDsr4, kPerMs, 1)},
                    {openDsr(), dropDsr(DropReason::kVirtualPacketRate), waitNs(kFewTokensNs),
                     again(), dropDsr(DropReason::kVirtualPacketRate)}},
                   {"packet rate with burst 0",
                    {packetRate(kDsr4, kPerMs, 0)},
                    {dropDsr(DropReason::kVirtualPacketRate)}},
                   {"packet rate 0 is off, whatever the burst",
                    {packetRate(kDsr4, 0, 1)},
                    {openDsr(), again(), again()}},
                   {"byte rate",
                    {byteRate(kDsr4, kTrickle, 48 + 100)},
                    {openDsr(), tooLong(101), sized(100), tooLong(60)}},
                   {"byte rate fills up again",
                    {byteRate(kDsr4, 60 * kPerMs, 100)},
                    {openDsr(), tooLong(100), waitNs(kFewTokensNs), sized(100), tooLong(60)}},
                   {"byte rate counts padding",
                    {byteRate(kDsr4, kTrickle, 100)},
                    {in(kClients, toDsr().pad(101)).via(kDsr4).drop(DropReason::kVirtualBitRate),
                     openDsr()}},
                   {"reverse packets are not policed",
                    {packetRate(kWeb4, kTrickle, 1), byteRate(kWeb4, kTrickle, 100)},
                    {openWeb(), webBack(kSyn | kAck), webBack(kAck)}},
               });
}

void addOrderRows(Table& table) {
  table.insert(
      table.end(),
      {
          {"packet rate goes before byte rate",
           {packetRate(kDsr4, kTrickle, 1), byteRate(kDsr4, kTrickle, 48)},
           {openDsr(), dropDsr(DropReason::kVirtualPacketRate)}},
          {"byte rate fails, packet bucket is not charged",
           {packetRate(kDsr4, kTrickle, 2), byteRate(kDsr4, kTrickle, 96)},
           {openDsr(), tooLong(60), again(), dropDsr(DropReason::kVirtualPacketRate)}},
          {"packet rate fails, byte bucket is not charged",
           {packetRate(kDsr4, kTrickle, 1), byteRate(kDsr4, kTrickle, 96)},
           {openDsr(), dropDsr(DropReason::kVirtualPacketRate), change(packetRate(kDsr4, 0, 0)),
            again(), tooLong(48)}},
          {"source rate fails, the virtual's bucket is not charged",
           {sourceRate(kTrickle, 1), packetRate(kDsr4, kTrickle, 2)},
           {openDsr(), dropDsr(DropReason::kSourceRate), dsr(bobs(), kDsr4, kDirect4).opens(),
            in(kClients, udp({"198.51.100.9", 1}, dsrPort(9)))
                .via(kDsr4)
                .drop(DropReason::kVirtualPacketRate)}},
          {"ACL police goes before the source's bucket",
           {aclRate(kTrickle, 1), sourceRate(kTrickle, 2)},
           {openDsr().rule(1), dropDsr(DropReason::kAclPolice).rule(1),
            change([](DataPlaneSetup& s) { s.acl_enable = false; }), again(),
            dropDsr(DropReason::kSourceRate)}},
          {"police goes before the connection table",
           {packetRate(kWeb4, kTrickle, 1)},
           {openWeb(),
            in(kClients, tcp(kAlice, endOf(kWeb4), kRst))
                .via(kWeb4)
                .drop(DropReason::kVirtualPacketRate),
            webBack(kAck)}},
          {"a punt by the virtual is not policed",
           {packetRate(kLocal4, kTrickle, 0)},
           {in(kClients, tcp(kAlice, endOf(kLocal4), kAck)).via(kLocal4).punt(PuntCause::kLocal)}},
      });
}

void addConnectionRows(Table& table) {
  const auto openDsrPort = [](uint16_t port) {
    return dsr(udp(kAlice, dsrPort(port)), kDsr4, kDirect4).opens();
  };
  const auto refused = [](uint16_t port) {
    return in(kClients, udp(kAlice, dsrPort(port)))
        .via(kDsr4)
        .at(kDirect4)
        .misses()
        .drop(DropReason::kVirtualConnectionRate);
  };
  table.insert(
      table.end(),
      {
          {"connection rate",
           {connectionRate(kDsr4, kTrickle, 2)},
           {openDsrPort(1), openDsrPort(2), refused(3)}},
          {"connection rate lets connections go on",
           {connectionRate(kDsr4, kTrickle, 1)},
           {openDsr(), refused(3), again(), again()}},
          {"connection rate fills up again",
           {connectionRate(kDsr4, kPerMs, 1)},
           {openDsrPort(1), refused(2), waitNs(kFewTokensNs), openDsrPort(2)}},
          {"connection rate is not asked without a member",
           {connectionRate(kDsr4, kTrickle, 1)},
           {change(useMember(kDsr4, {})),
            in(kClients, udp(kAlice, dsrPort(1))).via(kDsr4).misses().drop(DropReason::kNoMember),
            change(useMember(kDsr4, {kDirect4})), openDsrPort(1), refused(2)}},
      });
}

void addPuntRows(Table& table) {
  const auto arpIn = in(kClients, arp());
  const Packet last_hop = toDsr().ttl(1);
  table.insert(
      table.end(),
      {
          {"punt rate",
           {puntRate(PuntCause::kArp, kTrickle, 2)},
           {arpIn.punt(PuntCause::kArp), arpIn.punt(PuntCause::kArp),
            arpIn.drop(DropReason::kCpuRate)}},
          {"punt rate of another cause",
           {puntRate(PuntCause::kArp, kTrickle, 0)},
           {arpIn.drop(DropReason::kCpuRate),
            in(kClients, udp(kAlice, {"224.0.0.1", 1})).punt(PuntCause::kMulticast)}},
          {"punt rate fills up again",
           {puntRate(PuntCause::kArp, kPerMs, 1)},
           {arpIn.punt(PuntCause::kArp), arpIn.drop(DropReason::kCpuRate), waitNs(kFewTokensNs),
            arpIn.punt(PuntCause::kArp)}},
          {"punt rate keeps what is known of the packet",
           {puntRate(PuntCause::kTtl, kTrickle, 1)},
           {in(kClients, last_hop).via(kDsr4).at(kDirect4).opens().punt(PuntCause::kTtl),
            in(kClients, last_hop).via(kDsr4).at(kDirect4).hits().drop(DropReason::kCpuRate)}},
          {"punt rate of a local virtual",
           {puntRate(PuntCause::kLocal, kTrickle, 0)},
           {in(kClients, tcp(kAlice, endOf(kLocal4), kAck))
                .via(kLocal4)
                .drop(DropReason::kCpuRate)}},
      });
}

}  // namespace

void addPoliceRows(Table& table) {
  addRateRows(table);
  addOrderRows(table);
  addConnectionRows(table);
  addPuntRows(table);
}

}  // namespace sluice::testing
