// SPDX-License-Identifier: Apache-2.0
// The ring memory, shared out to pools: first fit, neighbouring free pieces joined.
//
// A value: copies are independent, so an update can be planned on a copy and thrown away.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

class RingArena {
 public:
  RingArena() : RingArena(regs::RingRow::kRows) {}
  explicit RingArena(uint32_t slots) : slots_(slots) { free_[0] = slots; }

  // First slot of a piece of `size` > 0 slots; nothing if no free piece is long enough.
  std::optional<uint32_t> allocate(uint32_t size);

  // Gives back exactly what allocate() gave.
  void release(uint32_t base, uint32_t size);

  uint32_t freeSlots() const;
  uint32_t largestFree() const;
  uint32_t slots() const { return slots_; }

 private:
  uint32_t slots_;
  std::map<uint32_t, uint32_t> free_;  // base -> size
};

}  // namespace sluice
