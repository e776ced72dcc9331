// SPDX-License-Identifier: Apache-2.0
// What holds for rings of every kind, and what sets rendezvous and modulo rings apart. Maglev's own
// properties: maglev_test.cpp.
#include "firmware/control/ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "firmware/control/hash.h"
#include "firmware/control/rendezvous.h"

namespace sluice {
namespace {

constexpr RingKind kKinds[] = {RingKind::kMaglev, RingKind::kRendezvous, RingKind::kModulo};

std::vector<RingMember> makeMembers(uint32_t count) {
  std::vector<RingMember> members;
  for (uint32_t i = 1; i <= count; ++i) {
    IpAddress address;
    address.bytes = {10, 1, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)};
    members.push_back({identity64(address, 80), 1, static_cast<uint16_t>(i)});
  }
  return members;
}

std::vector<RingMember> without(std::vector<RingMember> members, uint16_t id) {
  std::erase_if(members, [&](const RingMember& member) { return member.id == id; });
  return members;
}

// Part of the slots that did not belong to `gone` and change hands.
double moved(const std::vector<uint16_t>& before, const std::vector<uint16_t>& after,
             uint16_t gone) {
  size_t count = 0;
  for (size_t slot = 0; slot < before.size(); ++slot)
    count += before[slot] != gone && before[slot] != after[slot];
  return static_cast<double>(count) / static_cast<double>(before.size());
}

TEST(Ring, NoMembersAndOneMember) {
  for (const RingKind kind : kKinds) {
    EXPECT_EQ(buildRing(kind, {}, 7), std::vector<uint16_t>(7, 0));
    EXPECT_EQ(buildRing(kind, makeMembers(1), 251), std::vector<uint16_t>(251, 1));
  }
}

TEST(Ring, DoesNotDependOnTheOrderOfMembers) {
  auto members = makeMembers(30);
  for (RingMember& member : members) member.weight = member.id % 3 + 1;
  auto shuffled = members;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(7));
  for (const RingKind kind : kKinds)
    EXPECT_EQ(buildRing(kind, shuffled, 1021), buildRing(kind, members, 1021));
}

TEST(Ring, SharesFollowWeights) {
  auto members = makeMembers(4);
  const uint32_t weights[] = {1, 2, 3, 10};
  for (size_t i = 0; i < 4; ++i) members[i].weight = weights[i];
  for (const RingKind kind : kKinds) {
    const auto shares = ringShares(buildRing(kind, members, 65'537), 5);
    EXPECT_EQ(shares[0], 0u);
    for (size_t i = 0; i < 4; ++i) {
      const double ideal = 65'537.0 * weights[i] / 16;
      // Turns: within two slots. By chance: within five standard deviations.
      const double allowed = kind == RingKind::kRendezvous ? 5 * std::sqrt(ideal) : 2;
      EXPECT_NEAR(shares[i + 1], ideal, allowed) << "kind " << int(kind) << ", member " << i;
    }
  }
}

TEST(Ring, RendezvousMovesNothingButTheSlotsOfTheMemberThatLeft) {
  auto members = makeMembers(20);
  for (const bool weighted : {false, true}) {
    for (RingMember& member : members) member.weight = weighted ? member.id % 4 + 1 : 5;
    const auto [before, second] = buildRendezvousRing(members, 4093);
    const auto [after, third] = buildRendezvousRing(without(members, 7), 4093);
    EXPECT_EQ(moved(before, after, 7), 0);
    for (size_t slot = 0; slot < before.size(); ++slot) {
      EXPECT_NE(before[slot], second[slot]);
      if (before[slot] == 7) {
        EXPECT_EQ(after[slot], second[slot]) << "slot " << slot;
      }
    }
  }
}

TEST(Ring, ModuloMovesNearlyAll) {
  const auto members = makeMembers(20);
  const auto before = buildRing(RingKind::kModulo, members, 4093);
  const auto after = buildRing(RingKind::kModulo, without(members, 7), 4093);
  EXPECT_GT(moved(before, after, 7), 0.85);
}

// A golden of the construction itself: a change of it moves connections when firmware is updated.
TEST(Ring, RendezvousIsTheSameEverywhere) {
  uint64_t digest = 0;
  for (const uint16_t id : buildRing(RingKind::kRendezvous, makeMembers(10), 251))
    digest = mix64(digest, id);
  EXPECT_EQ(digest, 0xbc50a433a5640760u) << "0x" << std::hex << digest;
}

TEST(Ring, DefaultSizes) {
  EXPECT_EQ(defaultRingSize(0), 251u);
  EXPECT_EQ(defaultRingSize(2), 251u);
  EXPECT_EQ(defaultRingSize(3), 1021u);
  EXPECT_EQ(defaultRingSize(40), 4093u);
  EXPECT_EQ(defaultRingSize(163), 16'381u);
  EXPECT_EQ(defaultRingSize(655), 65'537u);
  EXPECT_EQ(defaultRingSize(4000), 65'537u);
}

TEST(Ring, Primes) {
  for (const uint32_t prime : {2u, 3u, 251u, 65'521u, 65'537u}) EXPECT_TRUE(isPrime(prime));
  for (const uint32_t other : {0u, 1u, 4u, 255u, 65'535u, 65'025u}) EXPECT_FALSE(isPrime(other));
}

}  // namespace
}  // namespace sluice
