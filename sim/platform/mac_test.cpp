// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/mac.h"

#include <gtest/gtest.h>
#include <systemc>

namespace sluice {
namespace {

TEST(MacLineTest, MinimumFramesAtTenGigabitAreTheKnownRate) {
  MacLine line(10);
  uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) last = line.send(0, 60);
  // 84 bytes on the wire each; the gap after the last one is not waited for.
  EXPECT_EQ(last, 1000 * 84 * 800 - 12 * 800);
  EXPECT_EQ(line.busyPs(), 1000u * 84 * 800);
}

TEST(MacLineTest, ShortFramesArePadded) {
  EXPECT_EQ(MacLine::wireBytes(14), MacLine::wireBytes(60));
}

TEST(MacLineTest, LongFramesTakeTheirLengthAndOverhead) {
  MacLine line(100);
  EXPECT_EQ(line.send(0, 1514), (1514 + 24) * 80 - 12 * 80);
}

TEST(MacLineTest, AnIdleLineSendsAtOnce) {
  MacLine line(100);
  line.send(0, 60);
  EXPECT_EQ(line.send(1'000'000, 60), 1'000'000 + (84 - 12) * 80);
}

}  // namespace
}  // namespace sluice

// The SystemC library wants one.
int sc_main(int, char**) { return 0; }
