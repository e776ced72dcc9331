// SPDX-License-Identifier: Apache-2.0
// Dispatch rings: which member each slot of a pool's ring belongs to.
//
// The data plane chooses a slot by hash; how the slots are shared out decides how evenly members
// are used and how many connections a change of members would move, were it not for the connection
// table. `./sluice bench policies` compares the kinds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sluice {

struct RingMember {
  uint64_t key = 0;     // identity64() of address and port; distinct within a ring
  uint32_t weight = 1;  // >= 1
  uint16_t id = 0;      // what is written into the slots
};

enum class RingKind : uint8_t {
  kMaglev,      // even, and moves few slots: maglev.h
  kRendezvous,  // moves only the slots it must, uneven by chance: rendezvous.h
  kModulo,      // members in turn: perfectly even, moves nearly all slots
};

// The same on every machine, whatever the order of the members. Empty `members`: every slot is 0.
// `size`: a prime for kMaglev.
std::vector<uint16_t> buildRing(RingKind kind, std::span<const RingMember> members, uint32_t size);

// Slots per id, for ids below `ids`.
std::vector<uint32_t> ringShares(std::span<const uint16_t> ring, size_t ids);

bool isPrime(uint32_t value);

inline constexpr uint32_t kMaxRingSize = 65'537;

// The ring for a total of turns per round (sum of the weights over their greatest common divisor):
// the smallest of 251, 1021, 4093, 16381 and 65537 with at least 100 slots per turn, else the
// largest.
uint32_t defaultRingSize(uint64_t turns);

// Members by key: the order that does not depend on how a configuration lists them.
std::vector<RingMember> sortedByKey(std::span<const RingMember> members);

// Shares turns out by weight: in every round each member's credit grows by its weight and it has a
// turn when the credit reaches the largest weight. Turns follow weights to within one, whatever the
// weights.
class Turns {
 public:
  // `members` must outlive this and not be empty.
  explicit Turns(std::span<const RingMember> members);
  // Index of the member whose turn is next.
  size_t next();

 private:
  std::span<const RingMember> members_;
  std::vector<uint32_t> credits_;
  uint32_t heaviest_ = 0;
  size_t at_ = 0;
};

}  // namespace sluice
