// SPDX-License-Identifier: Apache-2.0
// `sluice replay`: the main job.
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "sim/app/replay_inputs.h"
#include "sim/app/replay_options.h"
#include "sim/app/replay_session.h"
#include "sim/trace/format_number.h"
#include "sim/trace/plot.h"
#include "sim/trace/report.h"
#include "sim/trace/scenario.h"

namespace sluice {
namespace {

std::string count(uint64_t n, const char* one, const char* many) {
  return grouped(n) + " " + (n == 1 ? one : many);
}

void noteTrace(const TraceReader& reader, std::vector<std::string>& notes) {
  const TraceStats& s = reader.stats();
  if (reader.damage())
    notes.push_back("the trace is damaged, what was readable was replayed: " + *reader.damage());
  if (s.truncated != 0)
    notes.push_back(count(s.truncated, "packet was", "packets were") +
                    " cut by the snap length and padded with zeros");
  if (s.clipped != 0)
    notes.push_back(count(s.clipped, "frame was", "frames were") +
                    " longer than any port takes (offload of the capturing host?)");
  if (s.time_went_back != 0)
    notes.push_back(count(s.time_went_back, "timestamp", "timestamps") +
                    " went back and took that of the packet before");
  if (s.time_jumped != 0)
    notes.push_back(count(s.time_jumped, "step", "steps") +
                    " of more than a day between timestamps, taken out");
  if (s.packets == 0) notes.push_back("the trace holds no packet that can be replayed");
  if (s.unsupported != 0)
    notes.push_back(count(s.unsupported, "packet has", "packets have") +
                    " a link type that cannot become Ethernet, skipped");
  if (s.too_short != 0)
    notes.push_back(count(s.too_short, "packet is", "packets are") +
                    " shorter than the link header, skipped");
}

void noteSplit(const SplitSource& split, std::vector<std::string>& notes) {
  const SplitStats& s = split.stats();
  if (s.connections == 0) return;
  notes.push_back("split: " + count(s.connections, "connection", "connections") + ", " +
                  count(s.client_packets, "packet", "packets") + " from clients, " +
                  count(s.answers, "answer", "answers") + " from servers, " + grouped(s.returned) +
                  " came back right, " + grouped(s.bad_return) + " wrong, " +
                  grouped(s.lost_return) + " not at all, " + grouped(s.bypassed) +
                  " went past the appliance");
  for (const std::string& bad : split.badReturns()) notes.push_back("wrong return: " + bad);
}

ReplayReport makeReport(const ReplayOptions& options, const ReplayInputs& inputs,
                        const SessionInput& session, const SessionResult& result) {
  ReplayReport report;
  fillTraffic(report, result.tally, result.ledger, result.names);
  report.engine = options.engine;
  report.profile = options.rtl.profile;
  report.clock_hz = options.rtl.clock_hz;
  report.trace.path =
      inputs.synth != nullptr ? "synth seed " + std::to_string(options.synth.seed) : options.trace;
  report.trace.packets = report.packets_in;
  report.trace.bytes = report.bytes_in;
  report.trace.flows = result.flows.flows();
  report.trace.duration_seconds = static_cast<double>(result.last_arrival_ns) * 1e-9;
  report.flow_capacity = result.table_capacity;
  report.flow_peak = result.table_peak;
  report.flow_insert_failures = result.insert_failures;
  ReplayReport::Simulation& s = report.simulation;
  s.cycles = result.cycles;
  s.simulated_seconds = static_cast<double>(result.simulated_ns) * 1e-9;
  s.wall_seconds = result.wall_seconds;
  if (result.wall_seconds > 0) {
    s.cycles_per_second = static_cast<double>(result.cycles) / result.wall_seconds;
    s.packets_per_second = static_cast<double>(report.packets_in) / result.wall_seconds;
  }
  if (session.engine.lockstep != nullptr) report.mismatches = session.engine.lockstep->mismatches();
  report.notes = inputs.notes;
  report.notes.insert(report.notes.end(), result.notes.begin(), result.notes.end());
  if (const TraceReader* reader = inputs.reader()) noteTrace(*reader, report.notes);
  if (inputs.split != nullptr) noteSplit(*inputs.split, report.notes);
  return report;
}

// The run is over: is it a success?
int verdict(const ReplayOptions& options, const ReplayReport& report,
            const LockstepDataPlane* lockstep) {
  int code = kDone;
  if (const auto wrong = checkReport(report)) {
    printError("the report does not add up: " + *wrong);
    code = kFailed;
  }
  if (lockstep != nullptr && lockstep->mismatches() != 0) {
    printError(count(lockstep->mismatches(), "mismatch", "mismatches") + " between RTL and model");
    for (const std::string& line : lockstep->reports())
      std::fprintf(stderr, "  %s\n", line.c_str());
    code = kFailed;
  }
  uint64_t broken = 0;
  for (const auto& [cause, number] : report.broken) broken += number;
  if (options.max_broken && broken > *options.max_broken) {
    printError(count(broken, "connection was", "connections were") +
               " broken, more than --max-broken " + std::to_string(*options.max_broken));
    code = kFailed;
  }
  return code;
}

}  // namespace

int runReplay(std::span<const std::string> arguments) {
  ReplayOptions options;
  if (const auto over = parseReplayOptions(arguments, options)) return *over;
  auto inputs = makeReplayInputs(options);
  if (!inputs.ok()) return fail(inputs.error());
  SessionInput session;
  auto engine = makeEngine(options.engine, options.rtl);
  if (!engine.ok()) return fail(engine.error());
  session.engine = std::move(*engine);
  session.config = inputs->config;
  session.source = inputs->source.get();
  session.out_dir = options.out_dir;
  session.limit = options.limit;
  session.answers_enter = inputs->split != nullptr;
  session.expected_packets = std::min(inputs->expected_packets, options.limit);
  session.appliance.quantum_cycles = options.quantum_cycles;
  session.appliance.port_gbps.fill(options.port_gbps);
  if (!options.scenario.empty()) {
    auto scenario = readScenario(options.scenario);
    if (!scenario.ok()) return fail(scenario.error());
    session.scenario = std::move(*scenario);
  }

  ReplaySession replay("replay", std::move(session));
  if (auto done = replay.run(); !done.ok()) return fail(done.error());
  const ReplayReport report = makeReport(options, *inputs, replay.input(), replay.result());
  if (!options.plot_dir.empty()) {
    std::error_code code;
    std::filesystem::create_directories(options.plot_dir, code);
    if (code)
      return fail(
          {ErrorCode::kIo, options.plot_dir + ": cannot create this directory: " + code.message()});
    const SessionResult& r = replay.result();
    if (auto plots = writePlots(options.plot_dir, report, r.tally.latency(), r.series); !plots.ok())
      return fail(plots.error());
    if (auto csv = r.series.writeCsv(options.plot_dir + "/time_series.csv", r.names); !csv.ok())
      return fail(csv.error());
  }
  if (options.json) {
    std::cout << toJson(report).dump(2) << "\n";
  } else {
    std::cout << toText(report, {.all = options.all});
  }
  // A damaged trace is worth a report as long as there was something to report on.
  if (const TraceReader* reader = inputs->reader();
      reader != nullptr && reader->damage() && reader->stats().packets == 0)
    return fail({ErrorCode::kInvalidInput, *reader->damage() + "; no packet was readable"});
  return verdict(options, report, replay.input().engine.lockstep);
}

}  // namespace sluice
