// SPDX-License-Identifier: Apache-2.0
// What a replay needs before it can begin: configuration and source of frames.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/config.h"
#include "sim/app/replay_options.h"
#include "sim/trace/frame_source.h"
#include "sim/trace/split_source.h"
#include "sim/trace/synth_source.h"
#include "sim/trace/trace_source.h"

namespace sluice {

struct ReplayInputs {
  Config config;
  std::unique_ptr<FrameSource> source;
  // The same source, as what it is; two of them are null.
  TraceSource* raw = nullptr;
  SplitSource* split = nullptr;
  SynthSource* synth = nullptr;
  uint64_t expected_packets = 0;   // 0 = not known
  std::vector<std::string> notes;  // for the report

  // Of the trace; null in mode synth.
  const TraceReader* reader() const;
};

// Errors: a file that cannot be read, an invalid configuration, a trace without services (--auto).
Result<ReplayInputs> makeReplayInputs(const ReplayOptions& options);

}  // namespace sluice
