// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/latency_histogram.h"

#include <gtest/gtest.h>

namespace sluice::proxy {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(LatencyHistogram, IsEmptyAtFirst) {
  EXPECT_EQ(LatencyHistogram().snapshot().count(), 0u);
  EXPECT_EQ(LatencyHistogram().snapshot().percentile(0.5), microseconds(0));
}

TEST(LatencyHistogram, IsWithinAQuarterOfEveryValue) {
  for (uint64_t us = 1; us < 4'000'000'000; us += us / 3 + 1) {
    LatencyHistogram histogram;
    histogram.record(microseconds(us));
    const auto value = static_cast<uint64_t>(histogram.snapshot().percentile(1).count());
    EXPECT_GE(value, us);
    EXPECT_LE(value, us + us / 4);
  }
}

TEST(LatencyHistogram, KnowsShares) {
  LatencyHistogram histogram;
  for (int i = 0; i < 90; ++i) histogram.record(microseconds(10));
  for (int i = 0; i < 10; ++i) histogram.record(microseconds(1'000));
  const LatencySnapshot snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.count(), 100u);
  EXPECT_LT(snapshot.percentile(0.9), microseconds(13));
  EXPECT_GE(snapshot.percentile(0.91), microseconds(1'000));
}

TEST(LatencyHistogram, TakesWhatIsOutOfRange) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(-5));
  histogram.record(hours(24 * 365));
  EXPECT_EQ(histogram.snapshot().count(), 2u);
}

}  // namespace
}  // namespace sluice::proxy
