// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/pool_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using State = AdminState;

class PoolServiceTest : public testing::Test {
 protected:
  PoolServiceTest() {
    pool_.name = "web";
    for (int i = 0; i < 4; ++i) {
      Member member;
      member.endpoint = *Endpoint::parse("10.0.0." + std::to_string(11 + i) + ":80");
      pool_.members.push_back(member);
    }
  }
  Operational::OfMember& is(size_t member) {
    return operational_.members[{"web", pool_.members[member].endpoint}];
  }
  Overrides::OfMember& override(size_t member) {
    return overrides_.members[{"web", pool_.members[member].endpoint}];
  }
  PoolService serve(bool last_resort = true) {
    return servePool(pool_, overrides_, operational_, last_resort);
  }
  std::vector<bool> serving() {
    std::vector<bool> all;
    for (const MemberService& member : serve().members) all.push_back(member.serving);
    return all;
  }
  std::vector<State> states() {
    std::vector<State> all;
    for (const MemberService& member : serve().members) all.push_back(member.state);
    return all;
  }
  std::vector<uint32_t> weights() {
    std::vector<uint32_t> all;
    for (const MemberService& member : serve().members) all.push_back(member.weight);
    return all;
  }

  Pool pool_;
  Overrides overrides_;
  Operational operational_;
};

TEST_F(PoolServiceTest, EveryoneServesUnlessSomethingIsKnown) {
  EXPECT_THAT(serving(), ElementsAre(true, true, true, true));
  EXPECT_EQ(serve().source, PoolSource::kMembers);
  pool_.members.clear();
  EXPECT_EQ(serve().source, PoolSource::kNone);
}

TEST_F(PoolServiceTest, LayersAreCombined) {
  pool_.members[0].admin = State::kDrain;
  override(1).admin = State::kDown;
  is(2).state = State::kDown;
  is(3).state = State::kDrain;
  EXPECT_THAT(states(), ElementsAre(State::kDrain, State::kDown, State::kDown, State::kDrain));
  EXPECT_EQ(serve().source, PoolSource::kNone);
  // An operator cannot bring up what probes find down, nor probes what an operator took down.
  override(2).admin = State::kUp;
  is(1).state = State::kUp;
  EXPECT_THAT(states(), ElementsAre(State::kDrain, State::kDown, State::kDown, State::kDrain));
  // A member that is drained and dies.
  is(0).state = State::kDown;
  EXPECT_EQ(states()[0], State::kDown);
}

TEST_F(PoolServiceTest, OnDownDrainKeepsConnections) {
  pool_.on_down.assign(Pool::OnDown::kDrain);
  is(0).state = State::kDown;
  EXPECT_THAT(states(), ElementsAre(State::kDrain, State::kUp, State::kUp, State::kUp));
  EXPECT_THAT(serving(), ElementsAre(false, true, true, true));
}

TEST_F(PoolServiceTest, PastTheDeadlineADrainEnds) {
  override(0).admin = State::kDrain;
  is(0).past_deadline = true;
  is(1).past_deadline = true;
  EXPECT_THAT(states(), ElementsAre(State::kDown, State::kUp, State::kUp, State::kUp));
}

TEST_F(PoolServiceTest, LowerGroupsHelpBelowMinActive) {
  pool_.members[0].priority = pool_.members[1].priority = 10;
  pool_.members[2].priority = 5;
  EXPECT_THAT(serving(), ElementsAre(true, true, false, false));
  pool_.min_active.assign(2);
  EXPECT_THAT(serving(), ElementsAre(true, true, false, false));
  is(1).state = State::kDown;
  EXPECT_THAT(serving(), ElementsAre(true, false, true, false));
  is(0).state = State::kDown;
  EXPECT_THAT(serving(), ElementsAre(false, false, true, true));
  // Those that wait keep the connections they have.
  EXPECT_THAT(states(), ElementsAre(State::kDown, State::kDown, State::kUp, State::kUp));
}

TEST_F(PoolServiceTest, FailOpenIsForFailuresNotForOperators) {
  for (size_t i = 0; i < 4; ++i) is(i).state = State::kDown;
  EXPECT_EQ(serve().source, PoolSource::kNone);
  pool_.fail_open.assign(true);
  override(3).admin = State::kDown;
  EXPECT_THAT(serving(), ElementsAre(true, true, true, false));
  EXPECT_EQ(serve().source, PoolSource::kFailOpen);
  EXPECT_EQ(serve(false).source, PoolSource::kNone);
  for (size_t i = 0; i < 3; ++i) override(i).admin = State::kDrain;
  EXPECT_EQ(serve().source, PoolSource::kNone);
  is(2).state = State::kUp;
  override(2).admin.reset();
  EXPECT_THAT(serving(), ElementsAre(false, false, true, false));
  EXPECT_EQ(serve().source, PoolSource::kMembers);
}

TEST_F(PoolServiceTest, WeightsFollowThePercentage) {
  pool_.members[1].ratio = 2;
  override(2).weight = 200;
  EXPECT_THAT(weights(), ElementsAre(1, 2, 200, 1));
  is(0).percent = 50;
  EXPECT_THAT(weights(), ElementsAre(1, 3, 255, 1));  // 50 : 200 : 20000 : 100, in 255 parts
  override(2).weight = 4;
  EXPECT_THAT(weights(), ElementsAre(1, 4, 8, 2));
  is(0).percent = 1;
  EXPECT_THAT(weights(), ElementsAre(1, 128, 255, 64));
}

TEST_F(PoolServiceTest, FullMembersLeaveNewConnectionsToOthers) {
  is(0).full = true;
  EXPECT_THAT(serving(), ElementsAre(false, true, true, true));
  EXPECT_EQ(states()[0], State::kUp);
  // Then to lower priorities.
  for (size_t i = 0; i < 2; ++i) pool_.members[i].priority = 10;
  EXPECT_THAT(serving(), ElementsAre(false, true, false, false));
  is(1).full = true;
  EXPECT_THAT(serving(), ElementsAre(false, false, true, true));
}

TEST_F(PoolServiceTest, WhereAllAreFullTheyServeOnlyAsALastResort) {
  for (size_t i = 0; i < 3; ++i) is(i).full = true;
  is(3).state = State::kDown;
  EXPECT_EQ(serve(false).source, PoolSource::kNone);
  EXPECT_EQ(serve().source, PoolSource::kFull);
  EXPECT_THAT(serving(), ElementsAre(true, true, true, false));
  pool_.fail_open.assign(true);
  EXPECT_EQ(serve().source, PoolSource::kFull);
}

}  // namespace
}  // namespace sluice
