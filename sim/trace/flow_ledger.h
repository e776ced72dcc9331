// SPDX-License-Identifier: Apache-2.0
// Keeps the books on connections, and names the cause of every broken one.
//
// The ledger looks at the data plane from outside: frames in, result records and events out. A
// connection is a client 5-tuple at a virtual. It is **broken** when a packet of it goes to another
// member than its packets before, or is dropped for want of its entry in the connection table; also
// when it could not be set up because the table or the half-open budget was full. Broken once is
// broken: one line per connection. A client's SYN starts a connection anew, so a retransmitted SYN
// that finds another member breaks nothing. Rate limits, ACLs and congestion drop packets, they do
// not break connections.
//
// Connections are told apart by a 64-bit hash of their tuple (see PacketTuple::hash()). Memory: 32
// bytes per connection at a load of at most 0.6; connections long closed are forgotten when the
// table would grow. About 50 ns per packet with a million connections.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "sim/engine/data_plane.h"
#include "sim/trace/flow_index.h"
#include "sim/trace/packet_view.h"

namespace sluice {

enum class BreakCause : uint8_t {
  kMemberGone,     // its member went down or was removed
  kEvicted,        // its half-open entry had to make room
  kTableFull,      // no way free in its buckets
  kDigestAlias,    // another connection has its digest
  kRingChange,     // dispatched again, and the ring was no longer the same
  kExpired,        // idle past its timeout
  kHalfOpenLimit,  // half-open connections were at their budget
  kSnatExhausted,  // no source of full NAT was free
  kUnknown,        // none of these: a bug somewhere
};
inline constexpr size_t kBreakCauseCount = 9;

std::string_view name(BreakCause cause);  // "member_gone"
std::string_view doc(BreakCause cause);   // the sentence above

struct BrokenConnection {
  uint64_t time_ns = 0;
  PacketTuple client;  // client > virtual
  uint16_t virtual_id = 0;
  uint16_t member_before = 0;  // 0: it never had one
  uint16_t member_after = 0;   // 0: dropped
  regs::DropReason reason = regs::DropReason::kNone;
  BreakCause cause = BreakCause::kUnknown;
};

// Timeouts of the data plane, to tell expired connections where events are missing: an entry that
// is past its timeout but was not yet collected ends without one. Defaults: TIMER's reset values.
struct LedgerTimeouts {
  uint64_t half_open_ns = 3'000'000'000;
  uint64_t established_ns = 300'000'000'000;
  uint64_t closing_half_ns = 120'000'000'000;  // one side has sent FIN
  uint64_t closing_ns = 10'000'000'000;        // both have
  uint64_t one_way_ns = 30'000'000'000;
  uint64_t two_way_ns = 120'000'000'000;
};

class FlowLedger {
 public:
  // Most broken connections kept for the list; all are counted.
  static constexpr size_t kMaxListed = 1'000'000;

  FlowLedger();

  // The timer profile of a virtual; the defaults for virtuals without.
  void setTimeouts(uint16_t virtual_id, const LedgerTimeouts& timeouts) {
    timeouts_[virtual_id & 1023] = timeouts;
  }

  // In the order of the data plane: each frame before it is offered, each result, each event.
  // Frames whose id was not announced are ignored.
  void onOffered(const FrameIn& frame);
  void onFrame(const FrameOut& frame);
  void onEvent(const regs::Event& event);

  // What the control plane did.
  void memberGone(uint16_t member) {
    gone_[member & 4095] = true;
  }  // down (failed, disabled) or removed
  void memberBack(uint16_t member) { gone_[member & 4095] = false; }
  void ringChanged(uint16_t virtual_id, uint64_t now_ns) {
    ring_changed_ns_[virtual_id & 1023] = now_ns + 1;
  }

  uint64_t opened() const { return opened_; }
  uint64_t closed() const { return closed_; }
  uint64_t live() const { return opened_ - closed_; }
  uint64_t peak() const { return peak_; }
  uint64_t broken() const;
  uint64_t broken(BreakCause cause) const { return broken_count_[static_cast<size_t>(cause)]; }
  const std::vector<BrokenConnection>& brokenList() const { return broken_list_; }
  const std::vector<uint64_t>& virtualConnections() const {
    return virtual_connections_;
  }  // by virtual id
  const std::vector<uint64_t>& memberConnections() const {
    return member_connections_;
  }  // by member id

  // False once events and frames no longer matched (event queue overflow): causes are then
  // inferred.
  bool eventsMatched() const { return !events_lost_; }

 private:
  struct Pending {
    uint64_t id = UINT64_MAX;  // UINT64_MAX: free
    uint64_t hash = 0;
    PacketTuple tuple;
    uint8_t tcp_flags = 0;
    bool relevant = false;
  };

  Pending* pendingOf(uint64_t id);
  void growPending();
  void onForwarded(const Pending& packet, const FrameOut& frame);
  void onDropped(const Pending& packet, const FrameOut& frame);
  void onReverse(const FrameOut& frame);
  void startConnection(FlowEntry& entry, const Pending& packet, const regs::Result& result);
  void trackClient(FlowEntry& entry, const Pending& packet, const regs::Result& result);
  void closeConnection(FlowEntry& entry);
  void breakConnection(FlowEntry& entry, const Pending& packet, const regs::Result& result,
                       BreakCause cause);
  bool idleTooLong(const FlowEntry& entry, uint64_t now_ns) const;
  BreakCause causeOfMove(const FlowEntry& entry, const regs::Result& result) const;
  BreakCause causeOfDrop(const FlowEntry& entry, const regs::Result& result) const;
  void matchEvents();
  void applyEvent(const regs::Event& event, uint64_t opened_hash);

  std::vector<LedgerTimeouts> timeouts_;  // by virtual id
  FlowIndex flows_;
  std::vector<Pending> pending_;
  std::array<bool, 4096> gone_{};
  std::array<uint64_t, 1024> ring_changed_ns_{};  // time + 1; 0 = never

  std::deque<regs::Event> events_;
  std::deque<std::pair<uint64_t, uint32_t>> openings_;  // hash; virtual and member
  std::vector<uint64_t> slot_hash_;
  bool events_lost_ = false;
  bool evictions_seen_ = false;

  uint64_t opened_ = 0;
  uint64_t closed_ = 0;
  uint64_t peak_ = 0;
  std::array<uint64_t, kBreakCauseCount> broken_count_{};
  std::vector<BrokenConnection> broken_list_;
  std::vector<uint64_t> virtual_connections_;
  std::vector<uint64_t> member_connections_;
};

}  // namespace sluice
