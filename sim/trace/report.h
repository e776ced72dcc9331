// SPDX-License-Identifier: Apache-2.0
// What a replay says at its end: one struct, as JSON for programs and as text for people.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/trace/flow_ledger.h"
#include "sim/trace/replay_names.h"
#include "sim/trace/traffic_tally.h"

namespace sluice {

struct ReplayReport {
  struct Trace {
    std::string path;  // or "synth seed 1"
    uint64_t packets = 0;
    uint64_t bytes = 0;
    uint64_t flows = 0;
    double duration_seconds = 0;
  };
  struct Virtual {
    std::string name;
    uint64_t packets = 0, bytes = 0, connections = 0;
  };
  struct Member {
    std::string pool, member;
    uint64_t packets = 0, bytes = 0, connections = 0;
    double share = 0;  // of the pool's connections; of its packets if no connection was opened
    double expected_share = 0;  // by the rings that were in force; see ExpectedShares
  };
  struct Latency {
    uint32_t min = 0, p50 = 0, p99 = 0, max = 0;
  };
  struct Simulation {
    uint64_t cycles = 0;
    double simulated_seconds = 0;
    double wall_seconds = 0;
    double cycles_per_second = 0;
    double packets_per_second = 0;
  };

  std::string engine;   // "rtl", "model", "both"
  std::string profile;  // "asic"
  uint64_t clock_hz = 0;
  Trace trace;
  uint64_t packets_in = 0, packets_forwarded = 0, packets_dropped = 0, packets_punted = 0;
  uint64_t bytes_in = 0, bytes_forwarded = 0;
  std::vector<std::pair<regs::DropReason, uint64_t>> drops;  // most frequent first
  std::vector<std::pair<regs::PuntCause, uint64_t>> punts;   // text only
  std::vector<Virtual> virtuals;
  std::vector<Member> members;
  std::optional<Latency> latency_cycles;  // none from engines without cycles
  uint64_t connections_opened = 0, connections_closed = 0, connections_peak = 0;
  std::vector<std::pair<BreakCause, uint64_t>> broken;  // most frequent first
  uint64_t flow_capacity = 0, flow_peak = 0, flow_insert_failures = 0;
  Simulation simulation;
  std::optional<uint64_t> mismatches;  // with engine "both"

  // Text only.
  std::vector<BrokenConnection> broken_list;
  std::vector<std::string> notes;  // one sentence each: damage, truncated packets, seed, ...
  ReplayNames names;
};

// Fills packets, bytes, drops, punts, virtuals, members, latency, connections and broken
// connections. The caller adds engine, profile, clock, trace, tables, simulation, mismatches and
// notes.
void fillTraffic(ReplayReport& report, const TrafficTally& tally, const FlowLedger& ledger,
                 const ReplayNames& names);

// packets.in = forwarded + dropped + punted, and the drops by reason and broken connections add up.
// The sentence says what does not.
std::optional<std::string> checkReport(const ReplayReport& report);

// Keys and order as documented for `replay --json`.
nlohmann::ordered_json toJson(const ReplayReport& report);

struct TextOptions {
  bool all = false;  // every virtual, member and broken connection instead of the first 20
};

// 80 columns at most, ends with a newline.
std::string toText(const ReplayReport& report, const TextOptions& options = {});

}  // namespace sluice
