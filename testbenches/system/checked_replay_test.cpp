// SPDX-License-Identifier: Apache-2.0
// The shipped trace through RTL and model in lockstep, with the assertions of the RTL on.
#include <gtest/gtest.h>

#include "sim/app/replay_inputs.h"
#include "sim/app/replay_session.h"
#include "sim/engine/rtl_checked.h"

namespace sluice {
namespace {

TEST(CheckedReplay, ShippedTraceInLockstep) {
  ReplayOptions options;
  options.trace = "testbenches/traces/shipped.pcap.gz";
  options.mode = ReplayMode::kSplit;
  auto inputs = makeReplayInputs(options);
  ASSERT_TRUE(inputs.ok()) << inputs.error().message;
  auto lockstep = std::make_unique<LockstepDataPlane>(makeCheckedRtlDataPlane(),
                                                      std::make_unique<ModelDataPlane>());
  LockstepDataPlane& both = *lockstep;
  SessionInput session;
  session.engine = {std::move(lockstep), &both};
  session.config = inputs->config;
  session.source = inputs->source.get();
  session.answers_enter = true;
  ReplaySession replay("replay", std::move(session));
  const auto done = replay.run();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_GT(replay.result().tally.forwarded().packets, 35'000u);
  EXPECT_EQ(both.mismatches(), 0u) << (both.reports().empty() ? "" : both.reports()[0]);
}

}  // namespace
}  // namespace sluice

// The library of SystemC wants one; GoogleTest has main().
extern "C" int sc_main(int, char**) { return 0; }
