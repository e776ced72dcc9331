// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/check_state.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using State = CheckState::State;
constexpr uint64_t kSecond = 1'000'000'000;

class CheckStateTest : public testing::Test {
 protected:
  CheckStateTest() {
    monitor_.fall.assign(3);
    monitor_.rise.assign(2);
    monitor_.interval.assign(Quantity{5 * kSecond, ""});
  }
  // g, b, d: one verdict a second each.
  void take(const std::string& verdicts) {
    for (const char c : verdicts) {
      now_ += kSecond;
      changed_ = check_.take(c == 'g'   ? Verdict::kGood
                             : c == 'b' ? Verdict::kBad
                                        : Verdict::kDrain,
                             now_);
    }
  }
  void expect(State state, AdminState counts) {
    EXPECT_EQ(check_.state(), state);
    EXPECT_EQ(check_.counts(), counts);
  }

  Monitor monitor_;
  uint64_t now_ = 100 * kSecond;
  CheckState check_{monitor_, false, now_};
  bool changed_ = false;
};

TEST_F(CheckStateTest, DownUntilProven) {
  expect(State::kChecking, AdminState::kDown);
  take("g");
  EXPECT_TRUE(changed_);
  expect(State::kUp, AdminState::kUp);
  EXPECT_EQ(check_.since(), 101 * kSecond);
}

TEST_F(CheckStateTest, AFirstBadProbeProvesItToo) {
  take("b");
  expect(State::kDown, AdminState::kDown);
  take("g");
  expect(State::kDown, AdminState::kDown);
  EXPECT_FALSE(changed_);
  take("g");
  expect(State::kUp, AdminState::kUp);
}

TEST_F(CheckStateTest, AMemberThatServesIsTrustedUntilItFalls) {
  check_ = CheckState(monitor_, true, now_);
  expect(State::kChecking, AdminState::kUp);
  take("bb");
  expect(State::kChecking, AdminState::kUp);
  take("b");
  expect(State::kDown, AdminState::kDown);
}

TEST_F(CheckStateTest, FallAndRise) {
  take("gbb");
  expect(State::kUp, AdminState::kUp);
  EXPECT_EQ(check_.failed(), 2u);
  take("gbb");  // a good one in between starts the count again
  expect(State::kUp, AdminState::kUp);
  take("b");
  EXPECT_TRUE(changed_);
  expect(State::kDown, AdminState::kDown);
  take("gbg");
  expect(State::kDown, AdminState::kDown);
  take("g");
  expect(State::kUp, AdminState::kUp);
  EXPECT_EQ(check_.passed(), 2u);
}

TEST_F(CheckStateTest, Drain) {
  take("gd");
  EXPECT_TRUE(changed_);
  expect(State::kDraining, AdminState::kDrain);
  take("g");
  expect(State::kUp, AdminState::kUp);
  take("bbb");
  take("dd");
  expect(State::kDraining, AdminState::kDrain);
  take("bbb");
  expect(State::kDown, AdminState::kDown);
}

TEST_F(CheckStateTest, FasterWhileItChanges) {
  EXPECT_EQ(check_.interval(), 5 * kSecond);
  monitor_.fast_interval.assign(Quantity{kSecond, ""});
  EXPECT_EQ(check_.interval(), kSecond);
  take("g");
  EXPECT_EQ(check_.interval(), 5 * kSecond);
  take("b");
  EXPECT_EQ(check_.interval(), kSecond);
  take("bb");
  EXPECT_EQ(check_.interval(), 5 * kSecond);
  take("g");
  EXPECT_EQ(check_.interval(), kSecond);
  take("g");
  EXPECT_EQ(check_.interval(), 5 * kSecond);
  monitor_.fast_interval.assign(Quantity{50 * kSecond, ""});
  take("b");
  EXPECT_EQ(check_.interval(), 5 * kSecond);
}

TEST_F(CheckStateTest, ManualResume) {
  monitor_.manual_resume.assign(true);
  EXPECT_FALSE(check_.resume(now_));
  take("b");
  take("g");
  EXPECT_FALSE(check_.waiting());
  take("g");
  EXPECT_TRUE(check_.waiting());
  EXPECT_TRUE(changed_);
  expect(State::kDown, AdminState::kDown);
  take("ggb");
  EXPECT_FALSE(check_.waiting());
  EXPECT_FALSE(check_.resume(now_));
  take("gg");
  EXPECT_TRUE(check_.resume(now_));
  expect(State::kUp, AdminState::kUp);
}

TEST_F(CheckStateTest, FlappingIsHeldDown) {
  monitor_.flap_limit.assign(FlapLimit{3, Quantity{60 * kSecond, ""}, Quantity{10 * kSecond, ""}});
  take(
      "g"
      "bbbgg"
      "bbbgg"
      "bbb");  // three falls in 13 s
  EXPECT_TRUE(check_.flapping());
  take("gggggggggg");  // good for 9 s
  expect(State::kDown, AdminState::kDown);
  take("g");
  expect(State::kUp, AdminState::kUp);
  EXPECT_FALSE(check_.flapping());
  // Once more, interrupted.
  take("bbb");
  EXPECT_TRUE(check_.flapping());
  take(
      "ggggggggb"
      "gggggggggg");
  expect(State::kDown, AdminState::kDown);
  take("g");
  expect(State::kUp, AdminState::kUp);
}

TEST_F(CheckStateTest, FallsThatLieBackDoNotCount) {
  monitor_.flap_limit.assign(FlapLimit{3, Quantity{60 * kSecond, ""}, Quantity{10 * kSecond, ""}});
  take(
      "g"
      "bbbgg"
      "bbbgg");
  now_ += 60 * kSecond;
  take("bbb");
  EXPECT_FALSE(check_.flapping());
  take("gg");
  expect(State::kUp, AdminState::kUp);
}

TEST_F(CheckStateTest, WithoutALimitNothingIsHeld) {
  monitor_.flap_limit.assign(FlapLimit{0, Quantity{60 * kSecond, ""}, Quantity{10 * kSecond, ""}});
  for (int i = 0; i < 50; ++i) take("bbbgg");
  expect(State::kUp, AdminState::kUp);
  EXPECT_FALSE(check_.flapping());
}

}  // namespace
}  // namespace sluice
