// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/expected_share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<TrafficCount> packets(std::initializer_list<uint64_t> counts) {
  std::vector<TrafficCount> traffic;
  for (const uint64_t count : counts) traffic.push_back({count, 64 * count});
  return traffic;
}

auto is(uint16_t id, double share) { return Pair(id, DoubleNear(share, 1e-12)); }

TEST(ExpectedShares, WithoutTrafficItIsTheRing) {
  ExpectedShares expected;
  expected.setRing("web", {{1, 0.25}, {2, 0.75}});
  expected.settle({0, 0, 0}, packets({0, 0, 0}));
  expected.setRing("web", {{1, 0.5}, {2, 0.5}});
  EXPECT_THAT(expected.shares(), ElementsAre(is(1, 0.5), is(2, 0.5)));
}

TEST(ExpectedShares, RingsAreWeightedByTheConnectionsOpenedUnderThem) {
  ExpectedShares expected;
  expected.setRing("web", {{1, 0.5}, {2, 0.5}});
  expected.setRing("dns", {{3, 1}});
  expected.settle({0, 160, 140, 1000}, packets({0, 9, 9, 9}));
  expected.setRing("web", {{1, 0.9}, {2, 0.1}});
  expected.setRing("dns", {{3, 1}});
  expected.settle({0, 260, 140, 5000}, packets({0, 10'000, 9, 9}));
  // 300 connections under the first ring, 100 under the second.
  EXPECT_THAT(expected.shares(), ElementsAre(is(1, 0.6), is(2, 0.4), is(3, 1)));
}

TEST(ExpectedShares, MembersComeAndGo) {
  ExpectedShares expected;
  expected.setRing("web", {{1, 0.5}, {2, 0.5}});
  expected.settle({0, 50, 50, 0}, packets({0, 0, 0, 0}));
  expected.setRing("web", {{1, 0.5}, {3, 0.5}});
  expected.settle({0, 100, 50, 50}, packets({0, 0, 0, 0}));
  EXPECT_THAT(expected.shares(), ElementsAre(is(1, 0.5), is(2, 0.25), is(3, 0.25)));
}

TEST(ExpectedShares, PacketsAreTheWeightWhereNoConnectionIsOpened) {
  ExpectedShares expected;
  expected.setRing("web", {{1, 1}, {2, 0}});
  expected.settle({0, 0, 0}, packets({0, 30, 0}));
  expected.setRing("web", {{1, 0}, {2, 1}});
  expected.settle({0, 0, 0}, packets({0, 30, 10}));
  EXPECT_THAT(expected.shares(), ElementsAre(is(1, 0.75), is(2, 0.25)));
}

}  // namespace
}  // namespace sluice
