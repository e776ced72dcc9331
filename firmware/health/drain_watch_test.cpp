// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/drain_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
constexpr uint64_t kSecond = 1'000'000'000;

class DrainWatchTest : public testing::Test {
 protected:
  DrainWatchTest() {
    config_.pools.emplace_back();
    config_.pools[0].name = "web";
    for (const char* endpoint : {"10.0.0.11:80", "10.0.0.12:80"}) {
      Member member;
      member.endpoint = *Endpoint::parse(endpoint);
      config_.pools[0].members.push_back(member);
    }
    live_ = 3;
  }
  std::vector<std::string> look(uint64_t pass_ns) {
    now_ += pass_ns;
    Operational operational = operational_;
    watch_.addTo(operational);
    watch_.look(config_, overrides_, operational, now_);
    return std::exchange(told_, {});
  }
  MemberKey key(size_t member) { return {"web", config_.pools[0].members[member].endpoint}; }

  Config config_;
  Overrides overrides_;
  Operational operational_;
  uint32_t live_ = 0;
  uint64_t now_ = 50 * kSecond;
  std::vector<std::string> told_;
  DrainWatch watch_{
      [this](const MemberKey&) { return live_; },
      [this](DrainWatch::News news, const MemberKey& key, const DrainWatch::Drain& drain) {
        constexpr const char* kNames[] = {"begun", "drained", "deadline", "over"};
        told_.push_back(std::string(kNames[static_cast<size_t>(news)]) + " " +
                        key.endpoint.toString() + " " + std::to_string(drain.live));
      }};
};

TEST_F(DrainWatchTest, NobodyDrains) {
  EXPECT_THAT(look(0), IsEmpty());
  EXPECT_EQ(watch_.due(), UINT64_MAX);
}

TEST_F(DrainWatchTest, ToldWhenTheLastConnectionHasEnded) {
  overrides_.members[key(0)].admin = AdminState::kDrain;
  EXPECT_THAT(look(0), ElementsAre("begun 10.0.0.11:80 3"));
  EXPECT_EQ(watch_.due(), now_ + DrainWatch::kPeriodNs);
  live_ = 1;
  EXPECT_THAT(look(kSecond), IsEmpty());
  EXPECT_EQ(watch_.drains().at(key(0)).live, 1u);
  live_ = 0;
  EXPECT_THAT(look(kSecond), ElementsAre("drained 10.0.0.11:80 0"));
  EXPECT_EQ(watch_.due(), UINT64_MAX);
  EXPECT_THAT(look(kSecond), IsEmpty());
  overrides_.members.clear();
  EXPECT_THAT(look(kSecond), ElementsAre("over 10.0.0.11:80 0"));
  EXPECT_TRUE(watch_.drains().empty());
}

TEST_F(DrainWatchTest, DrainsOfProbesAndOfTheConfigurationCount) {
  operational_.members[key(0)].state = AdminState::kDrain;
  config_.pools[0].members[1].admin = AdminState::kDrain;
  EXPECT_THAT(look(0), ElementsAre("begun 10.0.0.11:80 3", "begun 10.0.0.12:80 3"));
}

TEST_F(DrainWatchTest, DeadlineAndAfter) {
  config_.pools[0].shutdown_timeout.assign(Quantity{2 * kSecond + kSecond / 2, ""});
  overrides_.members[key(1)].admin = AdminState::kDrain;
  look(0);
  look(kSecond);
  EXPECT_THAT(look(kSecond), IsEmpty());
  EXPECT_EQ(watch_.due(), now_ + kSecond / 2);
  EXPECT_THAT(look(kSecond / 2), ElementsAre("deadline 10.0.0.12:80 3"));
  Operational operational;
  watch_.addTo(operational);
  EXPECT_TRUE(operational.members[key(1)].past_deadline);
  EXPECT_EQ(operational.members.size(), 1u);
  // It is down now, but remains a member that was drained.
  EXPECT_THAT(look(kSecond), IsEmpty());
  live_ = 0;
  EXPECT_THAT(look(kSecond), ElementsAre("drained 10.0.0.12:80 0"));
}

}  // namespace
}  // namespace sluice
