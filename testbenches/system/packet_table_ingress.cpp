// SPDX-License-Identifier: Apache-2.0
// Section 2 (ingress), section 3's direct frames, MAC filter and layer 2.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

Change frames(uint32_t min, uint32_t max) {
  return [=](DataPlaneSetup& s) { s.min_frame = min, s.max_frame = max; };
}

Step direct(uint8_t egress, Packet packet) {
  const Step step = in(kCpu, packet).direct(egress);
  return egress < kDark ? step.to(egress, packet) : step.drop(DropReason::kPortDown);
}

// A packet that fits a port with the MAC filter, forwarded by kDsr4.
Step narrow(const Mac& destination) {
  const Packet packet = toDsr().mac(destination);
  return in(kNarrow, packet)
      .via(kDsr4)
      .at(kDirect4)
      .opens()
      .to(kServers, packet.hop(linkTo(kToServers)));
}

void addFrameRows(Table& table) {
  const Packet plain = toDsr().pad(100);
  table.insert(
      table.end(),
      {
          {"ingress drops a runt", {}, {in(kClients, toDsr().cut(13)).drop(DropReason::kRunt)}},
          {"ingress drops a frame one byte under the minimum",
           {frames(60, 9216)},
           {in(kClients, toDsr().pad(59)).drop(DropReason::kRunt)}},
          {"ingress takes a frame of the minimum",
           {frames(60, 9216)},
           {dsr(toDsr().pad(60), kDsr4, kDirect4).opens()}},
          {"ingress takes the shortest frame there is",
           {},
           {in(kClients, toDsr().ethertype(0x9000).cut(14)).drop(DropReason::kUnknownEthertype)}},
          {"ingress drops an oversize frame",
           {},
           {in(kClients, toDsr().pad(9217)).drop(DropReason::kOversize)}},
          {"ingress takes a frame of the maximum, which is only padding",
           {},
           {dsr(toDsr().pad(9216), kDsr4, kDirect4).opens()}},
          {"ingress drops by a smaller maximum",
           {frames(14, 99)},
           {in(kClients, plain).drop(DropReason::kOversize)}},
          {"ingress drops a damaged frame",
           {},
           {in(kClients, toDsr()).damaged().drop(DropReason::kIngressError)}},
          {"ingress says damaged before runt",
           {},
           {in(kClients, toDsr().cut(13)).damaged().drop(DropReason::kIngressError)}},
          {"ingress says damaged before oversize",
           {},
           {in(kClients, toDsr().pad(9300)).damaged().drop(DropReason::kIngressError)}},
          {"ingress drops a runt from the CPU port",
           {},
           {in(kCpu, toDsr().cut(13)).direct(0).drop(DropReason::kRunt)}},
      });
}

void addDirectRows(Table& table) {
  table.insert(
      table.end(),
      {
          {"direct frame leaves by port 0", {}, {direct(0, arp())}},
          {"direct frame leaves by port 1 unparsed", {}, {direct(1, toDsr().ttl(0).version(9))}},
          {"direct frame leaves by port 2 beyond its MTU", {}, {direct(2, toDsr().payload(1200))}},
          {"direct frame keeps its padding and tags",
           {},
           {direct(0, toDsr().vlan(7).vlan(8).vlan(9).pad(120, 0x5a))}},
          {"direct frame to a port that is down", {}, {direct(3, arp())}},
          {"direct frame to the CPU port", {}, {direct(4, arp())}},
          {"direct frame to port 5", {}, {direct(5, arp())}},
          {"direct frame to port 6", {}, {direct(6, arp())}},
          {"frame from the CPU port through the pipeline",
           {},
           {in(kCpu, toDsr())
                .via(kDsr4)
                .at(kDirect4)
                .opens()
                .to(kServers, toDsr().hop(linkTo(kToServers)))}},
          {"cpu_dest of a frame from a front port means nothing", {}, {openDsr().direct(0)}},
          {"direct frame is not asked for by the ACL",
           {[](DataPlaneSetup& s) {
             s.acl_enable = true;
             s.acl = {{.action = regs::AclAction::kDeny}};
           }},
           {direct(0, toDsr())}},
      });
}

void addMacRows(Table& table) {
  table.insert(
      table.end(),
      {
          {"MAC filter passes the own MAC", {}, {narrow(kNarrowMac)}},
          {"MAC filter drops another unicast MAC",
           {},
           {in(kNarrow, toDsr().mac({0x02, 0, 0, 0, 0x51, 3})).drop(DropReason::kNotOurMac)}},
          {"MAC filter compares the first byte too",
           {},
           {in(kNarrow, toDsr().mac({0x06, 0, 0, 0, 0x51, 2})).drop(DropReason::kNotOurMac)}},
          {"MAC filter passes group MACs", {}, {narrow({0x01, 0, 0x5e, 0, 0, 1})}},
          {"MAC filter passes broadcast", {}, {narrow({255, 255, 255, 255, 255, 255})}},
          {"MAC filter goes before the VLAN tags",
           {},
           {in(kNarrow, toDsr().vlan(1).vlan(2).vlan(3)).drop(DropReason::kNotOurMac)}},
          {"no MAC filter, any unicast MAC",
           {},
           {dsr(toDsr().mac({0x06, 1, 2, 3, 4, 5}), kDsr4, kDirect4).opens()}},
      });
}

void addVlanRows(Table& table) {
  const auto tagged = [](Packet packet) { return dsr(packet, kDsr4, kDirect4).opens(); };
  const auto shallow = [](Packet packet) {
    return in(kClients, std::move(packet)).drop(DropReason::kVlanDepth);
  };
  table.insert(
      table.end(),
      {
          {"one tag", {}, {tagged(toDsr().vlan(100))}},
          {"one service tag", {}, {tagged(toDsr().vlan(100, 0x88a8))}},
          {"two tags", {}, {tagged(toDsr().vlan(100, 0x88a8).vlan(200))}},
          {"two tags of the same kind, priorities set",
           {},
           {tagged(toDsr().vlan(0xe064).vlan(0xf0c8))}},
          {"three tags", {}, {shallow(toDsr().vlan(1).vlan(2).vlan(3))}},
          {"frame ends before the tag", {}, {shallow(toDsr().vlan(1).cut(14))}},
          {"frame ends inside the tag", {}, {shallow(toDsr().vlan(1).cut(17))}},
          {"frame ends after the tag",
           {},
           {in(kClients, toDsr().vlan(1).cut(18)).drop(DropReason::kIpv4Header)}},
          {"frame ends inside the second tag", {}, {shallow(toDsr().vlan(1).vlan(2).cut(21))}},
          {"ARP", {}, {in(kClients, arp()).punt(PuntCause::kArp)}},
          {"ARP with two tags", {}, {in(kServers, arp().vlan(5).vlan(6)).punt(PuntCause::kArp)}},
          {"ARP without a body", {}, {in(kClients, arp().cut(14)).punt(PuntCause::kArp)}},
          {"unknown ethertype",
           {},
           {in(kClients, ethernet(0x8137, 60)).drop(DropReason::kUnknownEthertype)}},
          {"LLC length instead of an ethertype",
           {},
           {in(kClients, ethernet(46, 46)).drop(DropReason::kUnknownEthertype)}},
          {"unknown ethertype behind a tag",
           {},
           {in(kClients, ethernet(0x8847, 60).vlan(9)).drop(DropReason::kUnknownEthertype)}},
          {"untagged in, tagged out", {}, {nat(udp(kAlice, endOf(kDns4)), kDns4, kKeep4).opens()}},
          {"tagged in, tagged out",
           {},
           {nat(udp(kAlice, endOf(kDns4)).vlan(77), kDns4, kKeep4).opens()}},
          {"two tags in, tagged out",
           {},
           {nat(udp(kAlice, endOf(kDns4)).vlan(77).vlan(78), kDns4, kKeep4).opens()}},
          {"tagged in, untagged out",
           {},
           {nat(tcp(kAlice, endOf(kWeb4), kSyn).vlan(77), kWeb4, kNat4).opens()}},
      });
}

}  // namespace

void addIngressRows(Table& table) {
  addFrameRows(table);
  addDirectRows(table);
  addMacRows(table);
  addVlanRows(table);
}

}  // namespace sluice::testing
