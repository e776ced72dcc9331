// SPDX-License-Identifier: Apache-2.0
//
// prim_fifo, 32 bits wide, 16 deep.

#include <deque>

#include "Vprim_fifo.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::rtl_test {
namespace {

constexpr size_t kDepth = 16;

class PrimFifo : public RtlFixture<Vprim_fifo> {
 protected:
  /// One clock; pops if asked to and there is something. Checks the head, the count and full.
  void step(bool push, bool pop) {
    push = push && golden_.size() < kDepth;
    pop = pop && !dut_.empty_o;
    if (!dut_.empty_o) {
      ASSERT_FALSE(golden_.empty());
      ASSERT_EQ(dut_.data_o, golden_.front());
    }
    dut_.push_i = push;
    dut_.data_i = push ? next_ : 0xdeadbeef;
    dut_.pop_i = pop;
    clock();
    if (pop) golden_.pop_front(), ++popped_;
    if (push) golden_.push_back(next_++);
    dut_.push_i = dut_.pop_i = 0;
    settle();
    ASSERT_EQ(dut_.count_o, golden_.size());
    ASSERT_EQ(dut_.full_o, golden_.size() == kDepth);
  }

  std::deque<uint32_t> golden_;
  uint32_t next_ = 1;
  uint32_t popped_ = 0;
};

TEST_F(PrimFifo, EmptyAfterReset) {
  EXPECT_TRUE(dut_.empty_o);
  EXPECT_EQ(dut_.count_o, 0);
}

TEST_F(PrimFifo, HeadIsThereTwoCyclesAfterThePush) {
  step(true, false);
  EXPECT_TRUE(dut_.empty_o);
  step(false, false);
  EXPECT_FALSE(dut_.empty_o);
  EXPECT_EQ(dut_.data_o, 1u);
}

TEST_F(PrimFifo, FillAndDrain) {
  for (int round = 0; round < 3; ++round) {
    while (golden_.size() < kDepth) step(true, false);
    while (!golden_.empty()) step(false, true);
    EXPECT_TRUE(dut_.empty_o);
  }
}

TEST_F(PrimFifo, OneInOneOutPerCycle) {
  step(true, false);
  step(true, false);
  for (int cycle = 0; cycle < 100; ++cycle) {
    ASSERT_FALSE(dut_.empty_o) << "a bubble in cycle " << cycle;
    step(true, true);
  }
  EXPECT_EQ(popped_, 100u);
}

TEST_F(PrimFifo, ResetEmpties) {
  for (int i = 0; i < 7; ++i) step(true, false);
  reset();
  golden_.clear();
  EXPECT_TRUE(dut_.empty_o);
  EXPECT_EQ(dut_.count_o, 0);
  for (int i = 0; i < 20; ++i) step(i<5, i> 10);
}

TEST_F(PrimFifo, Random) {
  rtl_test::Random random;
  for (int cycle = 0; cycle < 30000; ++cycle) {
    const int phase = (cycle / 500) % 3;
    step(random.percent(phase == 0 ? 80 : 40), random.percent(phase == 1 ? 80 : 40));
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::rtl_test
