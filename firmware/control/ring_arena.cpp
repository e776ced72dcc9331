// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/ring_arena.h"

#include <algorithm>
#include <iterator>

namespace sluice {

std::optional<uint32_t> RingArena::allocate(uint32_t size) {
  for (const auto& [base, length] : free_) {
    if (length < size) continue;
    const uint32_t found = base;
    const uint32_t rest = length - size;
    free_.erase(found);
    if (rest > 0) free_[found + size] = rest;
    return found;
  }
  return std::nullopt;
}

void RingArena::release(uint32_t base, uint32_t size) {
  auto piece = free_.emplace(base, size).first;
  const auto next = std::next(piece);
  if (next != free_.end() && next->first == base + size) {
    piece->second += next->second;
    free_.erase(next);
  }
  if (piece == free_.begin()) return;
  const auto previous = std::prev(piece);
  if (previous->first + previous->second == base) {
    previous->second += piece->second;
    free_.erase(piece);
  }
}

uint32_t RingArena::freeSlots() const {
  uint32_t total = 0;
  for (const auto& piece : free_) total += piece.second;
  return total;
}

uint32_t RingArena::largestFree() const {
  uint32_t largest = 0;
  for (const auto& piece : free_) largest = std::max(largest, piece.second);
  return largest;
}

}  // namespace sluice
