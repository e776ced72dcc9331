// SPDX-License-Identifier: Apache-2.0
// What the RTL engine makes of idle time. (What the RTL does to packets is the packet table's to
// test.)
#include "sim/engine/rtl_data_plane.h"

#include <gtest/gtest.h>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {
namespace {

constexpr uint64_t kRows = 1 << 16;  // a pass of the scrub engine takes a clock for each
constexpr uint64_t kCycleNs = 4;

bool scrubBusy(DataPlane& plane) {
  return (plane.read32(regs::StatusReg::kOffset) >> regs::StatusReg::kScrubBusy.lsb & 1) != 0;
}

TEST(RtlDataPlaneTest, SkipsIdleTimeWithoutSimulatingIt) {
  const auto plane = makeRtlDataPlane({});
  plane->runUntil(1'000);  // settles
  const uint64_t evaluated = plane->evaluatedCycles();
  plane->runUntil(1'000'000'000);
  EXPECT_EQ(plane->now(), 1'000'000'000u);
  EXPECT_EQ(plane->evaluatedCycles(), evaluated);
}

// Register accesses are no sign of idleness: what goes on behind them needs every one of its
// clocks.
TEST(RtlDataPlaneTest, NeverSkipsClocksOfARunningPassWhileRegistersAreRead) {
  const auto plane = makeRtlDataPlane({});
  plane->write32(regs::ScrubStartReg::kOffset, static_cast<uint32_t>(regs::ScrubMode::kAll));
  const uint64_t evaluated = plane->evaluatedCycles();
  const uint64_t started = plane->now();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(scrubBusy(*plane));
  plane->runUntil(started + kRows * kCycleNs / 2);
  EXPECT_TRUE(scrubBusy(*plane)) << "half of the pass is done";
  EXPECT_GE(plane->evaluatedCycles() - evaluated, kRows / 2);
  plane->runUntil(started + 2 * kRows * kCycleNs);
  EXPECT_FALSE(scrubBusy(*plane)) << "it is over";
}

}  // namespace
}  // namespace sluice
