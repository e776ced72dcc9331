// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/maglev.h"

#include "firmware/control/hash.h"

namespace sluice {

namespace {

// A member's walk through all slots: start, start + skip, start + 2 skip, ... modulo the (prime)
// ring size.
struct Walk {
  uint32_t next;
  uint32_t skip;
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
  std::vector<Walk> walks;
  walks.reserve(members.size());
  for (const RingMember& member : members) {
    const uint64_t start = mix64(member.key, 1) % size;
    const uint64_t skip = size > 2 ? mix64(member.key, 2) % (size - 1) + 1 : 1;
    walks.push_back({static_cast<uint32_t>(start), static_cast<uint32_t>(skip)});
  }
  return walks;
}

}  // namespace

std::vector<uint16_t> buildMaglevRing(std::span<const RingMember> members, uint32_t size) {
  std::vector<uint16_t> ring(size, 0);
  if (members.empty() || size == 0) return ring;
  const std::vector<RingMember> sorted = sortedByKey(members);
  std::vector<Walk> walks = makeWalks(sorted, size);
  Turns turns(sorted);
  Taken taken(size);
  for (uint32_t filled = 0; filled < size; ++filled) {
    const size_t member = turns.next();
    Walk& walk = walks[member];
    uint32_t slot = walk.next;
    while (taken.test(slot)) {
      slot += walk.skip;
      if (slot >= size) slot -= size;
    }
    taken.set(slot);
    ring[slot] = sorted[member].id;
    walk.next = slot + walk.skip >= size ? slot + walk.skip - size : slot + walk.skip;
  }
  return ring;
}

}  // namespace sluice
