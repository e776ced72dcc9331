// SPDX-License-Identifier: Apache-2.0
#include "sim/app/flow_counter.h"

#include <algorithm>

#include "sim/trace/packet_view.h"

namespace sluice {

FlowCounter::FlowCounter() : table_(4096) {}

void FlowCounter::onFrame(std::span<const uint8_t> bytes) {
  PacketView view;
  if (!decodePacket(bytes, view)) return;
  const uint64_t there = view.tuple.hash();
  const uint64_t back = view.tuple.reversed().hash();
  if (!insert(std::min(there, back) | 1)) return;
  if (++flows_ * 2 > table_.size()) grow();
}

// True if the hash is new.
bool FlowCounter::insert(uint64_t hash) {
  const uint64_t mask = table_.size() - 1;
  for (uint64_t i = (hash >> 8) & mask;; i = (i + 1) & mask) {
    if (table_[i] == hash) return false;
    if (table_[i] == 0) {
      table_[i] = hash;
      return true;
    }
  }
}

void FlowCounter::grow() {
  std::vector<uint64_t> old(table_.size() * 2);
  old.swap(table_);
  for (const uint64_t hash : old) {
    if (hash != 0) insert(hash);
  }
}

}  // namespace sluice
