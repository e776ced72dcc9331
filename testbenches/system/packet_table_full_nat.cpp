// SPDX-License-Identifier: Apache-2.0
// Mode fullnat: sections 7 and 9. Ports are handed out in the order of connections, so that each
// row begins with a data plane that has had none.
#include "testbenches/system/row_parts.h"

namespace sluice::testing {
namespace {

MemberId memberOf(VirtualId id) {
  return id == kFull4 ? kNat4 : id == kFull6 ? kNat6 : id == kFullDns4 ? kKeep4 : kKeep6;
}

// What the member's port of a connection is.
End serverOf(VirtualId id) {
  End end = endOf(memberOf(id));
  if (end.port == 0) end.port = endOf(id).port;
  return end;
}

class FullNatRows {
 public:
  explicit FullNatRows(const SourceBase& base) : base_(base) {}

  Table all() const {
    Table table;
    addConnectionRows(table);
    addPortRows(table);
    addErrorRows(table);
    return table;
  }

 private:
  // The source of the row's nth connection.
  End source(bool v6, uint16_t nth = 0) const {
    return {v6 ? kSource6 : kSource4,
            static_cast<uint16_t>(0xc000 + (v6 ? base_.v6 : base_.v4) + nth)};
  }

  // A client's packet, and how it reaches the member: from the nth source.
  Step there(const Packet& packet, VirtualId id, uint16_t nth) const {
    const NeighborId neighbor = neighborOf(memberOf(id));
    Packet out = packet;
    out.source(source(packet.v6(), nth)).destination(serverOf(id));
    return in(kClients, packet)
        .via(id)
        .at(memberOf(id))
        .to(portOf(neighbor), out.hop(linkTo(neighbor)));
  }

  // A member's packet to the nth source, and how it reaches the client.
  static Step back(const Packet& packet, VirtualId id, const End& client) {
    const NeighborId neighbor = clientNeighborOf(id);
    Packet out = packet;
    out.source(endOf(id)).destination(client);
    return in(kServers, packet)
        .back()
        .via(id)
        .at(memberOf(id))
        .hits()
        .to(portOf(neighbor), out.hop(linkTo(neighbor)));
  }

  static Packet request(uint8_t flags, const End& client = kAlice, VirtualId id = kFull4) {
    return tcp(client, endOf(id), flags);
  }
  Packet reply(uint8_t flags, uint16_t nth = 0, VirtualId id = kFull4) const {
    return tcp(serverOf(id), source(id == kFull6, nth), flags);
  }
  Step opens(uint16_t nth = 0, const End& client = kAlice) const {
    return there(request(kSyn, client), kFull4, nth).opens();
  }
  static Step noAnswer(const Packet& packet) {
    return in(kServers, packet).back().misses().drop(DropReason::kNoVirtual);
  }

  void addConnectionRows(Table& table) const {
    const End other_member{"10.1.0.77", 8080};
    const Packet query = udp(kAlice, endOf(kFullDns4)), query6 = udp(kAlice6, endOf(kFullDns6));
    table.insert(
        table.end(),
        {{"full NAT there and back, TCP",
          {},
          {opens().leaves(FlowState::kHalfOpen), back(reply(kSyn | kAck), kFull4, kAlice),
           there(request(kAck), kFull4, 0).hits().leaves(FlowState::kEstablished),
           back(reply(kAck), kFull4, kAlice),
           there(request(kFin | kAck), kFull4, 0).hits().leaves(FlowState::kClosingClient),
           back(reply(kFin | kAck), kFull4, kAlice).leaves(FlowState::kClosing)}},
         {"full NAT there and back, TCP over IPv6",
          {},
          {there(request(kSyn, kAlice6, kFull6), kFull6, 0).opens(),
           back(reply(kSyn | kAck, 0, kFull6), kFull6, kAlice6),
           there(request(kAck, kAlice6, kFull6), kFull6, 0).hits()}},
         {"full NAT there and back, UDP",
          {},
          {there(query, kFullDns4, 0).opens().leaves(FlowState::kOneWay),
           back(udp(serverOf(kFullDns4), source(false)), kFullDns4, kAlice)
               .leaves(FlowState::kTwoWay),
           there(query, kFullDns4, 0).hits()}},
         {"full NAT there and back, UDP without a checksum",
          {},
          {there(Packet(query).noUdpChecksum(), kFullDns4, 0).opens(),
           back(udp(serverOf(kFullDns4), source(false)).noUdpChecksum(), kFullDns4, kAlice)}},
         {"full NAT there and back, UDP over IPv6",
          {},
          {there(query6, kFullDns6, 0).opens(),
           back(udp(serverOf(kFullDns6), source(true)), kFullDns6, kAlice6)}},
         {"full NAT gives each connection a port of its own",
          {},
          {opens(0), opens(1, kBob), there(query, kFullDns4, 2).opens(),
           back(reply(kSyn | kAck, 1), kFull4, kBob), back(reply(kSyn | kAck, 0), kFull4, kAlice),
           back(udp(serverOf(kFullDns4), source(false, 2)), kFullDns4, kAlice)}},
         {"full NAT does not look at the client's port",
          {},
          {opens(0, {kAlice.address, 0xc000}), opens(1, {kAlice.address, 0xc001}),
           back(reply(kSyn | kAck, 0), kFull4, {kAlice.address, 0xc000})}},
         {"full NAT takes answers of the member alone",
          {},
          {opens(), noAnswer(tcp(other_member, source(false), kSyn | kAck)),
           noAnswer(tcp({serverOf(kFull4).address, 8081}, source(false), kSyn | kAck)),
           noAnswer(udp(serverOf(kFull4), source(false))), noAnswer(reply(kSyn | kAck, 1)),
           noAnswer(tcp(serverOf(kFull4), {kSource4, 0xbfff}, kSyn | kAck)),
           noAnswer(tcp(serverOf(kFull4), {"10.1.0.101", 0xc000}, kSyn | kAck)),
           back(reply(kSyn | kAck), kFull4, kAlice)}},
         {"full NAT does not take what goes to the client itself for an answer",
          {},
          {opens(), noAnswer(tcp(serverOf(kFull4), kAlice, kSyn | kAck))}},
         {"full NAT of an address that is no source any more",
          {},
          {opens(), change([](DataPlaneSetup& s) { s.sources[2].valid = false; }),
           noAnswer(reply(kSyn | kAck))}}});
  }

  void addPortRows(Table& table) const {
    const auto limited = [](DataPlaneSetup& s) { s.virtuals[kFull4].connection_limit = 1; };
    const auto gone = [](DataPlaneSetup& s) {
      s.members[kNat4].accept_new = s.members[kNat4].accept_existing = false;
      s.addPool(kFull4, {kSpare4});
    };
    const Packet moved = request(kAck).hop(linkTo(kToServers));
    const Packet again = Packet(moved).source(source(false, 1)).destination(endOf(kSpare4));
    table.insert(
        table.end(),
        {{"full NAT without a source",
          {[](DataPlaneSetup& s) { s.virtuals[kFull4].snat = 0; }},
          {in(kClients, request(kSyn))
               .via(kFull4)
               .at(kNat4)
               .flow(FlowResult::kUntrackedSnat)
               .drop(DropReason::kSnatExhausted)}},
         {"full NAT, a port that was given back comes after those never used",
          {},
          {opens(0), there(request(kRst), kFull4, 0).hits().closes(CloseCause::kReset),
           noAnswer(reply(kAck)), opens(1), back(reply(kSyn | kAck, 1), kFull4, kAlice)}},
         {"full NAT, the entry reset by the member gives its port back",
          {},
          {opens(0), back(reply(kRst | kAck), kFull4, kAlice).closes(CloseCause::kReset),
           noAnswer(reply(kRst | kAck)), opens(1)}},
         {"full NAT, a connection that is not made takes no port",
          {limited},
          {opens(0),
           in(kClients, request(kSyn, kBob))
               .via(kFull4)
               .misses()
               .drop(DropReason::kVirtualConnectionLimit),
           there(request(kRst), kFull4, 0).hits().closes(CloseCause::kReset), opens(1, kBob)}},
         {"full NAT, a new SYN on a closing connection takes another port",
          {},
          {opens(0), there(request(kFin | kAck), kFull4, 0).hits(),
           opens(1).found().closes(CloseCause::kReuse), noAnswer(reply(kSyn | kAck, 0)),
           back(reply(kSyn | kAck, 1), kFull4, kAlice)}},
         {"full NAT to another member takes another port",
          {},
          {opens(0), change(gone),
           in(kClients, request(kAck))
               .via(kFull4)
               .at(kSpare4)
               .opens()
               .found()
               .closes(CloseCause::kMemberDown, kFull4, kNat4)
               .to(portOf(kToServers), again),
           noAnswer(reply(kAck, 0))}},
         {"full NAT, expired entries give their ports back",
          {},
          {opens(0), waitTicks(timeout(0, kTimerHalfOpen)), noAnswer(reply(kSyn | kAck)),
           scrub(regs::ScrubMode::kExpired, 0, 1, kFull4, kNat4), opens(1)}}});
  }

  // An error of the clients' side about an answer, and of the members' side about a request. Those
  // who get it see the ends that they know.
  Step errorThere(const Ip& from, uint8_t type, VirtualId id, const Packet& about) const {
    const bool v6 = about.v6();
    Packet rewritten = about;
    rewritten.source(serverOf(id)).destination(source(v6));
    if (about.protocol() == kProtoTcp) rewritten.l4Checksum(about.l4Checksum());
    const NeighborId neighbor = neighborOf(memberOf(id));
    const Packet out = icmpError(source(v6).address, serverOf(id).address, type, rewritten);
    return in(kClients, icmpError(from, about.source().address, type, about))
        .via(id)
        .at(memberOf(id))
        .hits()
        .to(portOf(neighbor), out.hop(linkTo(neighbor)));
  }
  static Step errorBack(const Ip& from, uint8_t type, VirtualId id, const Packet& about,
                        const End& client) {
    Packet rewritten = about;
    rewritten.source(client).destination(endOf(id));
    if (about.protocol() == kProtoTcp) rewritten.l4Checksum(about.l4Checksum());
    const NeighborId neighbor = clientNeighborOf(id);
    const Packet out = icmpError(endOf(id).address, client.address, type, rewritten);
    return in(kServers, icmpError(from, about.source().address, type, about))
        .back()
        .via(id)
        .at(memberOf(id))
        .hits()
        .to(portOf(neighbor), out.hop(linkTo(neighbor)));
  }

  void addErrorRows(Table& table) const {
    const Packet query = udp(kAlice, endOf(kFullDns4)), query6 = udp(kAlice6, endOf(kFullDns6));
    const Step open6 = there(request(kSyn, kAlice6, kFull6), kFull6, 0).opens();
    const auto sent = [this](VirtualId id, bool v6) { return udp(source(v6), serverOf(id)); };
    table.insert(
        table.end(),
        {{"full NAT of an ICMP error to the client",
          {},
          {opens(),
           errorBack(kRouterInside, 3, kFull4, tcp(source(false), serverOf(kFull4), kAck), kAlice),
           back(reply(kSyn | kAck), kFull4, kAlice)}},
         {"full NAT of an ICMP error to the member",
          {},
          {opens(), errorThere(kRouter, 3, kFull4, tcp(endOf(kFull4), kAlice, kAck)),
           errorThere(kAlice.address, 11, kFull4, tcp(endOf(kFull4), kAlice, kAck))}},
         {"full NAT of ICMP errors about UDP",
          {},
          {there(query, kFullDns4, 0).opens(),
           errorThere(kRouter, 3, kFullDns4, udp(endOf(kFullDns4), kAlice)),
           errorBack(kRouterInside, 3, kFullDns4, sent(kFullDns4, false), kAlice),
           errorBack(kRouterInside, 3, kFullDns4, sent(kFullDns4, false).noUdpChecksum(), kAlice)}},
         {"full NAT of ICMPv6 errors",
          {},
          {open6, errorThere(kRouter6, 2, kFull6, tcp(endOf(kFull6), kAlice6, kAck)),
           errorBack(kRouterInside6, 2, kFull6, tcp(source(true), serverOf(kFull6), kAck),
                     kAlice6)}},
         {"full NAT of ICMPv6 errors about UDP",
          {},
          {there(query6, kFullDns6, 0).opens(),
           errorThere(kRouter6, 1, kFullDns6, udp(endOf(kFullDns6), kAlice6)),
           errorBack(kRouterInside6, 1, kFullDns6, sent(kFullDns6, true), kAlice6)}}});
  }

  SourceBase base_;
};

}  // namespace

void addFullNatRows(Table& table) {
  Table rows = FullNatRows({}).all();
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].after = [i](const SourceBase& base) { return FullNatRows(base).all()[i].steps; };
    table.push_back(std::move(rows[i]));
  }
}

}  // namespace sluice::testing
