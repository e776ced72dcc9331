// SPDX-License-Identifier: Apache-2.0
// Connection table and dispatch of the model: docs/data-plane.md sections 7 and 8.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sim/model/model_memory.h"
#include "sim/model/model_packet.h"
#include "sim/model/model_police.h"
#include "sim/model/model_source_pool.h"
#include "sim/model/model_tables.h"

namespace sluice::model {

// Totals since power-up, as the FLOW_* registers show them.
struct FlowStatistics {
  uint32_t live = 0;
  uint32_t half_open = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t opened = 0;
  uint64_t closed = 0;
  uint64_t evicted = 0;
  uint64_t full = 0;
  uint64_t alias = 0;
};

// H of section 8, of a classified packet.
uint64_t dispatchHash(const Packet& packet, const regs::CsrConfig& config);

class FlowTable {
 public:
  using EventHandler = std::function<void(const regs::Event&)>;

  FlowTable(const Geometry& geometry, const Tables& tables, EventHandler on_event);

  // Fills packet.place of a classified packet, and has the processor fetch the first bank's row.
  void locate(Packet& packet, const regs::CsrConfig& config) const;
  // When that row has come: fetches the key of the entry that the packet will probably hit, or, if
  // it is not in this row, the rows of the other banks.
  void fetch(const Packet& packet) const;
  // Decides where a located packet goes: fills packet.routed.
  void apply(Packet& packet, const regs::CsrConfig& config);
  // One pass of the scrub engine at time `age_tick`. Returns the number of entries freed.
  uint32_t scrub(regs::ScrubMode mode, uint32_t argument, uint32_t age_tick,
                 const regs::CsrConfig& config);

  const FlowStatistics& statistics() const { return statistics_; }

  // For copies of another data plane.
  // The slots that a located packet looks at, in slot order.
  std::vector<uint32_t> slotsOf(const Packet& packet) const;
  void setSlot(uint32_t slot, const regs::FlowTagRow& tag, const regs::FlowKeyRow& key);
  void setConnections(uint16_t virtual_id, const regs::VirtualConnectionsRow& row);
  void setConnections(uint16_t member, const regs::MemberConnectionsRow& row);
  void setHalfOpen(uint32_t entries) { statistics_.half_open = entries; }
  void setSourcesUsed(uint32_t address, uint32_t ports) { sources_.setUsed(address, ports); }
  void clear();

  regs::FlowTagRow tagRow(uint32_t slot) const;
  const regs::FlowKeyRow& keyRow(uint32_t slot) const { return keys_[slot].row; }
  regs::VirtualConnectionsRow virtualConnections(uint32_t id) const {
    return {virtuals_[id].opened, virtuals_[id].closed};
  }
  regs::MemberConnectionsRow memberConnections(uint32_t id) const {
    return {members_[id].opened, members_[id].closed};
  }
  regs::SnatPortsRow snatPorts(uint32_t address) const { return sources_.row(address); }

 private:
  // All of an entry but its key, packed so that four ways fill a cache line. 0 is a free one.
  struct Tag {
    uint32_t forward_digest : 24;
    regs::FlowState state : 3;
    uint8_t timer : 2;
    bool nat : 1;
    uint32_t reverse_digest : 24;
    uint32_t expires : 24;
    uint16_t virtual_id;
    uint16_t member;
  };
  static_assert(sizeof(Tag) == 16);
  // A cache line of its own.
  struct alignas(64) Key {
    regs::FlowKeyRow row;
  };
  struct Connections {
    uint32_t opened = 0;
    uint32_t closed = 0;
    uint32_t half_open = 0;  // of a virtual
    uint32_t live() const { return opened - closed; }
  };

  static constexpr size_t kSources = 4096;

  // One packet's passage through section 7.
  class Step;
  friend class Step;

  uint32_t rowSlot(uint32_t bank, const FlowPlace& place) const;
  // The digest of the direction that a packet goes in.
  static bool digestMatches(const Tag& tag, bool forward, uint32_t digest) {
    return forward ? tag.forward_digest == digest : tag.nat && tag.reverse_digest == digest;
  }
  void close(Tag& tag);
  void setState(Tag& tag, regs::FlowState state);
  void report(regs::Event event, const regs::CsrConfig& config);

  Geometry geometry_;
  const Tables& tables_;
  EventHandler on_event_;
  LargeTable<Tag> tags_;
  LargeTable<Key> keys_;
  std::vector<Connections> virtuals_ = std::vector<Connections>(regs::VirtualRow::kRows);
  std::vector<Connections> members_ = std::vector<Connections>(regs::MemberRow::kRows);
  std::vector<Bucket> connection_buckets_ = std::vector<Bucket>(regs::ConnectionPolicerRow::kRows);
  std::vector<Bucket> source_buckets_ = std::vector<Bucket>(kSources);
  SourcePool sources_;
  FlowStatistics statistics_;
};

}  // namespace sluice::model
