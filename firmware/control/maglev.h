// SPDX-License-Identifier: Apache-2.0
// Maglev rings: which member each slot of a pool's dispatch ring belongs to.
//
// Algorithm: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI
// 2016, section 3.4. Weights are by turns: in every round each member's credit grows by its weight
// and it takes a slot when the credit reaches the largest weight, so slots follow weights to within
// one slot of a turn, whatever the weights.
//
// Guarantees: the ring depends on the set of members (key, weight) and the size only, not on their
// order; it is the same on every machine; shares are within one slot of exact, hence within 1 % for
// members <= size / 100 of equal weight; removing a member moves few slots of the others (measured
// in maglev_test).
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

// `size`: a prime. Empty `members`: every slot is 0. About 10 steps per slot; 65,537 slots take a
// few milliseconds.
std::vector<uint16_t> buildRing(std::span<const RingMember> members, uint32_t size);

// Slots per id, for ids below `ids`.
std::vector<uint32_t> ringShares(std::span<const uint16_t> ring, size_t ids);

bool isPrime(uint32_t value);

inline constexpr uint32_t kMaxRingSize = 65'537;

// The ring for a total of turns per round (sum of the weights over their greatest common divisor):
// the smallest of 251, 1021, 4093, 16381 and 65537 with at least 100 slots per turn, else the
// largest.
uint32_t defaultRingSize(uint64_t turns);

}  // namespace sluice
