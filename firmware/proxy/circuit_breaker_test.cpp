// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/circuit_breaker.h"

#include <gtest/gtest.h>

#include "firmware/proxy/outlier.h"

namespace sluice::proxy {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

// Half of at least 4 requests in 10 s; held for 5 s.
const BreakerRule kRule{50, 4, Quantity{10'000'000'000, ""}, Quantity{5'000'000'000, ""}};

class CircuitBreakerTest : public testing::Test {
 protected:
  void request(bool good) {
    const bool trial = breaker_.begin(now_);
    breaker_.finish(kRule, good, trial, now_);
  }
  void openIt() {
    for (int i = 0; i < 4; ++i) request(false);
  }
  CircuitBreaker breaker_;
  std::chrono::nanoseconds now_ = 100s;
};

TEST_F(CircuitBreakerTest, OpensAtItsShareOfEnoughRequests) {
  for (int i = 0; i < 3; ++i) request(false);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);  // too few to say
  request(true);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);  // a good one opens nothing
  request(false);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
  EXPECT_FALSE(breaker_.mayBegin(now_));
  EXPECT_EQ(breaker_.opened(), 1u);
}

TEST_F(CircuitBreakerTest, FewerFailuresThanTheShareAreBorne) {
  for (int i = 0; i < 100; ++i) request(i % 3 != 2);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
}

TEST_F(CircuitBreakerTest, WhatIsLongAgoDoesNotCount) {
  for (int i = 0; i < 3; ++i) request(false);
  now_ += 11s;
  request(false);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  now_ += 9s;
  for (int i = 0; i < 3; ++i) request(false);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
}

TEST_F(CircuitBreakerTest, OneRequestIsOnTrial) {
  openIt();
  now_ += 5s;
  EXPECT_EQ(breaker_.state(now_), State::kTrial);
  EXPECT_TRUE(breaker_.mayBegin(now_));
  EXPECT_TRUE(breaker_.begin(now_));
  EXPECT_FALSE(breaker_.mayBegin(now_));
  EXPECT_FALSE(breaker_.begin(now_));
  breaker_.finish(kRule, true, true, now_);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  for (int i = 0; i < 2; ++i) request(false);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);  // what was before is forgotten
  request(false);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);  // the trial counts
}

TEST_F(CircuitBreakerTest, AFailedTrialOpensItAgain) {
  openIt();
  now_ += 5s;
  request(false);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
  EXPECT_EQ(breaker_.opened(), 2u);
  now_ += 4s;
  EXPECT_FALSE(breaker_.mayBegin(now_));
}

TEST_F(CircuitBreakerTest, ATrialThatTellsNothingIsTriedAgain) {
  openIt();
  now_ += 5s;
  EXPECT_TRUE(breaker_.begin(now_));
  breaker_.giveUp();
  EXPECT_TRUE(breaker_.mayBegin(now_));
}

TEST_F(CircuitBreakerTest, RequestsFromBeforeItOpenedSayNothing) {
  openIt();
  breaker_.finish(kRule, true, false, now_);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
}

TEST(OutlierTest, EjectedForLongerEachTime) {
  const OutlierRule rule{.errors = 2, .hold = Quantity{1'000'000'000, ""}};
  Outlier outlier;
  EXPECT_FALSE(outlier.report(rule, false));
  EXPECT_FALSE(outlier.report(rule, true));  // in a row
  EXPECT_FALSE(outlier.report(rule, false));
  EXPECT_TRUE(outlier.report(rule, false));
  EXPECT_FALSE(outlier.ejected(10s));  // that is the pool's to decide
  outlier.eject(rule, 10s);
  EXPECT_TRUE(outlier.ejected(10'999ms));
  EXPECT_FALSE(outlier.ejected(11s));
  outlier.eject(rule, 20s);
  EXPECT_TRUE(outlier.ejected(21'999ms));
  EXPECT_FALSE(outlier.ejected(22s));
  outlier.report(rule, true);
  outlier.report(rule, true);
  outlier.eject(rule, 30s);
  EXPECT_FALSE(outlier.ejected(31s));
  for (int i = 0; i < 20; ++i) outlier.eject(rule, 40s);
  EXPECT_TRUE(outlier.ejected(49'999ms));
  EXPECT_FALSE(outlier.ejected(50s));
  EXPECT_EQ(outlier.ejections(), 23u);
}

}  // namespace
}  // namespace sluice::proxy
