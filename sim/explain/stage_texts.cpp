// SPDX-License-Identifier: Apache-2.0
#include "sim/explain/stage_texts.h"

#include <algorithm>
#include <cstdio>

#include "sim/trace/packet_view.h"

namespace sluice {
namespace {

using regs::DropReason;
using regs::FlowResult;
using regs::L4Kind;
using regs::Verdict;

std::string str(std::string_view text) { return std::string(text); }
std::string num(uint64_t number) { return std::to_string(number); }

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", value);
  return text;
}

Endpoint endpoint(bool v6, const std::array<uint8_t, 16>& address, uint16_t wire_port) {
  return {{v6, address}, portToWire(wire_port)};
}

class Describer {
 public:
  explicit Describer(const StageFacts& facts)
      : f_(facts),
        control_(facts.control),
        o_(facts.outcome),
        preview_(o_.preview),
        classified_(preview_.classified) {}

  std::vector<ExplainedStage> run() {
    if (!parse()) return stages_;
    if (!acl() || !service() || !police() || !connection()) return stages_;
    if (dispatched_ && !dispatch()) return stages_;
    edit();
    return stages_;
  }

 private:
  void add(std::string stage, std::string result, std::string reason) {
    stages_.push_back({std::move(stage), std::move(result), std::move(reason)});
  }
  bool dropped(DropReason reason) const {
    return o_.result.verdict == Verdict::kDrop && o_.result.reason == reason;
  }
  // The stage that decides adds the sentence of the verdict. False.
  bool decides(const std::string& stage, const std::string& because = "") {
    if (o_.result.verdict == Verdict::kPunt || o_.result.reason == DropReason::kCpuRate) {
      const bool rated = o_.result.verdict != Verdict::kPunt;
      add(stage,
          rated ? "drop " + str(name(o_.result.reason)) : "punt " + str(name(o_.result.cause)),
          because.empty() ? str(rated ? doc(o_.result.reason) : doc(o_.result.cause)) : because);
    } else {
      add(stage, "drop " + str(name(o_.result.reason)),
          because.empty() ? str(doc(o_.result.reason)) : because);
    }
    return false;
  }

  bool parse() {
    const regs::Parsed& parsed = preview_.parsed;
    if (parsed.verdict != Verdict::kForward || o_.result.now == 0 ||
        (preview_.flow_slots.empty() && classified_.verdict == Verdict::kForward)) {
      return decides("parse");
    }
    PacketView view;
    std::string what = parsed.is_v6 ? "IPv6" : "IPv4";
    what += " " + str(name(parsed.l4));
    if (parsed.l4 == L4Kind::kTcp) what += " " + tcpFlagsText(parsed.tcp_flags & 0x3f);
    add("parse", what,
        num(f_.frame.size()) + " bytes in on " + interfaceOn(control_, f_.port) +
            ", headers are well formed");
    return true;
  }

  bool acl() {
    if (!classified_.acl_hit) {
      if (!control_.config().acl.empty())
        add("acl", "permit", "no entry of the access list matches");
    } else {
      const AclRule& rule = control_.config().acl[classified_.acl_rule];
      add("acl", str(name(rule.action)), "access-list entry " + num(rule.sequence) + " matches");
    }
    if (dropped(DropReason::kAclDeny) || o_.result.cause == regs::PuntCause::kAcl) {
      stages_.pop_back();
      return decides("acl", "access-list entry " +
                                num(control_.config().acl[classified_.acl_rule].sequence) +
                                " matches");
    }
    return true;
  }

  bool service() {
    if (o_.result.cause == regs::PuntCause::kMulticast) return decides("virtual");
    if (!classified_.has_virtual) {
      add("virtual", "none",
          "no virtual has this destination: it may be an answer of a server to a client");
      return true;
    }
    const std::string name = virtualText(control_, classified_.virtual_id);
    if (classified_.verdict != Verdict::kForward)
      return decides("virtual", "virtual " + name + ": " + verdictDoc());
    const Virtual* service = findByName(control_.config().virtuals, name);
    std::string reason = "mode " + str(regs::name(classified_.mode));
    if (service != nullptr) reason += ", pool " + *service->pool;
    add("virtual", name, reason);
    return true;
  }

  std::string verdictDoc() const {
    return str(o_.result.verdict == Verdict::kPunt ? doc(o_.result.cause) : doc(o_.result.reason));
  }

  bool police() {
    switch (o_.result.verdict == Verdict::kDrop ? o_.result.reason : DropReason::kNone) {
      case DropReason::kAclPolice:
      case DropReason::kSourceRate:
      case DropReason::kVirtualPacketRate:
      case DropReason::kVirtualBitRate:
        return decides("police");
      default:
        break;
    }
    std::string limits;
    const auto limit = [&](bool set, const char* what) {
      if (set) limits += (limits.empty() ? "" : ", ") + str(what);
    };
    if (classified_.direction == regs::Direction::kForward) {
      const Virtual* service =
          findByName(control_.config().virtuals, virtualText(control_, classified_.virtual_id));
      limit(classified_.acl_hit &&
                control_.config().acl[classified_.acl_rule].action == regs::AclAction::kPolice,
            "access list");
      limit(control_.config().limits.source_rate.has_value(), "source-rate");
      limit(service != nullptr && service->packet_rate, "packet rate of the virtual");
      limit(service != nullptr && service->bandwidth, "bandwidth of the virtual");
    }
    if (!limits.empty())
      add("police", "pass", "if these limits are not reached, which cannot be seen: " + limits);
    return true;
  }

  // The live entry of this packet's connection, if there is one.
  const TwinPlane::Slot* entry() const {
    const regs::Tuple& key = preview_.key;
    for (const TwinPlane::Slot& slot : o_.slots) {
      const regs::FlowKeyRow& k = slot.key;
      const auto tick = static_cast<uint32_t>(f_.now_ns >> regs::kAgeTickShift);
      const bool live = ((tick - slot.tag.expires) & 0x800000) != 0;
      if (!live || k.proto != key.proto || k.is_v6 != preview_.parsed.is_v6) continue;
      const bool same = classified_.direction == regs::Direction::kForward
                            ? k.client == key.src && k.client_port == key.sport &&
                                  k.virtual_address == key.dst && k.virtual_port == key.dport
                            : slot.tag.nat && k.client == key.dst && k.client_port == key.dport &&
                                  k.server_port == key.sport;
      if (same) return &slot;
    }
    return nullptr;
  }

  std::string entryText(const TwinPlane::Slot& slot) const {
    const auto tick = static_cast<uint32_t>(f_.now_ns >> regs::kAgeTickShift);
    const uint32_t left = (slot.tag.expires - tick) & 0x7fffff;
    const double tick_seconds = static_cast<double>(uint64_t{1} << regs::kAgeTickShift) * 1e-9;
    const regs::FlowKeyRow& k = slot.key;
    return "slot " + num(slot.number) + ": " +
           endpoint(k.is_v6, k.client, k.client_port).toString() + " > " +
           endpoint(k.is_v6, k.virtual_address, k.virtual_port).toString() + ", state " +
           str(name(slot.tag.state)) + ", member " + memberText(control_, slot.tag.member) +
           ", expires in " + seconds(left * tick_seconds);
  }

  std::string missText() const {
    return "none of the " + num(preview_.flow_slots.size()) + " places for it holds it, " +
           num(o_.slots.size()) + " are taken";
  }

  // An answer to a source of full NAT leads to its connection by the port; the connection's place
  // is not to be had from outside.
  bool toSource() const {
    const regs::Tuple& key = preview_.key;
    const uint32_t port = (key.dport & 255u) << 8 | key.dport >> 8;
    const IpAddress to{preview_.parsed.is_v6, key.dst};
    const auto has = [&](const SourcePool& pool) {
      return std::any_of(pool.addresses.begin(), pool.addresses.end(),
                         [&](const auto& entry) { return entry.address == to; });
    };
    const auto& pools = control_.config().snat_pools;
    return classified_.direction == regs::Direction::kReverse && port >= 0xc000 &&
           std::any_of(pools.begin(), pools.end(), has);
  }

  bool connection() {
    if (toSource()) {
      add("connection", kNotFollowed,
          "it answers to a source of mode fullnat: the port leads to the connection that has it, "
          "and the packet goes to that connection's client; without one it is dropped: " +
              str(doc(DropReason::kNoVirtual)));
      return false;
    }
    const TwinPlane::Slot* found = entry();
    const bool hit = o_.result.flow == FlowResult::kHit;
    if (hit && found != nullptr) {
      const bool new_member = dropped(DropReason::kMemberDown);
      if (new_member)
        return decides("connection", entryText(*found) + "; it is down, and on-down is drop");
      add("connection", "hit", entryText(*found));
      if (o_.result.close_cause != regs::CloseCause::kNone)
        add("connection", "closes", str(doc(o_.result.close_cause)));
      return true;
    }
    dispatched_ = true;
    switch (o_.result.verdict == Verdict::kDrop ? o_.result.reason : DropReason::kNone) {
      case DropReason::kNoVirtual:
      case DropReason::kNoConnection:
        if (o_.result.has_member) break;  // after dispatch
        return decides("connection", missText() + "; " + str(doc(o_.result.reason)));
      case DropReason::kVirtualConnectionLimit:
        return decides("connection", missText() + "; virtual has " + num(o_.virtual_live) +
                                         " connections, its limit is " +
                                         num(classified_.connection_limit));
      default:
        break;
    }
    if (found != nullptr) {
      add("connection", "new, in place",
          entryText(*found) + "; " + str(doc(o_.result.close_cause)));
    } else {
      add("connection", "new", missText());
    }
    return true;
  }

  std::string candidateText(const TwinPlane::Candidate& c) const {
    std::string text = "slot " + num(c.ring_slot) + " of " + num(o_.ring_size) + " is ";
    if (c.member == 0) return text + "empty";
    text += memberText(control_, c.member);
    if (!c.row.accept_new) return text + ", which takes no new connections";
    text += " (" + num(c.live) + " connections";
    if (c.row.connection_limit != 0) text += " of at most " + num(c.row.connection_limit);
    return text + ", weight " + num(c.row.weight) + ")";
  }

  bool dispatch() {
    if (o_.candidates.empty()) return decides("dispatch", "the pool has no member in service");
    const auto pool = f_.twin.row<regs::PoolRow>(classified_.pool);
    std::string why = "by " + str(name(classified_.affinity)) + ", " +
                      candidateText(o_.candidates[0]) +
                      "; second choice: " + candidateText(o_.candidates[1]);
    if (!o_.result.has_member) return decides("dispatch", why);
    if (pool.algorithm == regs::Algorithm::kLeast) why += "; fewer connections per weight win";
    add("dispatch", memberText(control_, o_.result.member), why);
    return entryMade();
  }

  // Whether there is an entry for the new connection, and what follows if not.
  bool entryMade() {
    switch (o_.result.flow) {
      case FlowResult::kOpened: {
        const bool replaced = o_.result.close_cause != regs::CloseCause::kNone;
        add("connection", "opened",
            "slot " + num(o_.opened_slot) +
                (replaced ? ", in place of an entry: " + str(doc(o_.result.close_cause)) : ""));
        return true;
      }
      case FlowResult::kMiss:
        if (o_.result.verdict == Verdict::kDrop &&
            o_.result.reason != DropReason::kNeighborUnresolved &&
            o_.result.reason != DropReason::kPortDown)
          return decides("connection");
        return true;
      default:
        add("connection", str(name(o_.result.flow)), str(doc(o_.result.flow)));
        switch (o_.result.verdict == Verdict::kDrop ? o_.result.reason : DropReason::kNone) {
          case DropReason::kHalfOpenLimit:
          case DropReason::kFlowAlias:
          case DropReason::kFlowTableFull:
          case DropReason::kSnatExhausted:
            return decides("connection");
          default:
            return true;
        }
    }
  }

  // Which port a new connection of mode fullnat gets is not known outside.
  bool newSource() const {
    return classified_.mode == regs::VirtualMode::kFullnat && o_.result.flow == FlowResult::kOpened;
  }

  void edit() {
    if (o_.result.verdict != Verdict::kForward) {
      decides("edit");
      return;
    }
    PacketView before, after;
    const std::span<const uint8_t> in = f_.frame, out = o_.frame;
    if (!decodePacket(in, before) || !decodePacket(out, after)) return;
    std::string changes;
    const auto change = [&](const std::string& text) {
      changes += (changes.empty() ? "" : ", ") + text;
    };
    if (before.tuple.protocol != after.tuple.protocol ||
        (preview_.parsed.is_v6 != after.tuple.v6)) {
      change("tunnel " + IpAddress{after.tuple.v6, after.tuple.source}.toString() + " > " +
             IpAddress{after.tuple.v6, after.tuple.destination}.toString());
    } else {
      if (before.tuple.sourceEndpoint() != after.tuple.sourceEndpoint())
        change("source " +
               (newSource() ? after.tuple.sourceEndpoint().address.toString() + " and a free port"
                            : after.tuple.sourceEndpoint().text()));
      if (before.tuple.destinationEndpoint() != after.tuple.destinationEndpoint())
        change("destination " + after.tuple.destinationEndpoint().text());
    }
    add("edit", changes.empty() ? "addresses stay" : changes,
        "mode " + str(name(classified_.has_virtual ? classified_.mode : regs::VirtualMode::kNat)) +
            "; TTL less 1, checksums follow");
    egress(out, after);
  }

  void egress(std::span<const uint8_t> out, const PacketView& view) {
    MacAddress to;
    std::copy_n(out.begin(), 6, to.bytes.begin());
    std::string why = "next hop " + to.toString();
    for (const auto& [key, hop] : control_.nextHops()) {
      if (hop.mac != to) continue;
      why = "next hop " + key.address.toString() + ", " + to.toString();
      if (hop.via_gateway) why += ", the gateway";
      break;
    }
    if (view.vlan_tags != 0) why += ", VLAN " + num((out[14] & 0x0fu) << 8 | out[15]);
    add("egress", interfaceOn(control_, o_.result.out_port),
        why + ", " + num(out.size()) + " bytes");
  }

  const StageFacts& f_;
  const Control& control_;
  const TwinPlane::Outcome& o_;
  const ModelDataPlane::Preview& preview_;
  const regs::Classified& classified_;
  std::vector<ExplainedStage> stages_;
  bool dispatched_ = false;
};

}  // namespace

std::vector<ExplainedStage> describeStages(const StageFacts& facts) {
  return Describer(facts).run();
}

std::string memberText(const Control& control, uint16_t id) {
  const MemberKey* key = control.memberKey(id);
  if (key == nullptr) return "number " + num(id) + ", which is gone";
  return key->endpoint.toString() + " of pool " + key->pool;
}

std::string virtualText(const Control& control, uint16_t id) {
  const std::string_view found = control.virtualName(id);
  return found.empty() ? "number " + num(id) : str(found);
}

std::string interfaceOn(const Control& control, uint8_t port) {
  if (port == regs::kCpuPort) return "the CPU port";
  const std::vector<uint32_t> ports = interfacePorts(control.config());
  for (size_t i = 0; i < ports.size(); ++i) {
    if (ports[i] == port) return control.config().interfaces[i].name;
  }
  return "port " + num(port);
}

std::string verdictText(const StageFacts& facts) {
  const regs::Result& result = facts.outcome.result;
  switch (result.verdict) {
    case Verdict::kDrop:
      return "drop: " + str(name(result.reason));
    case Verdict::kPunt:
      return "to the CPU port: " + str(name(result.cause));
    case Verdict::kForward:
      break;
  }
  const std::string by = " by " + interfaceOn(facts.control, result.out_port);
  if (result.direction == regs::Direction::kReverse) return "forward to the client" + by;
  const MemberKey* member = facts.control.memberKey(result.member);
  return "forward" +
         (member != nullptr && result.has_member ? " to " + member->endpoint.toString() : "") + by;
}

}  // namespace sluice
