// SPDX-License-Identifier: Apache-2.0
#include "sim/model/model_flow_table.h"

#include <algorithm>

#include "sim/model/model_hash.h"

namespace sluice::model {
namespace {

using regs::CloseCause;
using regs::Direction;
using regs::DropReason;
using regs::FlowResult;
using regs::FlowState;
using regs::L4Kind;
using regs::Verdict;

constexpr uint32_t kMask24 = 0xffffff;
constexpr uint32_t kReverseMask = SourcePool::kReference - 1;
constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

uint32_t top24(uint64_t hash) { return static_cast<uint32_t>(hash >> 40); }
uint32_t rotl24(uint32_t value) { return ((value << 1) | (value >> 23)) & kMask24; }
uint32_t portMix(uint16_t port) { return (port * 0x9E3779u) & kMask24; }

bool isClosing(FlowState state) {
  return state == FlowState::kClosingClient || state == FlowState::kClosingServer ||
         state == FlowState::kClosing;
}

// Index of a state's timeout in its profile.
uint32_t timerKind(FlowState state) {
  switch (state) {
    case FlowState::kHalfOpen:
      return 0;
    case FlowState::kEstablished:
      return 1;
    case FlowState::kClosingClient:
    case FlowState::kClosingServer:
      return 2;
    case FlowState::kClosing:
      return 3;
    case FlowState::kOneWay:
      return 4;
    default:
      return 5;
  }
}

bool isDead(FlowState state, uint32_t expires, uint32_t tick) {
  return state != FlowState::kFree && ((tick - expires) & 0x800000) == 0;
}
bool isLive(FlowState state, uint32_t expires, uint32_t tick) {
  return state != FlowState::kFree && ((tick - expires) & 0x800000) != 0;
}

}  // namespace

uint64_t dispatchHash(const Packet& packet, const regs::CsrConfig& config) {
  switch (packet.classified.affinity) {
    case regs::Affinity::kSource:
      return Hash(config.hash_key).source(packet);
    case regs::Affinity::kSourcePort:
      return packet.hashes.src;
    default:
      return packet.hashes.src ^ (packet.hashes.dst << 32 | packet.hashes.dst >> 32);
  }
}

FlowTable::FlowTable(const Geometry& geometry, const Tables& tables, EventHandler on_event)
    : geometry_(geometry),
      tables_(tables),
      on_event_(std::move(on_event)),
      tags_(geometry.flowSlots()),
      keys_(geometry.flowSlots()),
      sources_(geometry.snat_ports_log2) {}

uint32_t FlowTable::rowSlot(uint32_t bank, const FlowPlace& place) const {
  const uint32_t row = (place.row + bank * place.step) & (geometry_.flowRows() - 1);
  return (bank * geometry_.flowRows() + row) * geometry_.flow_ways;
}

void FlowTable::locate(Packet& packet, const regs::CsrConfig& config) const {
  const bool forward = packet.classified.direction == Direction::kForward;
  const regs::Tuple& key = packet.key();
  FlowPlace& place = packet.place;
  place = {};
  if (!forward) {
    const auto id =
        sources_.answered(tables_.snat_address, packet.parsed.is_v6, key.dst, key.dport);
    if (id) {
      // Where it stands depends on the packets before this one.
      place.answer = true;
      place.digest = SourcePool::kReference | *id;
      return;
    }
  }
  const uint64_t hash = forward ? packet.hashes.src : packet.hashes.dst;
  place.row = hash & 0xfffff;
  place.step = ((hash >> 20) & 0xfffff) | 1;
  place.client_digest = top24(hash) ^ key.proto;
  const uint32_t other = forward ? top24(packet.hashes.dst)
                                 : top24(Hash(config.hash_key).source(packet)) ^ portMix(key.sport);
  place.digest = (place.client_digest ^ rotl24(other)) & geometry_.digestMask();
  if (!forward) place.digest &= kReverseMask;
  __builtin_prefetch(&tags_[rowSlot(0, place)]);
}

void FlowTable::fetch(const Packet& packet) const {
  if (packet.place.answer) return;
  const bool forward = packet.classified.direction == Direction::kForward;
  const uint32_t row = rowSlot(0, packet.place);
  for (uint32_t slot = row; slot < row + geometry_.flow_ways; ++slot) {
    if (!digestMatches(tags_[slot], forward, packet.place.digest)) continue;
    __builtin_prefetch(&keys_[slot]);
    return;
  }
  for (uint32_t bank = 1; bank < geometry_.flow_banks; ++bank)
    __builtin_prefetch(&tags_[rowSlot(bank, packet.place)]);
}

void FlowTable::setState(Tag& tag, FlowState state) {
  const int half_open = (state == FlowState::kHalfOpen) - (tag.state == FlowState::kHalfOpen);
  statistics_.half_open += half_open;
  virtuals_[tag.virtual_id].half_open += half_open;
  statistics_.live += (state != FlowState::kFree) - (tag.state != FlowState::kFree);
  tag.state = state;
}

void FlowTable::close(Tag& tag) {
  ++virtuals_[tag.virtual_id].closed;
  ++members_[tag.member].closed;
  ++statistics_.closed;
  if (tag.reverse_digest & SourcePool::kReference)
    sources_.give(SourcePool::idOf(tag.reverse_digest));
  setState(tag, FlowState::kFree);
}

void FlowTable::report(regs::Event event, const regs::CsrConfig& config) {
  if (!config.event_enable_opened && event.opened) {
    event.opened = false;
    event.virtual_id = event.member = 0;
  }
  if (!config.event_enable_failed && event.failed != FlowResult::kNone) {
    event.failed = FlowResult::kNone;
    event.virtual_id = event.member = 0;
  }
  if (!config.event_enable_closed && event.closed != CloseCause::kNone) {
    event.closed = CloseCause::kNone;
    event.closed_virtual = event.closed_member = 0;
  }
  if (event.opened || event.failed != FlowResult::kNone || event.closed != CloseCause::kNone)
    on_event_(event);
}

class FlowTable::Step {
 public:
  Step(FlowTable& table, Packet& packet, const regs::CsrConfig& config)
      : t_(table),
        p_(packet),
        key_(packet.key()),
        config_(config),
        out_(packet.routed),
        tick_(packet.ageTick()) {
    forward_ = p_.classified.direction == Direction::kForward;
    const uint8_t flags = p_.parsed.l4 == L4Kind::kTcp ? p_.parsed.tcp_flags : 0;
    tcp_ = p_.parsed.l4 == L4Kind::kTcp;
    syn_ = (flags & (kSyn | kAck)) == kSyn;
    fin_ = flags & kFin;
    rst_ = flags & kRst;
    ack_only_ = (flags & (kSyn | kAck | kFin)) == kAck;
    error_ = p_.parsed.l4 == L4Kind::kIcmpError;
    const uint64_t h = p_.hashes.src ^ (p_.hashes.dst << 32 | p_.hashes.dst >> 32);
    out_.entropy = static_cast<uint16_t>(h);
    if (p_.place.answer) t_.sources_.locate(SourcePool::idOf(p_.place.digest), p_.place);
  }

  void run() {
    Tag* tag = lookup();
    if (tag != nullptr) {
      hit(*tag);
    } else if (!forward_) {
      miss(DropReason::kNoVirtual);
    } else {
      noHit();
    }
    const bool found = out_.result == FlowResult::kHit || in_place_;
    ++(found ? t_.statistics_.hits : t_.statistics_.misses);
    t_.sources_.passed(taken_, p_.rateTick());
    event_.age_tick = tick_;
    if (event_.opened || event_.failed != FlowResult::kNone || event_.closed != CloseCause::kNone) {
      t_.report(event_, config_);
    }
  }

 private:
  const regs::MemberRow& memberRow(uint32_t id) const {
    return t_.tables_.member.at(id, p_.meta.bank);
  }
  bool live(const Tag& tag) const { return isLive(tag.state, tag.expires, tick_); }
  uint32_t slotOf(const Tag& tag) const { return static_cast<uint32_t>(&tag - t_.tags_.data()); }

  void miss(DropReason reason) {
    drop(out_, reason);
    out_.result = FlowResult::kMiss;
  }

  std::span<Tag> row(uint32_t bank) const {
    return {&t_.tags_[t_.rowSlot(bank, p_.place)], t_.geometry_.flow_ways};
  }

  // Calls `visit` for each way in slot order until it returns true; that tag or nullptr.
  template <class Visit>
  Tag* eachWay(Visit visit) {
    for (uint32_t bank = 0; bank < t_.geometry_.flow_banks; ++bank) {
      for (Tag& tag : row(bank)) {
        if (visit(tag)) return &tag;
      }
    }
    return nullptr;
  }

  Tag* lookup() {
    Tag* tag = eachWay(
        [&](const Tag& t) { return digestMatches(t, forward_, p_.place.digest) && live(t); });
    return tag != nullptr && keyMatches(*tag) ? tag : nullptr;
  }

  bool keyMatches(const Tag& tag) const {
    if (!t_.geometry_.exact_keys) return forward_;
    const regs::FlowKeyRow& key = t_.keyRow(slotOf(tag));
    if (key.is_v6 != p_.parsed.is_v6 || key.proto != key_.proto) return false;
    if (forward_) {
      return same(key.client, key_.src) && key.client_port == key_.sport &&
             same(key.virtual_address, key_.dst) && key.virtual_port == key_.dport;
    }
    if (p_.place.answer) {
      // The packet that opened the connection has not left the pipeline.
      if (t_.sources_.isRecent(SourcePool::idOf(p_.place.digest), p_.rateTick())) return false;
    } else if (!same(key.client, key_.dst) || key.client_port != key_.dport) {
      return false;
    }
    return key.server_port == key_.sport && same(memberRow(tag.member).address, key_.src);
  }

  void hit(Tag& tag) {
    const uint16_t member = tag.member;
    if (forward_ && !memberRow(member).accept_existing) return memberDown(tag);
    if (forward_ && syn_ && isClosing(tag.state)) return open(&tag, CloseCause::kReuse);
    out_.result = FlowResult::kHit;
    if (forward_) {
      toMember(member);
      fromSource(tag);
    } else {
      toClient(tag);
    }
    // The server's port as the entry knows it, for the inner header of ICMP errors.
    if (forward_ && error_)
      out_.port = t_.geometry_.exact_keys ? t_.keyRow(slotOf(tag)).server_port : key_.dport;
    if (error_) return;
    if (tcp_ && rst_) {
      closeEntry(tag, CloseCause::kReset);
      return;
    }
    const FlowState state = nextState(tag.state);
    if (state != tag.state) t_.setState(tag, state);
    tag.expires = expiry(state, tag.timer);
  }

  FlowState nextState(FlowState state) const {
    if (state == FlowState::kOneWay) return forward_ ? state : FlowState::kTwoWay;
    if (!tcp_) return state;
    if (fin_) {
      if (state == FlowState::kHalfOpen || state == FlowState::kEstablished) {
        return forward_ ? FlowState::kClosingClient : FlowState::kClosingServer;
      }
      if (state == FlowState::kClosingClient && !forward_) return FlowState::kClosing;
      if (state == FlowState::kClosingServer && forward_) return FlowState::kClosing;
    }
    if (state == FlowState::kHalfOpen && forward_ && ack_only_) return FlowState::kEstablished;
    return state;
  }

  uint32_t expiry(FlowState state, uint8_t profile) const {
    return (tick_ + config_.timer[profile * 6 + timerKind(state)]) & kMask24;
  }

  void memberDown(Tag& tag) {
    const bool ends = tcp_ && (rst_ || fin_);
    if (!error_ && p_.classified.on_down == regs::OnDown::kReselect && !ends) {
      return open(&tag, CloseCause::kMemberDown);
    }
    out_.has_member = true;
    out_.member = tag.member;
    out_.result = FlowResult::kHit;
    drop(out_, DropReason::kMemberDown);
    if (!error_) closeEntry(tag, CloseCause::kMemberDown);
  }

  void closeEntry(Tag& tag, CloseCause cause) {
    out_.close_cause = cause;
    event_.closed = cause;
    event_.closed_virtual = tag.virtual_id;
    event_.closed_member = tag.member;
    event_.slot = slotOf(tag);
    t_.close(tag);
  }

  void toMember(uint16_t id) {
    const regs::MemberRow& row = memberRow(id);
    out_.has_member = true;
    out_.member = id;
    out_.neighbor = row.neighbor;
    out_.address = row.address;
    out_.address_v6 = row.is_v6;
    out_.port = row.port;
  }

  void toClient(const Tag& tag) {
    const regs::FlowKeyRow& key = t_.keyRow(slotOf(tag));
    out_.has_virtual = true;
    out_.virtual_id = tag.virtual_id;
    out_.mode = regs::VirtualMode::kNat;
    if (tag.reverse_digest & SourcePool::kReference) {
      out_.mode = regs::VirtualMode::kFullnat;
      out_.peer_address = key.client;
      out_.peer_port = key.client_port;
    }
    out_.has_member = true;
    out_.member = tag.member;
    out_.neighbor = t_.tables_.virtuals.at(tag.virtual_id, p_.meta.bank).client_neighbor;
    out_.address = key.virtual_address;
    out_.address_v6 = key.is_v6;
    out_.port = key.virtual_port;
  }

  // Mode fullnat: what the entry has taken.
  void fromSource(const Tag& tag) {
    if (!fullNat()) return;
    const uint32_t id = SourcePool::idOf(tag.reverse_digest);
    out_.peer_address = t_.tables_.snat_address.at(id >> 14).address;
    out_.peer_port = SourcePool::portOf(id);
  }

  void noHit() {
    if (error_) return miss(DropReason::kNoConnection);
    if (tcp_ && !syn_) {
      if (!p_.classified.loose) return miss(DropReason::kNoConnection);
      if (rst_ || fin_) return loneEnd();
    }
    open(nullptr, CloseCause::kNone);
  }

  // RST or FIN without an entry: sent to the member the hash says, where that needs no entry.
  void loneEnd() {
    const uint16_t member = admit();
    out_.result = FlowResult::kMiss;
    if (member == 0) return;
    toMember(member);
    if (nat()) drop(out_, DropReason::kNoConnection);
  }

  bool fullNat() const { return p_.classified.mode == regs::VirtualMode::kFullnat; }
  bool nat() const { return p_.classified.mode == regs::VirtualMode::kNat || fullNat(); }

  // New, steps 1 and 2: the member for a new connection, or 0 with the drop said.
  uint16_t admit() {
    const uint32_t limit = p_.classified.connection_limit;
    if (limit != 0 && t_.virtuals_[p_.classified.virtual_id].live() >= limit) {
      miss(DropReason::kVirtualConnectionLimit);
      return 0;
    }
    return dispatch();
  }

  uint16_t dispatch() {
    const regs::PoolRow& pool = t_.tables_.pool.at(p_.classified.pool, p_.meta.bank);
    if (pool.ring_size == 0) {
      miss(DropReason::kNoMember);
      return 0;
    }
    const uint64_t hash = dispatchHash(p_, config_);
    const uint16_t first = ringSlot(pool, static_cast<uint32_t>(hash));
    const uint16_t second = ringSlot(pool, static_cast<uint32_t>(hash >> 32));
    const bool first_able = able(first);
    const bool second_able = able(second);
    if (!first_able && !second_able) {
      miss(present(first) || present(second) ? DropReason::kMemberConnectionLimit
                                             : DropReason::kNoMember);
      return 0;
    }
    if (!first_able || !second_able || pool.algorithm != regs::Algorithm::kLeast) {
      return first_able ? first : second;
    }
    const uint64_t first_load = uint64_t{t_.members_[first].live()} * memberRow(second).weight;
    const uint64_t second_load = uint64_t{t_.members_[second].live()} * memberRow(first).weight;
    return first_load <= second_load ? first : second;
  }

  uint16_t ringSlot(const regs::PoolRow& pool, uint32_t hash) const {
    const uint32_t slot = static_cast<uint32_t>((uint64_t{hash} * pool.ring_size) >> 32);
    return t_.tables_.ring.at((pool.ring_base + slot) % t_.tables_.ring.rows()).member;
  }

  bool present(uint16_t id) const { return id != 0 && memberRow(id).accept_new; }
  bool able(uint16_t id) const {
    const uint32_t limit = memberRow(id).connection_limit;
    return present(id) && (limit == 0 || t_.members_[id].live() < limit);
  }

  // New: makes an entry, in place of `old` if given.
  void open(Tag* old, CloseCause cause) {
    in_place_ = old != nullptr;
    if (in_place_) {
      out_.has_member = true;
      out_.member = old->member;
    }
    const uint16_t member = admit();
    if (member == 0) return;
    out_.has_member = true;
    out_.member = member;
    if (!sourceMayOpen()) return miss(DropReason::kSourceConnectionRate);
    const uint16_t virtual_id = p_.classified.virtual_id;
    const regs::ConnectionPolicerRow& rate = t_.tables_.connection_policer.at(virtual_id);
    if (!t_.connection_buckets_[virtual_id].pass(rate.rate, rate.burst, p_.rateTick(), 1)) {
      return miss(DropReason::kVirtualConnectionRate);
    }
    const uint16_t server_port = memberRow(member).port != 0 ? memberRow(member).port : key_.dport;
    uint32_t reverse =
        (p_.place.client_digest ^ rotl24(memberRow(member).digest ^ portMix(server_port))) &
        t_.geometry_.digestMask() & kReverseMask;
    std::optional<uint32_t> source;
    if (fullNat()) {
      source = t_.sources_.next(p_.classified.snat, static_cast<uint8_t>(out_.entropy));
      if (!source) return untracked(member, FlowResult::kUntrackedSnat, DropReason::kSnatExhausted);
      reverse = SourcePool::kReference | *source;
    }
    if (aliased(old, reverse)) {
      ++t_.statistics_.alias;
      return untracked(member, FlowResult::kUntrackedAlias, DropReason::kFlowAlias);
    }
    const Budget budget = in_place_ ? Budget::kLeft : halfOpenBudget();
    Tag* place = in_place_                 ? old
                 : budget == Budget::kLeft ? findPlace()
                                           : findHalfOpen(budget == Budget::kVirtualSpent);
    if (place == nullptr && budget != Budget::kLeft) {
      return untracked(member, FlowResult::kUntrackedHalfOpen, DropReason::kHalfOpenLimit);
    }
    if (place == nullptr) {
      ++t_.statistics_.full;
      return untracked(member, FlowResult::kUntrackedFull, DropReason::kFlowTableFull);
    }
    if (source) t_.sources_.take(*source, p_.place.row, p_.place.step);
    taken_ = source;
    if (place->state != FlowState::kFree) {
      if (!in_place_) cause = live(*place) ? CloseCause::kEvicted : CloseCause::kExpired;
      if (cause == CloseCause::kEvicted) ++t_.statistics_.evicted;
      closeEntry(*place, cause);
    }
    write(*place, member, server_port, reverse);
    toMember(member);
    fromSource(*place);
  }

  bool aliased(const Tag* except, uint32_t reverse) {
    const auto taken = [&](const Tag& t) {
      return &t != except && live(t) &&
             (t.forward_digest == p_.place.digest ||
              (nat() && t.nat && t.reverse_digest == reverse));
    };
    return eachWay(taken) != nullptr;
  }

  Tag* findPlace() {
    uint32_t most = 0;
    Tag* place = nullptr;
    for (uint32_t bank = 0; bank < t_.geometry_.flow_banks; ++bank) {
      uint32_t open = 0;
      Tag* first = nullptr;
      for (Tag& tag : row(bank)) {
        if (live(tag)) continue;
        if (first == nullptr) first = &tag;
        ++open;
      }
      if (open > most) {
        most = open;
        place = first;
      }
    }
    return place != nullptr ? place : findHalfOpen(false);
  }

  enum class Budget { kLeft, kSpent, kVirtualSpent };
  Budget halfOpenBudget() const {
    if (!tcp_ || !syn_) return Budget::kLeft;
    const uint32_t limit = p_.classified.half_open_limit;
    if (limit != 0 && t_.virtuals_[p_.classified.virtual_id].half_open >= limit)
      return Budget::kVirtualSpent;
    const uint32_t most = config_.half_open_max;
    return most != 0 && t_.statistics_.half_open >= most ? Budget::kSpent : Budget::kLeft;
  }

  // The half-open entry to give up: the first in slot order from one on that the client's hash
  // chooses, so that not always the newest goes. `own`: of this packet's virtual.
  Tag* findHalfOpen(bool own) {
    const uint32_t start = (p_.place.client_digest & t_.geometry_.digestMask()) &
                           (t_.geometry_.flow_banks * t_.geometry_.flow_ways - 1);
    uint32_t number = 0;
    Tag* first = nullptr;
    Tag* from_start = eachWay([&](Tag& t) {
      const bool chosen =
          t.state == FlowState::kHalfOpen && (!own || t.virtual_id == p_.classified.virtual_id);
      if (chosen && first == nullptr) first = &t;
      return number++ >= start && chosen;
    });
    return from_start != nullptr ? from_start : first;
  }

  bool sourceMayOpen() {
    const uint64_t rate =
        uint64_t{config_.source_connection_rate_hi} << 32 | config_.source_connection_rate_lo;
    if (rate == 0) return true;
    const uint64_t row = Hash(config_.hash_key).source(p_) % t_.source_buckets_.size();
    return t_.source_buckets_[row].pass(rate, config_.source_connection_burst, p_.rateTick(), 1);
  }

  void untracked(uint16_t member, FlowResult result, DropReason reason) {
    out_.result = result;
    event_.failed = result;
    event_.virtual_id = p_.classified.virtual_id;
    event_.member = member;
    if (nat()) {
      drop(out_, reason);
    } else {
      toMember(member);
    }
  }

  void write(Tag& tag, uint16_t member, uint16_t server_port, uint32_t reverse) {
    const FlowState state = !tcp_  ? FlowState::kOneWay
                            : syn_ ? FlowState::kHalfOpen
                                   : FlowState::kEstablished;
    tag.virtual_id = p_.classified.virtual_id;
    t_.setState(tag, state);
    tag.timer = p_.classified.timer;
    tag.nat = nat();
    tag.member = member;
    tag.expires = expiry(state, tag.timer);
    tag.forward_digest = p_.place.digest;
    tag.reverse_digest = reverse;
    if (t_.geometry_.exact_keys)
      t_.keys_[slotOf(tag)].row = {p_.parsed.is_v6, key_.proto, key_.sport, key_.dport,
                                   server_port,     key_.src,   key_.dst};
    ++t_.virtuals_[tag.virtual_id].opened;
    ++t_.members_[member].opened;
    ++t_.statistics_.opened;
    out_.result = FlowResult::kOpened;
    event_.opened = true;
    event_.virtual_id = tag.virtual_id;
    event_.member = member;
    event_.slot = slotOf(tag);
  }

  FlowTable& t_;
  Packet& p_;
  const regs::Tuple& key_;
  const regs::CsrConfig& config_;
  regs::Routed& out_;
  uint32_t tick_;
  bool forward_, tcp_, syn_, fin_, rst_, ack_only_, error_;
  bool in_place_ = false;
  std::optional<uint32_t> taken_;  // an id of full NAT
  regs::Event event_;
};

void FlowTable::apply(Packet& packet, const regs::CsrConfig& config) {
  const regs::Classified& in = packet.classified;
  regs::Routed& out = packet.routed;
  out.verdict = in.verdict;
  out.reason = in.reason;
  out.cause = in.cause;
  out.direction = in.direction;
  out.has_virtual = in.has_virtual;
  out.virtual_id = in.virtual_id;
  out.mode = in.mode;
  if (in.verdict != Verdict::kForward || packet.parsed.direct) return;
  Step(*this, packet, config).run();
}

uint32_t FlowTable::scrub(regs::ScrubMode mode, uint32_t argument, uint32_t age_tick,
                          const regs::CsrConfig& config) {
  const auto selected = [&](const Tag& tag) {
    switch (mode) {
      case regs::ScrubMode::kExpired:
        return isDead(tag.state, tag.expires, age_tick);
      case regs::ScrubMode::kMember:
        return tag.state != FlowState::kFree && tag.member == argument;
      case regs::ScrubMode::kVirtual:
        return tag.state != FlowState::kFree && tag.virtual_id == argument;
      case regs::ScrubMode::kAll:
        return tag.state != FlowState::kFree;
    }
    return false;
  };
  uint32_t freed = 0;
  const uint32_t ways = geometry_.flow_ways;
  for (uint32_t row = 0; row < geometry_.flowRows(); ++row) {
    for (uint32_t i = 0; i < geometry_.flow_banks * ways; ++i) {
      const uint32_t slot = ((i / ways) * geometry_.flowRows() + row) * ways + i % ways;
      Tag& tag = tags_[slot];
      if (!selected(tag)) continue;
      regs::Event event;
      event.closed = mode == regs::ScrubMode::kExpired ? CloseCause::kExpired : CloseCause::kPurged;
      event.closed_virtual = tag.virtual_id;
      event.closed_member = tag.member;
      event.slot = slot;
      event.age_tick = age_tick;
      close(tag);
      report(event, config);
      ++freed;
    }
  }
  return freed;
}

std::vector<uint32_t> FlowTable::slotsOf(const Packet& packet) const {
  std::vector<uint32_t> slots;
  for (uint32_t bank = 0; bank < geometry_.flow_banks; ++bank) {
    const uint32_t first = rowSlot(bank, packet.place);
    for (uint32_t way = 0; way < geometry_.flow_ways; ++way) slots.push_back(first + way);
  }
  return slots;
}

void FlowTable::setSlot(uint32_t slot, const regs::FlowTagRow& tag, const regs::FlowKeyRow& key) {
  Tag& to = tags_[slot];
  to.forward_digest = tag.forward_digest & kMask24;
  to.reverse_digest = tag.reverse_digest & kMask24;
  to.state = tag.state;
  to.timer = tag.timer & 3;
  to.nat = tag.nat;
  to.expires = tag.expires & kMask24;
  to.virtual_id = tag.virtual_id;
  to.member = tag.member;
  keys_[slot].row = key;
}

void FlowTable::setConnections(uint16_t virtual_id, const regs::VirtualConnectionsRow& row) {
  virtuals_[virtual_id].opened = row.opened;
  virtuals_[virtual_id].closed = row.closed;
}

void FlowTable::setConnections(uint16_t member, const regs::MemberConnectionsRow& row) {
  members_[member].opened = row.opened;
  members_[member].closed = row.closed;
}

void FlowTable::clear() {
  tags_.clear();
  keys_.clear();
  std::fill(virtuals_.begin(), virtuals_.end(), Connections());
  std::fill(members_.begin(), members_.end(), Connections());
  std::fill(connection_buckets_.begin(), connection_buckets_.end(), Bucket());
  std::fill(source_buckets_.begin(), source_buckets_.end(), Bucket());
  sources_.clear();
  statistics_ = {};
}

regs::FlowTagRow FlowTable::tagRow(uint32_t slot) const {
  const Tag& tag = tags_[slot];
  return {tag.state,      tag.expires, tag.forward_digest, tag.reverse_digest,
          tag.virtual_id, tag.member,  tag.timer,          tag.nat};
}

}  // namespace sluice::model
