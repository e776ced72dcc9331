// SPDX-License-Identifier: Apache-2.0
// When members count as full, and when again as free.
#include "firmware/health/limit_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LimitWatchTest : public testing::Test {
 protected:
  LimitWatchTest() {
    watch_.setLimits({{7, 20}, {8, 1}});
    set(7, 0);
    set(8, 0);
  }

  bool set(uint16_t id, uint32_t live) {
    live_[id] = live;
    watch_.touch(id);
    now_ += LimitWatch::kTickNs;
    return watch_.run(now_);
  }
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  uint64_t now_ = 0;
  std::map<uint16_t, uint32_t> live_;
  int reads_ = 0;
  std::vector<std::string> told_;
  LimitWatch watch_{[this](uint16_t id) { return ++reads_, live_[id]; },
                    [this](uint16_t id, bool full, uint32_t limit) {
                      told_.push_back(std::to_string(id) + (full ? " full at " : " free of ") +
                                      std::to_string(limit));
                    }};
};

TEST_F(LimitWatchTest, FullAtTheLimitAndFreeATenthBelowIt) {
  EXPECT_FALSE(set(7, 19));
  EXPECT_TRUE(set(7, 20));
  EXPECT_THAT(watch_.full(), ElementsAre(7));
  EXPECT_FALSE(set(7, 19));
  EXPECT_THAT(watch_.full(), ElementsAre(7));
  EXPECT_TRUE(set(7, 18));
  EXPECT_THAT(watch_.full(), IsEmpty());
  EXPECT_THAT(told(), ElementsAre("7 full at 20", "7 free of 20"));
}

TEST_F(LimitWatchTest, ALimitOfOne) {
  EXPECT_TRUE(set(8, 1));
  EXPECT_TRUE(set(8, 0));
  EXPECT_THAT(told(), ElementsAre("8 full at 1", "8 free of 1"));
}

TEST_F(LimitWatchTest, ReadsWhatHadEventsAndNoMoreOftenThanEveryTick) {
  reads_ = 0;
  live_[7] = 20;
  watch_.touch(7);
  watch_.touch(7);
  watch_.touch(9);  // has no limit
  EXPECT_FALSE(watch_.run(now_ + LimitWatch::kTickNs - 1));
  EXPECT_EQ(reads_, 0);
  EXPECT_EQ(watch_.due(), now_ + LimitWatch::kTickNs);
  EXPECT_TRUE(watch_.run(watch_.due()));
  EXPECT_EQ(reads_, 1);
  EXPECT_EQ(watch_.due(), UINT64_MAX);
}

TEST_F(LimitWatchTest, AnotherLimitIsLookedAt) {
  set(7, 20);
  watch_.setLimits({{7, 30}, {8, 1}});
  EXPECT_TRUE(watch_.run(now_ += LimitWatch::kTickNs));
  set(7, 30);
  watch_.setLimits({{8, 1}});
  EXPECT_THAT(watch_.full(), IsEmpty());
  EXPECT_THAT(told(), ElementsAre("7 full at 20", "7 free of 30", "7 full at 30", "7 free of 0"));
}

TEST_F(LimitWatchTest, ALimitThatGoesBeforeItIsLookedAt) {
  watch_.touch(7);
  watch_.setLimits({});
  EXPECT_EQ(watch_.due(), UINT64_MAX);
  watch_.setLimits({{8, 1}});
  reads_ = 0;
  EXPECT_FALSE(watch_.run(now_ += LimitWatch::kTickNs));
  EXPECT_EQ(reads_, 1);
}

}  // namespace
}  // namespace sluice
