// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/flow_ledger.h"

#include <algorithm>
#include <numeric>

namespace sluice {
namespace {

using regs::CloseCause;
using regs::Direction;
using regs::DropReason;
using regs::FlowResult;
using regs::Verdict;

constexpr size_t kInitialPending = 1024;
constexpr size_t kMaxUnmatched = 65536;
// The data plane counts idle time in ticks, and timeouts are rounded to them: an entry may be past
// its timeout by this much earlier.
constexpr uint64_t kAgeSlackNs = (uint64_t{3} << regs::kAgeTickShift) / 2;

// The tuple of a connection without its virtual: a virtual is found by the tuple's destination. 0
// marks free entries.
uint64_t flowHash(const PacketTuple& tuple) { return std::max<uint64_t>(tuple.hash(), 1); }

bool isOpeningSyn(const PacketTuple& tuple, uint8_t flags) {
  return tuple.protocol == kProtocolTcp && (flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
}

uint32_t openingKey(uint16_t virtual_id, uint16_t member) {
  return uint32_t(virtual_id) << 16 | member;
}

}  // namespace

std::string_view name(BreakCause cause) {
  constexpr std::string_view kNames[kBreakCauseCount] = {
      "member_gone", "evicted",         "table_full",     "digest_alias", "ring_change",
      "expired",     "half_open_limit", "snat_exhausted", "unknown"};
  return kNames[static_cast<size_t>(cause)];
}

std::string_view doc(BreakCause cause) {
  constexpr std::string_view kDocs[kBreakCauseCount] = {
      "its member went down or was removed",
      "its half-open entry had to make room for another connection",
      "no way was free in its buckets of the connection table",
      "another connection has the same digest",
      "dispatched again after the ring had changed",
      "idle past its timeout",
      "half-open connections were at their budget",
      "no source of full NAT was free",
      "none of the known causes"};
  return kDocs[static_cast<size_t>(cause)];
}

FlowLedger::FlowLedger()
    : timeouts_(1024),
      pending_(kInitialPending),
      virtual_connections_(1024),
      member_connections_(4096) {}

uint64_t FlowLedger::broken() const {
  return std::accumulate(broken_count_.begin(), broken_count_.end(), uint64_t{0});
}

FlowLedger::Pending* FlowLedger::pendingOf(uint64_t id) {
  Pending& slot = pending_[id & (pending_.size() - 1)];
  return slot.id == id ? &slot : nullptr;
}

void FlowLedger::growPending() {
  std::vector<Pending> larger(pending_.size() * 2);
  for (const Pending& packet : pending_) {
    if (packet.id != UINT64_MAX) larger[packet.id & (larger.size() - 1)] = packet;
  }
  pending_.swap(larger);
}

void FlowLedger::onOffered(const FrameIn& frame) {
  while (pending_[frame.id & (pending_.size() - 1)].id != UINT64_MAX) growPending();
  Pending& packet = pending_[frame.id & (pending_.size() - 1)];
  packet.id = frame.id;
  PacketView view;
  packet.relevant = frame.port != regs::kCpuPort && decodePacket(frame.bytes, view) &&
                    !view.fragment && view.tuple.protocol != kProtocolIcmp &&
                    view.tuple.protocol != kProtocolIcmp6;
  if (!packet.relevant) return;
  packet.tuple = view.tuple;
  packet.tcp_flags = view.tcp_flags;
  packet.hash = flowHash(view.tuple);
  flows_.prefetch(packet.hash);
}

void FlowLedger::onFrame(const FrameOut& frame) {
  Pending* packet = pendingOf(frame.id);
  if (packet == nullptr) return;
  packet->id = UINT64_MAX;
  const regs::Result& result = frame.result;
  if (!packet->relevant || !result.has_virtual) return;
  if (result.direction == Direction::kReverse) {
    if (result.verdict == Verdict::kForward) onReverse(frame);
  } else if (result.verdict == Verdict::kForward && result.has_member) {
    onForwarded(*packet, frame);
  } else if (result.verdict == Verdict::kDrop) {
    onDropped(*packet, frame);
  }
  if (result.flow == FlowResult::kOpened && !events_lost_ &&
      result.direction == Direction::kForward) {
    openings_.emplace_back(packet->hash, openingKey(result.virtual_id, result.member));
    matchEvents();
  }
}

void FlowLedger::onForwarded(const Pending& packet, const FrameOut& frame) {
  const regs::Result& result = frame.result;
  FlowEntry& entry = flows_.insert(packet.hash, result.now);
  const bool restart = isOpeningSyn(packet.tuple, packet.tcp_flags) &&
                       (result.flow != FlowResult::kHit || entry.has(FlowEntry::kClosed));
  if (entry.since_ns == 0 || restart) {
    startConnection(entry, packet, result);
  } else if (entry.member != result.member) {
    const bool alive = !entry.has(FlowEntry::kClosed) && !entry.has(FlowEntry::kBroken);
    if (alive) breakConnection(entry, packet, result, causeOfMove(entry, result));
    entry.member = result.member;
    entry.since_ns = result.now + 1;
  }
  trackClient(entry, packet, result);
}

void FlowLedger::startConnection(FlowEntry& entry, const Pending& packet,
                                 const regs::Result& result) {
  // A half-open connection whose SYN is sent again is still the same one.
  const bool same = entry.has(FlowEntry::kCounted) && !entry.has(FlowEntry::kEstablished);
  if (!same) {
    closeConnection(entry);
    ++opened_;
    ++virtual_connections_[result.virtual_id & 1023];
  }
  if (!same || entry.member != result.member) ++member_connections_[result.member & 4095];
  entry.member = result.member;
  entry.virtual_id = result.virtual_id;
  entry.since_ns = result.now + 1;
  entry.flags = FlowEntry::kCounted;
  entry.table_close = CloseCause::kNone;
  if (packet.tuple.protocol == kProtocolTcp) entry.flags |= FlowEntry::kTcp;
  peak_ = std::max(peak_, live());
}

void FlowLedger::trackClient(FlowEntry& entry, const Pending& packet, const regs::Result& result) {
  entry.last_ns = result.now;
  entry.table_result = result.flow;
  if (result.flow == FlowResult::kOpened && !entry.has(FlowEntry::kCounted) &&
      !entry.has(FlowEntry::kClosed)) {
    // Its table entry had expired; the data plane made a new one, so it counts as a new connection.
    entry.flags |= FlowEntry::kCounted;
    ++opened_;
    ++virtual_connections_[result.virtual_id & 1023];
    ++member_connections_[result.member & 4095];
    peak_ = std::max(peak_, live());
  }
  if (result.flow == FlowResult::kOpened || result.flow == FlowResult::kHit)
    entry.table_close = CloseCause::kNone;
  if (!entry.has(FlowEntry::kTcp)) return;
  if ((packet.tcp_flags & (kTcpAck | kTcpSyn)) == kTcpAck) entry.flags |= FlowEntry::kEstablished;
  if ((packet.tcp_flags & kTcpFin) != 0) entry.flags |= FlowEntry::kClientFin;
  const bool both = entry.has(FlowEntry::kServerFin) || !entry.has(FlowEntry::kReverseSeen);
  if ((packet.tcp_flags & kTcpRst) != 0 || (entry.has(FlowEntry::kClientFin) && both)) {
    entry.flags |= FlowEntry::kClosed;
    closeConnection(entry);
  }
}

// A packet from the member: what goes out is virtual > client.
void FlowLedger::onReverse(const FrameOut& frame) {
  PacketView view;
  if (!decodePacket(frame.bytes, view)) return;
  FlowEntry* entry = flows_.find(flowHash(view.tuple.reversed()));
  if (entry == nullptr || entry->has(FlowEntry::kClosed)) return;
  entry->last_ns = frame.result.now;
  entry->flags |= FlowEntry::kReverseSeen;
  if ((view.tcp_flags & kTcpFin) != 0) entry->flags |= FlowEntry::kServerFin;
  const bool both = entry->has(FlowEntry::kServerFin) && entry->has(FlowEntry::kClientFin);
  if ((view.tcp_flags & kTcpRst) == 0 && !both) return;
  entry->flags |= FlowEntry::kClosed;
  closeConnection(*entry);
}

void FlowLedger::closeConnection(FlowEntry& entry) {
  if (!entry.has(FlowEntry::kCounted)) return;
  entry.flags &= static_cast<uint8_t>(~FlowEntry::kCounted);
  ++closed_;
}

void FlowLedger::onDropped(const Pending& packet, const FrameOut& frame) {
  const regs::Result& result = frame.result;
  const bool no_entry =
      result.reason == DropReason::kFlowTableFull || result.reason == DropReason::kFlowAlias ||
      result.reason == DropReason::kHalfOpenLimit || result.reason == DropReason::kSnatExhausted;
  const bool lost = result.reason == DropReason::kNoConnection ||
                    result.reason == DropReason::kMemberDown ||
                    result.reason == DropReason::kNoMember;
  if (!no_entry && !lost) return;

  FlowEntry* entry = flows_.find(packet.hash);
  const bool known = entry != nullptr && entry->since_ns != 0;
  const bool fresh = !known || entry->has(FlowEntry::kClosed);
  if (fresh && no_entry) {
    // Refused at its setup. It gets an entry, so that its retransmissions are not counted as
    // further ones.
    FlowEntry& refused = flows_.insert(packet.hash, result.now);
    const uint64_t hash = refused.hash;
    refused = FlowEntry();
    refused.hash = hash;
    refused.since_ns = refused.last_ns = result.now + 1;
    breakConnection(refused, packet, result, causeOfDrop(refused, result));
  } else if (!fresh && !entry->has(FlowEntry::kBroken)) {
    if (isOpeningSyn(packet.tuple, packet.tcp_flags) && lost &&
        result.reason == DropReason::kNoMember)
      return;
    if ((packet.tcp_flags & kTcpRst) != 0) {
      entry->flags |= FlowEntry::kClosed;  // it ends anyway
      closeConnection(*entry);
    } else {
      breakConnection(*entry, packet, result, causeOfDrop(*entry, result));
    }
  }
}

void FlowLedger::breakConnection(FlowEntry& entry, const Pending& packet,
                                 const regs::Result& result, BreakCause cause) {
  ++broken_count_[static_cast<size_t>(cause)];
  entry.flags |= FlowEntry::kBroken;
  if (result.verdict == Verdict::kDrop) closeConnection(entry);
  if (broken_list_.size() == kMaxListed) return;
  BrokenConnection broken;
  broken.time_ns = result.now;
  broken.client = packet.tuple;
  broken.virtual_id = result.virtual_id;
  broken.member_before = entry.member;
  broken.member_after = result.verdict == Verdict::kForward ? result.member : 0;
  broken.reason = result.reason;
  broken.cause = cause;
  broken_list_.push_back(broken);
}

bool FlowLedger::idleTooLong(const FlowEntry& entry, uint64_t now_ns) const {
  const LedgerTimeouts& timeouts = timeouts_[entry.virtual_id & 1023];
  uint64_t limit = entry.has(FlowEntry::kReverseSeen) ? timeouts.two_way_ns : timeouts.one_way_ns;
  if (entry.has(FlowEntry::kTcp)) {
    const int fins = entry.has(FlowEntry::kClientFin) + entry.has(FlowEntry::kServerFin);
    limit = entry.has(FlowEntry::kEstablished) ? timeouts.established_ns : timeouts.half_open_ns;
    if (fins != 0) limit = fins == 1 ? timeouts.closing_half_ns : timeouts.closing_ns;
  }
  return now_ns - entry.last_ns + kAgeSlackNs >= limit;
}

BreakCause FlowLedger::causeOfMove(const FlowEntry& entry, const regs::Result& result) const {
  const bool purged =
      entry.table_close == CloseCause::kMemberDown || entry.table_close == CloseCause::kPurged;
  if (gone_[entry.member & 4095] || purged || result.close_cause == CloseCause::kMemberDown) {
    return BreakCause::kMemberGone;
  }
  if (ring_changed_ns_[entry.virtual_id & 1023] >= entry.since_ns) return BreakCause::kRingChange;
  return causeOfDrop(entry, result);
}

BreakCause FlowLedger::causeOfDrop(const FlowEntry& entry, const regs::Result& result) const {
  if (result.reason == DropReason::kMemberDown || result.reason == DropReason::kNoMember) {
    return BreakCause::kMemberGone;
  }
  // Why this packet has no entry; failing that, why the packets before had none.
  for (const FlowResult seen : {result.flow, entry.table_result}) {
    if (seen == FlowResult::kUntrackedFull) return BreakCause::kTableFull;
    if (seen == FlowResult::kUntrackedAlias) return BreakCause::kDigestAlias;
    if (seen == FlowResult::kUntrackedHalfOpen) return BreakCause::kHalfOpenLimit;
    if (seen == FlowResult::kUntrackedSnat) return BreakCause::kSnatExhausted;
  }
  switch (entry.table_close) {
    case CloseCause::kEvicted:
      return BreakCause::kEvicted;
    case CloseCause::kExpired:
      return BreakCause::kExpired;
    case CloseCause::kMemberDown:
    case CloseCause::kPurged:
      return BreakCause::kMemberGone;
    default:
      break;
  }
  if (gone_[entry.member & 4095]) return BreakCause::kMemberGone;
  if (idleTooLong(entry, result.now)) return BreakCause::kExpired;
  const bool half_open = entry.has(FlowEntry::kTcp) && !entry.has(FlowEntry::kEstablished);
  if (half_open && evictions_seen_) return BreakCause::kEvicted;
  return BreakCause::kUnknown;
}

void FlowLedger::onEvent(const regs::Event& event) {
  if (event.closed == CloseCause::kEvicted) evictions_seen_ = true;
  if (events_lost_) return;
  events_.push_back(event);
  matchEvents();
}

// Openings among the frames and among the events are in the same order: pairing them tells which
// slot a connection has, and so which connection an event closes. A pair that differs means that
// events were lost.
void FlowLedger::matchEvents() {
  while (!events_.empty()) {
    const regs::Event event = events_.front();
    uint64_t hash = 0;
    if (event.opened) {
      if (openings_.empty()) break;
      if (openings_.front().second != openingKey(event.virtual_id, event.member)) {
        events_lost_ = true;
        break;
      }
      hash = openings_.front().first;
      openings_.pop_front();
    }
    events_.pop_front();
    applyEvent(event, hash);
  }
  if (openings_.size() > kMaxUnmatched || events_.size() > kMaxUnmatched) events_lost_ = true;
  if (!events_lost_) return;
  openings_.clear();
  events_.clear();
}

void FlowLedger::applyEvent(const regs::Event& event, uint64_t opened_hash) {
  if (event.slot >= slot_hash_.size()) slot_hash_.resize(size_t{event.slot} * 2 + 1024, 0);
  uint64_t& holder = slot_hash_[event.slot];
  if (event.closed != CloseCause::kNone && holder != 0 && holder != opened_hash) {
    FlowEntry* entry = flows_.find(holder);
    if (entry != nullptr) {
      entry->table_close = event.closed;
      closeConnection(*entry);
    }
  }
  if (event.opened) {
    holder = opened_hash;
  } else if (event.closed != CloseCause::kNone) {
    holder = 0;
  }
}

}  // namespace sluice
