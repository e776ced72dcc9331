// SPDX-License-Identifier: Apache-2.0
// Places the keys of virtuals in the hash table `virtual_key`: two ways per bucket, two buckets per
// key.
//
// Cuckoo hashing (Pagh and Rodler 2001) with the shortest chain of moves found by breadth-first
// search, so a key is refused only if no arrangement reachable by moving keys has room: in practice
// up to about 85 % of the rows.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "firmware/control/hash.h"
#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

class KeyTable {
 public:
  // `buckets`: a power of two; the table has twice as many rows.
  KeyTable(const HashKey& key, uint32_t buckets)
      : key_(key), rows_(size_t{buckets} * 2), buckets_(buckets) {}

  // False if there is no room; nothing has moved then. The caller inserts no key twice.
  bool insert(const regs::VirtualKeyRow& row);

  // Table rows; row = bucket * 2 + way.
  const std::vector<regs::VirtualKeyRow>& rows() const { return rows_; }

  // The two buckets of a key (docs/data-plane.md section 5); they may be the same.
  std::array<uint32_t, 2> bucketsOf(const regs::VirtualKeyRow& row) const;

 private:
  HashKey key_;
  std::vector<regs::VirtualKeyRow> rows_;
  uint32_t buckets_;
};

}  // namespace sluice
