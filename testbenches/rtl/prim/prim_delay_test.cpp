// SPDX-License-Identifier: Apache-2.0
//
// prim_delay; the delay and the width are those of the model that this is linked with
// (DELAY_CYCLES).

#include <deque>
#include <optional>

#include "Vprim_delay.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::rtl_test {
namespace {

class PrimDelay : public RtlFixture<Vprim_delay> {
 protected:
  /// One clock with `value` or nothing at the input; checks the output against the values of
  /// DELAY_CYCLES ago.
  void step(std::optional<uint32_t> value) {
    dut_.valid_i = value.has_value();
    dut_.data_i = value.value_or(0xdeadbeef);
    way_.push_back(value);
    clock();
    std::optional<uint32_t> expected;
    if (way_.size() >= DELAY_CYCLES) {
      expected = way_.front();
      way_.pop_front();
    }
    ASSERT_EQ(dut_.valid_o, expected.has_value()) << "cycle " << cycle_;
    if (!expected) return;
    ASSERT_EQ(dut_.data_o, *expected) << "cycle " << cycle_;
  }

  std::deque<std::optional<uint32_t>> way_;
};

TEST_F(PrimDelay, NothingComesOutAfterReset) {
  for (int cycle = 0; cycle < 3 * DELAY_CYCLES; ++cycle) step(std::nullopt);
}

TEST_F(PrimDelay, OneValueTakesExactlyTheDelay) {
  step(0x12345678);
  for (int cycle = 0; cycle < 3 * DELAY_CYCLES; ++cycle) step(std::nullopt);
}

TEST_F(PrimDelay, BackToBack) {
  for (uint32_t value = 0; value < 10 * DELAY_CYCLES; ++value) step(value);
}

TEST_F(PrimDelay, ResetForgetsWhatIsOnItsWay) {
  for (uint32_t value = 0; value < DELAY_CYCLES; ++value) step(value);
  dut_.valid_i = 0;
  reset();
  way_.clear();
  for (int cycle = 0; cycle < DELAY_CYCLES; ++cycle) step(std::nullopt);
  for (uint32_t value = 100; value < 100 + 3 * DELAY_CYCLES; ++value) step(value);
}

TEST_F(PrimDelay, RandomGaps) {
  Random random;
  for (int cycle = 0; cycle < 20000; ++cycle) {
    const int chance = (cycle / 1000) % 2 ? 90 : 20;
    step(random.percent(chance) ? std::optional<uint32_t>(random.bits(32)) : std::nullopt);
  }
}

}  // namespace
}  // namespace sluice::rtl_test
