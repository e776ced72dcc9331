// SPDX-License-Identifier: Apache-2.0
//
// flow_bucket, 4 rows, against buckets that are refilled, tested and charged one packet after the
// other.
#include <array>
#include <cstdint>
#include <optional>

#include "Vflow_bucket.h"
#include "testbenches/rtl/police/police_golden.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::flow_test {
namespace {

using police_test::Bucket;
using police_test::BucketConfig;

constexpr uint32_t kRows = 4;
constexpr uint64_t kToken = uint64_t{1} << 24;

struct Packet {
  uint32_t row = 0;
  BucketConfig config;
  uint64_t tick = 0;
  bool charge = true;
};

class FlowBucket : public rtl_test::RtlFixture<Vflow_bucket> {
 protected:
  /// One clock, in which a packet enters, or none; the one that entered two clocks ago is judged.
  /// Nothing without one.
  std::optional<bool> step(const std::optional<Packet>& packet) {
    dut_.read_i = packet.has_value();
    dut_.row_i = packet ? packet->row : 3;
    const Packet second = second_.value_or(Packet{1, {~uint64_t{0} >> 24, 7}, 99, true});
    dut_.rate_i = second.config.rate;
    dut_.burst_i = second.config.burst;
    dut_.tick_i = second.tick;
    dut_.charge_i = third_ && third_->charge;
    settle();
    std::optional<bool> ok;
    if (third_) ok = judge(*third_);
    clock();
    third_ = second_;
    second_ = packet;
    return ok;
  }

  /// The verdict on `packet` with nothing before or behind it.
  bool alone(const Packet& packet) {
    step(packet);
    step(std::nullopt);
    return step(std::nullopt).value();
  }

  bool judge(const Packet& packet) {
    Bucket bucket = golden_.at(packet.row % kRows);
    const bool limited = packet.config.rate != 0;
    bool ok = true;
    if (limited) {
      bucket.refill(packet.config, packet.tick);
      ok = bucket.holds(packet.config, 1);
      if (ok) bucket.charge(packet.config, 1);
    }
    EXPECT_EQ(dut_.ok_o, ok) << "row " << packet.row << " rate " << packet.config.rate << " burst "
                             << packet.config.burst << " tick " << packet.tick << " cycle "
                             << cycle_;
    if (packet.charge && limited) golden_.at(packet.row % kRows) = bucket;
    return dut_.ok_o;
  }

  std::array<Bucket, kRows> golden_;
  std::optional<Packet> second_, third_;
};

TEST_F(FlowBucket, NoRateNoLimit) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(alone({2, {0, 0}, 7}));
}

TEST_F(FlowBucket, UntouchedIsFull) {
  const BucketConfig two{1, 2};
  EXPECT_TRUE(alone({1, two, 1000}));
  EXPECT_TRUE(alone({1, two, 1000}));
  EXPECT_FALSE(alone({1, two, 1000}));
}

TEST_F(FlowBucket, LongIdleIsFull) {
  const BucketConfig one{1, 1};
  EXPECT_TRUE(alone({1, one, 5}));
  EXPECT_FALSE(alone({1, one, 5 + kToken - 1}));
  EXPECT_TRUE(alone({1, one, 5 + 2 * kToken - 1}));
}

TEST_F(FlowBucket, InSuccessiveCycles) {
  // A token per tick; full with 3. Five in one tick, then one per tick.
  const BucketConfig config{kToken, 3};
  int passed = 0;
  for (int i = 0; i < 10; ++i)
    passed += step(Packet{0, config, 50u + (i < 5 ? 0 : i - 4)}).value_or(false);
  for (int i = 0; i < 2; ++i) passed += step(std::nullopt).value();
  EXPECT_EQ(passed, 8);
}

TEST_F(FlowBucket, UnchargedLeavesItAlone) {
  const BucketConfig one{kToken / 2, 1};
  EXPECT_TRUE(alone({0, one, 10}));
  EXPECT_FALSE(alone({0, one, 11}));
  // Asked, but not charged: what was earned since tick 11 is not lost.
  EXPECT_TRUE(alone({0, one, 12, false}));
  EXPECT_TRUE(alone({0, one, 12}));
}

TEST_F(FlowBucket, RowsWrap) {
  const BucketConfig one{1, 1};
  EXPECT_TRUE(alone({2, one, 9}));
  EXPECT_FALSE(alone({2 + 4 * kRows, one, 9}));
}

TEST_F(FlowBucket, Random) {
  rtl_test::Random random;
  uint64_t tick = random.bits(40);
  for (int i = 0; i < 200000 && !HasFailure(); ++i) {
    const auto any = [&](int bits) {
      return random.bits(static_cast<int>(random.between(0, bits)));
    };
    tick += random.percent(70) ? random.between(0, 2) : any(26);
    if (random.percent(20)) {
      step(std::nullopt);
      continue;
    }
    const BucketConfig config{random.percent(10) ? 0 : any(40),
                              static_cast<uint32_t>(random.percent(80) ? any(3) : any(32))};
    step(Packet{static_cast<uint32_t>(random.between(0, 2)), config, tick, random.percent(70)});
  }
}

}  // namespace
}  // namespace sluice::flow_test
