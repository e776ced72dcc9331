// SPDX-License-Identifier: Apache-2.0
// Which slots of the connection table are in use, by the events of the data plane, so that nobody
// has to read a million rows to find a few connections.
//
// True to the table if it was empty when the first event came and none was lost. A bit a slot.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

class ConnectionSlots {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  void onEvent(const regs::Event& event) {
    if (event.opened) {
      set(event.slot);
    } else if (event.closed != regs::CloseCause::kNone) {
      clear(event.slot);
    }
  }

  // The first slot in use from `slot` on, or kNone.
  uint32_t next(uint32_t slot) const {
    for (size_t i = slot / 64; i < words_.size(); ++i) {
      const uint64_t left = i == slot / 64 ? words_[i] >> (slot % 64) << (slot % 64) : words_[i];
      if (left != 0) return static_cast<uint32_t>(i * 64) + std::countr_zero(left);
    }
    return kNone;
  }
  uint32_t count() const { return count_; }

 private:
  void set(uint32_t slot) {
    if (slot / 64 >= words_.size()) words_.resize(slot / 64 + 1);
    const uint64_t bit = uint64_t{1} << (slot % 64);
    count_ += (words_[slot / 64] & bit) == 0;
    words_[slot / 64] |= bit;
  }
  void clear(uint32_t slot) {
    if (slot / 64 >= words_.size()) return;
    const uint64_t bit = uint64_t{1} << (slot % 64);
    count_ -= (words_[slot / 64] & bit) != 0;
    words_[slot / 64] &= ~bit;
  }

  std::vector<uint64_t> words_;
  uint32_t count_ = 0;
};

}  // namespace sluice
