// SPDX-License-Identifier: Apache-2.0
// The command line of `sluice replay`.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "sim/app/command.h"
#include "sim/engine/rtl_data_plane.h"
#include "sim/trace/synth_source.h"
#include "sim/trace/timing.h"

namespace sluice {

enum class ReplayMode { kRaw, kSplit, kSynth };

struct ReplayOptions {
  std::string trace;
  std::string config;
  bool auto_config = false;
  std::string auto_print;  // write the configuration that --auto made here
  uint32_t auto_members = 4;
  std::string engine = "rtl";
  ReplayMode mode = ReplayMode::kSplit;
  std::string scenario;
  TimingOptions timing;
  SynthOptions synth;
  bool port_by_interface = false;
  uint64_t limit = UINT64_MAX;
  uint32_t quantum_cycles = 1000;
  uint32_t port_gbps = 100;
  RtlOptions rtl;
  std::string out_dir;
  std::string plot_dir;
  bool json = false;
  bool all = false;
  std::optional<uint64_t> max_broken;
};

// Fills `options` from the command line; errors and help are printed.
std::optional<ExitCode> parseReplayOptions(std::span<const std::string> arguments,
                                           ReplayOptions& options);

}  // namespace sluice
