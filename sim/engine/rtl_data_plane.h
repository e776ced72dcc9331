// SPDX-License-Identifier: Apache-2.0
// The product: the Verilated RTL behind the data-plane contract, cycle by cycle.
//
// Each front port feeds its AXI4-Stream at one beat per clock from the frame's arrival on. Cycles
// in which nothing is in flight are skipped: time jumps to the next arrival (the RTL has no
// free-running state, so nothing changes).
#pragma once

#include <memory>
#include <string>

#include "sim/engine/data_plane.h"

namespace sluice {

struct RtlOptions {
  std::string profile = "asic";     // see rtlProfiles()
  uint64_t clock_hz = 250'000'000;  // of the data plane; time per cycle is rounded to picoseconds
  bool skip_idle = true;            // false evaluates every cycle, for measurements
  std::string wave_path;      // FST file, empty = none; only in builds with waves (canWriteWaves())
  uint64_t wave_from_ns = 0;  // window of the waveform, from startWaves() on
  uint64_t wave_to_ns = UINT64_MAX;
};

// True if this build can write waveforms (cmake preset `waves`).
bool canWriteWaves();

// Powers the RTL up and takes it through reset. The profile must be "asic".
std::unique_ptr<DataPlane> makeRtlDataPlane(const RtlOptions& options = {});

}  // namespace sluice
