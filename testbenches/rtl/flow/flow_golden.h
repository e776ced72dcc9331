// SPDX-License-Identifier: Apache-2.0
//
// Sections 7 and 8 of docs/data-plane.md as plain sequential code over one array of slots: what the
// RTL must do with one packet after the other. Slot-exact: entries stand where the page says.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice::flow_test {

struct Geometry {
  uint32_t banks = 4;
  uint32_t ways = 4;
  uint32_t rows_log2 = 4;
  uint32_t virtuals = 8;
  uint32_t pools = 8;
  uint32_t members = 16;
  uint32_t ring_log2 = 6;
  uint32_t digest_bits = 24;
  bool exact_keys = true;
  uint32_t sources = 16;
  uint32_t snat_ports_log2 = 2;

  uint32_t rows() const { return 1u << rows_log2; }
  uint32_t slots() const { return banks * rows() * ways; }
};

/// A packet as it reaches the connection table.
struct Packet {
  regs::IngressMeta meta;
  regs::Parsed parsed;
  regs::Tuple key;
  regs::Classified classified;
  uint64_t hash_src = 0;
  uint64_t hash_dst = 0;
  uint64_t hash_src0 = 0;
  /// The policer drops it, by the verdict and reason in `classified`, while it is being looked up.
  bool policed = false;
};

struct Entry {
  regs::FlowTagRow tag;
  regs::FlowKeyRow key;
};

struct Totals {
  uint32_t live = 0, half_open = 0;
  uint64_t hits = 0, misses = 0, opened = 0, closed = 0, evicted = 0, full = 0, alias = 0;
  bool operator==(const Totals&) const = default;
};

class FlowGolden {
 public:
  explicit FlowGolden(const Geometry& geometry);

  struct Outcome {
    regs::Routed routed;
    std::optional<regs::Event> event;
    bool early = false;  // an answer to a source that one of the last packets took
  };
  Outcome process(const Packet& packet);

  /// The slot that a scrub step visiting `row` would free, if any.
  std::optional<uint32_t> scrubChoice(uint32_t row, regs::ScrubMode mode, uint32_t argument,
                                      uint64_t now) const;
  /// Frees it.
  regs::Event scrub(uint32_t slot, regs::ScrubMode mode, uint64_t now);

  /// The member that a new connection of this packet would get.
  std::optional<uint16_t> peekMember(const Packet& packet) const;
  /// The source of full NAT that it would get: {row of snat_address, port - 0xC000}.
  std::optional<uint32_t> peekSource(const Packet& packet) const;
  /// Where answers to a source go: address and port.
  regs::Tuple sourceOf(uint32_t id) const;

  /// The row of table flow_key: 0 where the table holds no keys.
  regs::FlowKeyRow keyRow(const Entry& entry) const {
    return geometry_.exact_keys ? entry.key : regs::FlowKeyRow{};
  }
  const Entry& entry(uint32_t slot) const { return slots_[slot]; }
  bool isLive(uint32_t slot, uint64_t now) const;
  uint32_t rowOf(uint32_t slot) const;
  const Totals& totals() const { return totals_; }
  regs::SnatPortsRow snatPorts(uint32_t address) const;

  // Configuration: banked tables by bank.
  std::array<std::vector<regs::MemberRow>, 2> members;
  std::array<std::vector<regs::PoolRow>, 2> pools;
  std::array<std::vector<regs::VirtualRow>, 2> virtuals;
  std::vector<uint16_t> ring;
  std::vector<regs::ConnectionPolicerRow> policers;
  std::vector<regs::SnatAddressRow> snat_addresses;
  std::array<uint32_t, 24> timers{};
  uint32_t half_open_max = 0;
  uint64_t source_rate = 0;  // of new connections
  uint32_t source_burst = 0;
  bool report_opened = true, report_closed = true, report_failed = true;

  std::vector<regs::VirtualConnectionsRow> virtual_connections;
  std::vector<regs::MemberConnectionsRow> member_connections;

 private:
  struct Bucket {
    uint64_t tokens = 0;
    uint64_t last = 0;
  };
  struct Policer {
    uint64_t rate = 0;
    uint32_t burst = 0;
  };
  struct Choice {
    uint16_t member = 0;
    regs::DropReason reason{};
  };
  struct Place {
    uint32_t slot;
    regs::CloseCause cause;
  };

  uint32_t slotOf(const Packet& packet, uint32_t bank, uint32_t way) const;
  uint32_t forwardDigest(const Packet& packet) const;
  uint32_t reverseDigest(const Packet& packet, uint32_t server, uint16_t port) const;
  std::optional<uint32_t> lookup(const Packet& packet) const;
  /// The source that a packet answers to.
  std::optional<uint32_t> answered(const Packet& packet) const;
  /// Whether one of the last three packets took a source, a rate tick ago at most.
  bool early(uint32_t id, uint64_t now) const;
  bool keyMatches(const Packet& packet, const Entry& entry) const;
  void hit(const Packet& packet, uint32_t slot);
  void miss(const Packet& packet);
  /// Mode fullnat: the source that a forward packet gets.
  void translated(uint32_t reference);
  void open(const Packet& packet, std::optional<uint32_t> in_place, regs::CloseCause cause,
            bool lone);
  Choice choose(const Packet& packet) const;
  static bool charge(Bucket& bucket, const Policer& policer, uint64_t now);
  void countHalfOpen(uint16_t virtual_id, int change);
  bool aliased(const Packet& packet, std::optional<uint32_t> except, uint32_t forward, bool nat,
               uint32_t reverse) const;
  std::optional<Place> place(const Packet& packet) const;
  /// The half-open entry to replace, of one virtual or of any.
  std::optional<Place> victim(const Packet& packet, std::optional<uint16_t> owner) const;
  void close(uint32_t slot, regs::CloseCause cause);
  void drop(regs::DropReason reason, regs::FlowResult result);
  void found(uint16_t member);
  uint32_t live(uint16_t member) const;
  uint32_t timeout(regs::FlowState state, uint8_t profile) const;
  std::optional<regs::Event> report(uint64_t now) const;

  Geometry geometry_;
  std::vector<Entry> slots_;
  std::vector<Bucket> buckets_;
  std::vector<Bucket> source_buckets_;
  std::vector<uint32_t> half_open_;  // by virtual
  std::vector<std::deque<uint32_t>> free_ports_;
  struct Taken {
    std::optional<uint32_t> source;
    uint64_t now = 0;
  };
  std::deque<Taken> recent_;  // by the last packets
  Totals totals_;
  // Of the packet being processed.
  regs::Routed routed_;
  regs::Event event_;
};

}  // namespace sluice::flow_test
