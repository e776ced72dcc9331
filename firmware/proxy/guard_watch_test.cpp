// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/guard_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::proxy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GuardWatchTest : public testing::Test {
 protected:
  std::vector<std::string> said() {
    watch_.take(stats_);
    std::vector<std::string> names;
    for (; said_ < log_.recent().size(); ++said_)
      names.emplace_back(log_.recent()[said_].kind->name);
    return names;
  }

  EventLog log_{[] { return WallTime(); }};
  GuardWatch watch_{log_};
  ProxyStats stats_;
  size_t said_ = 0;
};

TEST_F(GuardWatchTest, TellsWhatOpensAndClosesOnce) {
  stats_.pools = {{.pool = "web"}};
  stats_.members = {{.pool = "web", .endpoint = *Endpoint::parse("10.0.0.11:80")}};
  EXPECT_THAT(said(), IsEmpty());
  stats_.members[0].breaker = CircuitBreaker::State::kOpen;
  EXPECT_THAT(said(), ElementsAre("circuit_opened"));
  EXPECT_THAT(said(), IsEmpty());
  stats_.members[0].breaker = CircuitBreaker::State::kTrial;
  EXPECT_THAT(said(), IsEmpty());
  stats_.pools[0].breaker = CircuitBreaker::State::kOpen;
  stats_.members[0].ejected = true;
  EXPECT_THAT(said(), ElementsAre("circuit_opened", "outlier_ejected"));
  EXPECT_EQ(log_.alarms().active().size(), 3u);
  stats_.members[0].breaker = CircuitBreaker::State::kClosed;
  stats_.members[0].ejected = false;
  EXPECT_THAT(said(), ElementsAre("circuit_closed", "outlier_returned"));
}

TEST_F(GuardWatchTest, APoolThatIsGoneLeavesNoAlarm) {
  stats_.pools = {{.pool = "web", .breaker = CircuitBreaker::State::kOpen}};
  EXPECT_THAT(said(), ElementsAre("circuit_opened"));
  stats_.pools.clear();
  EXPECT_THAT(said(), ElementsAre("circuit_closed"));
  EXPECT_THAT(log_.alarms().active(), IsEmpty());
}

}  // namespace
}  // namespace sluice::proxy
