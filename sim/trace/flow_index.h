// SPDX-License-Identifier: Apache-2.0
// The hash table under the flow ledger: open addressing, linear probing, two entries per cache
// line.
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

// One connection as the ledger knows it.
struct FlowEntry {
  static constexpr uint8_t kTcp = 0x01;
  static constexpr uint8_t kEstablished = 0x02;  // TCP: the client's ACK was seen
  static constexpr uint8_t kClientFin = 0x04;
  static constexpr uint8_t kServerFin = 0x08;
  static constexpr uint8_t kReverseSeen = 0x10;
  static constexpr uint8_t kClosed = 0x20;  // RST, or FIN from whoever was seen sending
  static constexpr uint8_t kBroken = 0x40;
  static constexpr uint8_t kCounted = 0x80;  // counts as live

  uint64_t hash = 0;  // 0: free
  uint64_t last_ns = 0;
  uint64_t since_ns = 0;  // when it came to its member
  uint16_t member = 0;
  uint16_t virtual_id = 0;
  uint8_t flags = 0;
  regs::CloseCause table_close =
      regs::CloseCause::kNone;  // why its entry left the data plane's table, if known
  regs::FlowResult table_result = regs::FlowResult::kNone;  // of its last packet

  bool has(uint8_t flag) const { return (flags & flag) != 0; }
};
static_assert(sizeof(FlowEntry) == 32);

class FlowIndex {
 public:
  // Closed or idle this long, a connection may be forgotten when the table would have to grow.
  static constexpr uint64_t kForgetClosedNs = 120'000'000'000;
  static constexpr uint64_t kForgetIdleNs = 3'600'000'000'000;

  FlowIndex();

  void prefetch(uint64_t hash) const { __builtin_prefetch(&entries_[hash & mask_], 1); }

  // nullptr if there is none. Pointers are valid until the next insert().
  FlowEntry* find(uint64_t hash) {
    for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
      if (entries_[at].hash == hash) return &entries_[at];
      if (entries_[at].hash == 0) return nullptr;
    }
  }

  // Finds or makes the entry; a new one has nothing but its hash.
  FlowEntry& insert(uint64_t hash, uint64_t now_ns);

  size_t size() const { return used_; }

 private:
  void grow(uint64_t now_ns);

  std::vector<FlowEntry> entries_;
  uint64_t mask_;
  size_t used_ = 0;
};

}  // namespace sluice
