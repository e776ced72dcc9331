// SPDX-License-Identifier: Apache-2.0
// Rendezvous (highest random weight) rings: a slot belongs to the member with the highest score.
//
// Algorithm: Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM
// Transactions on Networking 6 (1), 1998; weights by the logarithmic method of Schindelhauer and
// Schomaker, "Weighted distributed hash tables", SPAA 2005.
//
// Guarantees: a change of members moves exactly the slots that it must; shares are those of a
// random assignment (a standard deviation of sqrt(members / size) of a share). The second member
// of a slot is the one that has it when the first is gone: balancers of the "second chance" kind
// (GLB director) let a packet that the first does not know go to it.
#pragma once

#include <utility>

#include "firmware/control/ring.h"

namespace sluice {

// The first and the second members of all slots (second: 0 with a single member). Empty `members`:
// all 0. One score per slot and member: 65,537 slots of 1,000 members take a fraction of a second.
std::pair<std::vector<uint16_t>, std::vector<uint16_t>> buildRendezvousRing(
    std::span<const RingMember> members, uint32_t size);

}  // namespace sluice
