// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/member_weight.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

TEST(MemberWeightTest, SlowStartTakesTenSteps) {
  MemberWeight weight;
  EXPECT_EQ(weight.percent(0), 100u);
  EXPECT_EQ(weight.nextStep(0), UINT64_MAX);
  weight.startSlowly(5 * kSecond, 20 * kSecond);
  std::vector<uint32_t> steps;
  uint64_t now = 5 * kSecond;
  for (; now != UINT64_MAX; now = weight.nextStep(now)) {
    steps.push_back(weight.percent(now));
    ASSERT_LT(steps.size(), 20u);
  }
  EXPECT_EQ(steps, (std::vector<uint32_t>{10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100}));
  EXPECT_EQ(weight.percent(15 * kSecond), 50u);
  EXPECT_EQ(weight.percent(25 * kSecond), 100u);
  weight.startSlowly(30 * kSecond, 0);
  EXPECT_EQ(weight.percent(30 * kSecond), 100u);
}

TEST(MemberWeightTest, AgentAndSlowStartMultiply) {
  MemberWeight weight;
  weight.setAgent(40);
  EXPECT_EQ(weight.percent(0), 40u);
  weight.startSlowly(0, 10 * kSecond);
  EXPECT_EQ(weight.percent(5 * kSecond), 20u);
  weight.setAgent(1);
  EXPECT_EQ(weight.percent(0), 1u);
  weight.setAgent(std::nullopt);
  EXPECT_EQ(weight.percent(10 * kSecond), 100u);
}

TEST(MemberWeightTest, SpeedChangesWhenItMatters) {
  MemberWeight weight;
  weight.setSpeed(95);
  EXPECT_EQ(weight.percent(0), 100u);
  weight.setSpeed(80);
  EXPECT_EQ(weight.percent(0), 80u);
  weight.setSpeed(88);
  EXPECT_EQ(weight.percent(0), 80u);
  weight.setSpeed(90);
  EXPECT_EQ(weight.percent(0), 90u);
}

TEST(MemberWeightTest, ResponseTimeIsAMean) {
  MemberWeight weight;
  EXPECT_FALSE(weight.measured());
  weight.measure(8'000'000);
  EXPECT_DOUBLE_EQ(weight.responseNs(), 8e6);
  weight.measure(16'000'000);
  EXPECT_DOUBLE_EQ(weight.responseNs(), 10e6);
  for (int i = 0; i < 50; ++i) weight.measure(10'000);
  EXPECT_DOUBLE_EQ(weight.responseNs(), 1e6);
}

}  // namespace
}  // namespace sluice
