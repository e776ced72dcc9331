// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/balancer.h"

#include <gtest/gtest.h>

#include <map>

namespace sluice::proxy {
namespace {

PoolPlan pool(PoolPlan::Choice choice, const std::vector<uint32_t>& weights) {
  PoolPlan plan;
  plan.choice = choice;
  for (size_t i = 0; i < weights.size(); ++i) {
    MemberPlan member;
    member.endpoint = *Endpoint::parse("10.0.0." + std::to_string(i + 1) + ":80");
    member.weight = weights[i];
    member.counters = std::make_shared<MemberCounters>();
    plan.members.push_back(member);
  }
  return plan;
}

IpAddress clientNumber(int i) {
  return *IpAddress::parse("192.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
}

TEST(Balancer, GoesRoundByWeight) {
  const PoolPlan plan = pool(PoolPlan::Choice::kRoundRobin, {5, 1, 1});
  Balancer balancer;
  std::string order;
  for (int i = 0; i < 7; ++i) {
    const MemberPlan* member = balancer.choose(plan, {}, {});
    order += static_cast<char>('a' + (member - plan.members.data()));
  }
  EXPECT_EQ(order, "aabacaa");
}

TEST(Balancer, TakesTheLeastBusyInProportionToItsWeight) {
  const PoolPlan plan = pool(PoolPlan::Choice::kLeastRequests, {1, 4});
  Balancer balancer;
  plan.members[0].counters->active = 1;
  plan.members[1].counters->active = 6;
  EXPECT_EQ(balancer.choose(plan, {}, {}), &plan.members[1]);
  plan.members[1].counters->active = 8;
  EXPECT_EQ(balancer.choose(plan, {}, {}), &plan.members[0]);
}

TEST(Balancer, KeepsClientsWhereTheyAreWhenOthersLeave) {
  PoolPlan plan = pool(PoolPlan::Choice::kSource, {1, 1, 2});
  Balancer balancer;
  std::map<int, const MemberPlan*> before;
  std::map<const MemberPlan*, int> share;
  for (int i = 0; i < 4'000; ++i) ++share[before[i] = balancer.choose(plan, clientNumber(i), {})];
  EXPECT_NEAR(share[&plan.members[0]], 1'000, 150);
  EXPECT_NEAR(share[&plan.members[2]], 2'000, 150);
  plan.members[1].serving = false;
  for (int i = 0; i < 4'000; ++i) {
    const MemberPlan* now = balancer.choose(plan, clientNumber(i), {});
    ASSERT_NE(now, &plan.members[1]);
    if (before[i] != &plan.members[1]) {
      EXPECT_EQ(now, before[i]);
    }
  }
}

TEST(Balancer, LeavesOutWhoIsFullTriedOrDown) {
  PoolPlan plan = pool(PoolPlan::Choice::kRoundRobin, {1, 1, 1});
  Balancer balancer;
  plan.members[0].serving = false;
  plan.members[1].limit = 2;
  plan.members[1].counters->active = 2;
  EXPECT_EQ(balancer.choose(plan, {}, {}), &plan.members[2]);
  const MemberPlan* tried[] = {&plan.members[2]};
  EXPECT_EQ(balancer.choose(plan, {}, tried), nullptr);
  plan.members[1].counters->active = 1;
  EXPECT_EQ(balancer.choose(plan, {}, tried), &plan.members[1]);
}

}  // namespace
}  // namespace sluice::proxy
