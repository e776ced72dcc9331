// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/rendezvous.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "firmware/control/hash.h"

namespace sluice {
namespace {

// Grows with the hash, more steeply for heavier members; below zero.
double score(uint64_t hash, uint32_t weight) {
  const double uniform = (static_cast<double>(hash >> 11) + 0.5) * 0x1p-53;
  return std::log(uniform) / weight;
}

}  // namespace

std::pair<std::vector<uint16_t>, std::vector<uint16_t>> buildRendezvousRing(
    std::span<const RingMember> members, uint32_t size) {
  std::pair<std::vector<uint16_t>, std::vector<uint16_t>> ring{size, size};
  // In order of the keys, so that equal scores are decided the same way everywhere.
  const std::vector<RingMember> sorted = sortedByKey(members);
  const bool equal = std::all_of(sorted.begin(), sorted.end(), [&](const RingMember& member) {
    return member.weight == sorted.front().weight;
  });
  for (uint32_t slot = 0; slot < size; ++slot) {
    double best = -std::numeric_limits<double>::infinity();
    double next = best;
    for (const RingMember& member : sorted) {
      const uint64_t hash = mix64(member.key, slot);
      // The logarithm changes nothing between equal weights.
      const double mine = equal ? static_cast<double>(hash >> 11) : score(hash, member.weight);
      if (mine > best) {
        next = best;
        ring.second[slot] = ring.first[slot];
        best = mine;
        ring.first[slot] = member.id;
      } else if (mine > next) {
        next = mine;
        ring.second[slot] = member.id;
      }
    }
  }
  return ring;
}

}  // namespace sluice
