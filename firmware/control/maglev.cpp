// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/maglev.h"

#include <algorithm>
#include <array>

#include "firmware/control/hash.h"

namespace sluice {

namespace {

// A member's walk through all slots: start, start + skip, start + 2 skip, ... modulo the (prime)
// ring size.
struct Walk {
  uint32_t next;
  uint32_t skip;
  uint32_t weight;
  uint32_t credit;
  uint16_t id;
};

// Which slots are taken, one bit each: small enough for the first-level cache.
class Taken {
 public:
  explicit Taken(uint32_t size) : words_((size + 63) / 64) {}
  bool test(uint32_t slot) const { return (words_[slot / 64] >> (slot % 64) & 1) != 0; }
  void set(uint32_t slot) { words_[slot / 64] |= uint64_t{1} << (slot % 64); }

 private:
  std::vector<uint64_t> words_;
};

std::vector<Walk> makeWalks(std::span<const RingMember> members, uint32_t size) {
  std::vector<RingMember> sorted(members.begin(), members.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const RingMember& a, const RingMember& b) { return a.key < b.key; });
  std::vector<Walk> walks;
  walks.reserve(sorted.size());
  for (const RingMember& member : sorted) {
    const uint64_t start = mix64(member.key, 1) % size;
    const uint64_t skip = size > 2 ? mix64(member.key, 2) % (size - 1) + 1 : 1;
    walks.push_back(
        {static_cast<uint32_t>(start), static_cast<uint32_t>(skip), member.weight, 0, member.id});
  }
  return walks;
}

}  // namespace

std::vector<uint16_t> buildRing(std::span<const RingMember> members, uint32_t size) {
  std::vector<uint16_t> ring(size, 0);
  if (members.empty() || size == 0) return ring;
  std::vector<Walk> walks = makeWalks(members, size);
  uint32_t heaviest = 0;
  for (const Walk& walk : walks) heaviest = std::max(heaviest, walk.weight);
  Taken taken(size);
  for (uint32_t filled = 0;;) {
    for (Walk& walk : walks) {
      walk.credit += walk.weight;
      if (walk.credit < heaviest) continue;
      walk.credit -= heaviest;
      uint32_t slot = walk.next;
      while (taken.test(slot)) {
        slot += walk.skip;
        if (slot >= size) slot -= size;
      }
      taken.set(slot);
      ring[slot] = walk.id;
      walk.next = slot + walk.skip >= size ? slot + walk.skip - size : slot + walk.skip;
      if (++filled == size) return ring;
    }
  }
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

}  // namespace sluice
