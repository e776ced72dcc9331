// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/key_table.h"

namespace sluice {

std::array<uint32_t, 2> KeyTable::bucketsOf(const regs::VirtualKeyRow& row) const {
  const uint64_t hash = hash64(key_, IpAddress{row.is_v6, row.address}, row.port);
  return {static_cast<uint32_t>(hash) & (buckets_ - 1),
          static_cast<uint32_t>(hash >> 32) & (buckets_ - 1)};
}

bool KeyTable::insert(const regs::VirtualKeyRow& row) {
  // A step of the search: this bucket can be reached by moving the key in `from_row` here.
  struct Step {
    uint32_t bucket;
    size_t parent;
    uint32_t from_row;
  };
  constexpr size_t kRoot = SIZE_MAX;
  std::vector<Step> queue;
  std::vector<bool> seen(buckets_);
  const auto visit = [&](uint32_t bucket, size_t parent, uint32_t from_row) {
    if (seen[bucket]) return;
    seen[bucket] = true;
    queue.push_back({bucket, parent, from_row});
  };
  for (const uint32_t bucket : bucketsOf(row)) visit(bucket, kRoot, 0);
  for (size_t head = 0; head < queue.size(); ++head) {
    for (uint32_t way = 0; way < 2; ++way) {
      uint32_t hole = queue[head].bucket * 2 + way;
      if (rows_[hole].valid) continue;
      for (size_t step = head; queue[step].parent != kRoot; step = queue[step].parent) {
        rows_[hole] = rows_[queue[step].from_row];
        hole = queue[step].from_row;
      }
      rows_[hole] = row;
      return true;
    }
    for (uint32_t way = 0; way < 2; ++way) {
      const uint32_t from = queue[head].bucket * 2 + way;
      for (const uint32_t bucket : bucketsOf(rows_[from])) visit(bucket, head, from);
    }
  }
  return false;
}

}  // namespace sluice
