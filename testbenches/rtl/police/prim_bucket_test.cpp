// SPDX-License-Identifier: Apache-2.0
//
// prim_bucket against the bench's own arithmetic in 128 bits.

#include "Vprim_bucket.h"
#include "testbenches/rtl/police/police_golden.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::police_test {
namespace {

constexpr uint64_t kRateMax = (uint64_t{1} << 40) - 1;
constexpr uint64_t kTickMax = (uint64_t{1} << 54) - 1;

class PrimBucket : public testing::Test {
 protected:
  void check(const BucketConfig& config, uint64_t cost, uint64_t now_tick, Bucket bucket) {
    dut_.rate_i = config.rate;
    dut_.burst_i = config.burst;
    dut_.cost_i = cost;
    dut_.now_tick_i = now_tick;
    dut_.tokens_i = bucket.tokens;
    dut_.last_i = bucket.last;
    dut_.eval();
    SCOPED_TRACE(testing::Message()
                 << "rate " << config.rate << " burst " << config.burst << " cost " << cost
                 << " now " << now_tick << " tokens " << bucket.tokens << " last " << bucket.last);
    bucket.refill(config, now_tick);
    EXPECT_EQ(dut_.refilled_o, bucket.tokens);
    const bool pass = bucket.holds(config, cost);
    if (pass) bucket.charge(config, cost);
    EXPECT_EQ(dut_.pass_o, pass);
    EXPECT_EQ(dut_.tokens_o, bucket.tokens);
  }

  Vprim_bucket dut_;
};

TEST_F(PrimBucket, RateZeroPassesAndKeepsState) {
  check({0, 0}, 9000, 77, {12345, 5});
  EXPECT_EQ(dut_.pass_o, 1);
  EXPECT_EQ(dut_.tokens_o, 12345u);
}

TEST_F(PrimBucket, UntouchedIsFull) {
  check({1, 10}, 1, 1000, {0, 0});
  EXPECT_EQ(dut_.refilled_o, uint64_t{10} << 24);
  EXPECT_EQ(dut_.tokens_o, uint64_t{9} << 24);
}

TEST_F(PrimBucket, LongIdleIsFull) {
  check({1, 10}, 1, 5 + (1u << 24), {0, 5});
  EXPECT_EQ(dut_.refilled_o, uint64_t{10} << 24);
  check({1, 10}, 1, 4 + (1u << 24), {0, 5});
  EXPECT_EQ(dut_.refilled_o, (1u << 24) - 1u);
}

TEST_F(PrimBucket, ExactlyTheCostPasses) {
  check({1 << 24, 10}, 3, 8, {0, 5});
  EXPECT_EQ(dut_.pass_o, 1);
  EXPECT_EQ(dut_.tokens_o, 0u);
  check({(1 << 24) - 1, 10}, 3, 8, {2, 5});
  EXPECT_EQ(dut_.pass_o, 0);
  EXPECT_EQ(dut_.tokens_o, dut_.refilled_o) << "a failed test keeps the refill";
}

TEST_F(PrimBucket, BurstBelowTheCostNeverPasses) {
  check({kRateMax, 63}, 64, 100, {0, 0});
  EXPECT_EQ(dut_.pass_o, 0);
}

TEST_F(PrimBucket, LoweredBurstCuts) { check({1, 2}, 1, 9, {uint64_t{100} << 24, 8}); }

TEST_F(PrimBucket, LargestValues) {
  for (const uint64_t tokens : {uint64_t{0}, uint64_t{0xffffffff} << 24, ~uint64_t{0}}) {
    for (const uint64_t elapsed : {0u, 1u, (1u << 24) - 1, 1u << 24}) {
      check({kRateMax, 0xffffffff}, 16383, kTickMax, {tokens, kTickMax - elapsed});
      check({kRateMax, 0}, 0, kTickMax, {tokens, kTickMax - elapsed});
    }
  }
}

TEST_F(PrimBucket, Random) {
  rtl_test::Random random;
  for (int i = 0; i < 200000; ++i) {
    const auto any = [&](int bits) {
      return random.bits(static_cast<int>(random.between(0, bits)));
    };
    const uint64_t now = any(54);
    const uint64_t back = any(26);
    check({any(40), static_cast<uint32_t>(any(32))}, any(14), now,
          {any(64), random.percent(5) ? 0 : (now - back) & kTickMax});
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::police_test
