// SPDX-License-Identifier: Apache-2.0
// Maglev rings.
//
// Algorithm: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI
// 2016, section 3.4, with weights by turns (ring.h).
//
// Guarantees: the ring depends on the set of members (key, weight) and the size only, not on their
// order; it is the same on every machine; shares are within one slot of exact, hence within 1 % for
// members <= size / 100 of equal weight; removing a member moves few slots of the others (measured
// in maglev_test).
#pragma once

#include "firmware/control/ring.h"

namespace sluice {

// `size`: a prime. Empty `members`: every slot is 0. About 10 steps per slot; 65,537 slots take a
// few milliseconds.
std::vector<uint16_t> buildMaglevRing(std::span<const RingMember> members, uint32_t size);

}  // namespace sluice
