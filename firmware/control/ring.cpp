// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/ring.h"

#include <algorithm>
#include <array>

#include "firmware/control/maglev.h"
#include "firmware/control/rendezvous.h"

namespace sluice {
namespace {

std::vector<uint16_t> buildModuloRing(std::span<const RingMember> members, uint32_t size) {
  std::vector<uint16_t> ring(size, 0);
  if (members.empty()) return ring;
  const std::vector<RingMember> sorted = sortedByKey(members);
  Turns turns(sorted);
  for (uint16_t& slot : ring) slot = sorted[turns.next()].id;
  return ring;
}

}  // namespace

std::vector<uint16_t> buildRing(RingKind kind, std::span<const RingMember> members, uint32_t size) {
  switch (kind) {
    case RingKind::kMaglev:
      break;
    case RingKind::kRendezvous:
      return buildRendezvousRing(members, size).first;
    case RingKind::kModulo:
      return buildModuloRing(members, size);
  }
  return buildMaglevRing(members, size);
}

std::vector<uint32_t> ringShares(std::span<const uint16_t> ring, size_t ids) {
  std::vector<uint32_t> shares(ids, 0);
  for (const uint16_t id : ring) {
    if (id < ids) ++shares[id];
  }
  return shares;
}

bool isPrime(uint32_t value) {
  if (value < 2) return false;
  for (uint32_t divisor = 2; uint64_t{divisor} * divisor <= value; ++divisor) {
    if (value % divisor == 0) return false;
  }
  return true;
}

uint32_t defaultRingSize(uint64_t turns) {
  constexpr std::array<uint32_t, 5> kSizes = {251, 1021, 4093, 16'381, kMaxRingSize};
  for (const uint32_t size : kSizes) {
    if (turns * 100 <= size) return size;
  }
  return kMaxRingSize;
}

std::vector<RingMember> sortedByKey(std::span<const RingMember> members) {
  std::vector<RingMember> sorted(members.begin(), members.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const RingMember& a, const RingMember& b) { return a.key < b.key; });
  return sorted;
}

Turns::Turns(std::span<const RingMember> members) : members_(members), credits_(members.size()) {
  for (const RingMember& member : members) heaviest_ = std::max(heaviest_, member.weight);
}

size_t Turns::next() {
  for (;;) {
    const size_t member = at_;
    at_ = at_ + 1 == members_.size() ? 0 : at_ + 1;
    credits_[member] += members_[member].weight;
    if (credits_[member] < heaviest_) continue;
    credits_[member] -= heaviest_;
    return member;
  }
}

}  // namespace sluice
