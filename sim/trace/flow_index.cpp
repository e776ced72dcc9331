// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/flow_index.h"

#include <algorithm>

namespace sluice {

namespace {
constexpr size_t kInitialEntries = 1u << 16;
}

FlowIndex::FlowIndex() : entries_(kInitialEntries), mask_(kInitialEntries - 1) {}

FlowEntry& FlowIndex::insert(uint64_t hash, uint64_t now_ns) {
  if (FlowEntry* found = find(hash)) return *found;
  if ((used_ + 1) * 10 > entries_.size() * 6) grow(now_ns);
  uint64_t at = hash & mask_;
  while (entries_[at].hash != 0) at = (at + 1) & mask_;
  entries_[at].hash = hash;
  ++used_;
  return entries_[at];
}

void FlowIndex::grow(uint64_t now_ns) {
  const auto forget = [&](const FlowEntry& entry) {
    const bool done = entry.has(FlowEntry::kClosed) || entry.has(FlowEntry::kBroken);
    return entry.hash == 0 || entry.last_ns + (done ? kForgetClosedNs : kForgetIdleNs) < now_ns;
  };
  const auto keep = static_cast<size_t>(std::count_if(
      entries_.begin(), entries_.end(), [&](const FlowEntry& entry) { return !forget(entry); }));
  size_t size = entries_.size();
  while (keep * 10 >= size * 4) size *= 2;

  std::vector<FlowEntry> old(size);
  old.swap(entries_);
  mask_ = size - 1;
  used_ = keep;
  for (const FlowEntry& entry : old) {
    if (forget(entry)) continue;
    uint64_t at = entry.hash & mask_;
    while (entries_[at].hash != 0) at = (at + 1) & mask_;
    entries_[at] = entry;
  }
}

}  // namespace sluice
