// SPDX-License-Identifier: Apache-2.0
#include "sim/app/replay_options.h"

#include <cstdio>

namespace sluice {

namespace po = boost::program_options;

namespace {

constexpr std::string_view kAbout =
    "Replays a packet trace (pcap, pcapng, gzipped or not) through the appliance and\n"
    "reports what happened to every packet. Without --config or --auto there must be\n"
    "a configuration beside the trace: TRACE with .conf in place of .pcap.gz.";

struct RawValues {
  std::string mode = "split";
  std::string size = "imix";
  double scale = 0, rate = 0, line_rate = 0;
  double clock_mhz = 250;
  double waves_from_s = 0, waves_to_s = 1e9;
};

po::options_description describeOptions(ReplayOptions& o, RawValues& raw) {
  po::options_description all("Options", 80, 40);
  // clang-format off
  po::options_description input("What goes in", 80, 40);
  input.add_options()
      ("trace", po::value(&o.trace)->value_name("TRACE"), "packet trace")
      ("config,c", po::value(&o.config)->value_name("FILE"), "configuration")
      ("auto,a", po::bool_switch(&o.auto_config), "find the services of the trace and make virtuals and pools for them")
      ("auto-members", po::value(&o.auto_members)->value_name("N")->default_value(4), "members per pool that --auto makes")
      ("auto-print", po::value(&o.auto_print)->value_name("FILE"), "write the configuration that --auto made")
      ("mode,m", po::value(&raw.mode)->value_name("MODE")->default_value("split"), "split: clients from the trace, servers regenerated; raw: all as captured; synth: generated")
      ("scenario,s", po::value(&o.scenario)->value_name("FILE"), "changes on the way: at 2.5s member web 10.0.0.12:80 down")
      ("port-by-interface", po::bool_switch(&o.port_by_interface), "pcapng interface i arrives at port i, not all at port 0")
      ("limit", po::value(&o.limit)->value_name("N"), "stop after N packets");
  po::options_description timing("When packets arrive (as in the trace, unless one of these)", 80, 40);
  timing.add_options()
      ("scale", po::value(&raw.scale)->value_name("F"), "F times as fast")
      ("rate", po::value(&raw.rate)->value_name("PPS"), "fixed packet rate")
      ("line-rate", po::value(&raw.line_rate)->value_name("GBPS"), "back to back at this line rate");
  po::options_description synth("Generated traffic (--mode synth)", 80, 40);
  synth.add_options()
      ("seed", po::value(&o.synth.seed)->value_name("N")->default_value(1), "the same seed gives the same packets")
      ("packets", po::value(&o.synth.packets)->value_name("N")->default_value(100'000), "packets in all")
      ("connections", po::value(&o.synth.connections_per_second)->value_name("N")->default_value(100'000), "new connections per second")
      ("clients", po::value(&o.synth.clients)->value_name("N")->default_value(10'000), "client addresses")
      ("zipf", po::value(&o.synth.zipf)->value_name("S")->default_value(1), "popularity exponent of clients, 0 = all alike")
      ("size", po::value(&raw.size)->value_name("MIX")->default_value("imix"), "64, 1500, imix, or LENGTH:WEIGHT,...")
      ("syn-flood", po::value(&o.synth.syn_flood_share)->value_name("SHARE")->default_value(0), "share of SYN-flood packets, 0 to 1")
      ("rst", po::value(&o.synth.rst_share)->value_name("SHARE")->default_value(0), "share of connections that end by RST");
  po::options_description run("How it runs", 80, 40);
  run.add_options()
      ("engine,e", po::value(&o.engine)->value_name("ENGINE")->default_value("rtl"), "rtl, model, or both in lockstep, every packet compared")
      ("clock", po::value(&raw.clock_mhz)->value_name("MHZ")->default_value(250), "clock of the data plane")
      ("port-speed", po::value(&o.port_gbps)->value_name("GBPS")->default_value(100), "line rate of the front ports, 1 to 400")
      ("quantum", po::value(&o.quantum_cycles)->value_name("CYCLES")->default_value(1000), "temporal decoupling of the SystemC platform, 100 or more")
      ("waves", po::value(&o.rtl.wave_path)->value_name("FILE"), "FST waveform (./sluice waves replay ...)")
      ("waves-from", po::value(&raw.waves_from_s)->value_name("SECONDS"), "start of the waveform, in seconds since the start of the trace")
      ("waves-to", po::value(&raw.waves_to_s)->value_name("SECONDS"), "its end");
  po::options_description output("What comes out", 80, 40);
  output.add_options()
      ("json", po::bool_switch(&o.json), "the report as JSON on standard output")
      ("all", po::bool_switch(&o.all), "every virtual, member and broken connection in the text report")
      ("out,o", po::value(&o.out_dir)->value_name("DIR"), "a pcapng per port, each packet with a comment on what became of it")
      ("plot,p", po::value(&o.plot_dir)->value_name("DIR"), "SVG plots and time series")
      ("max-broken", po::value<uint64_t>()->value_name("N"), "exit status 1 if more connections were broken")
      ("help,h", "this text");
  // clang-format on
  all.add(input).add(timing).add(synth).add(run).add(output);
  return all;
}

bool usageError(const std::string& message) {
  printError("replay: " + message);
  std::fprintf(stderr, "  see: sluice replay --help\n");
  return false;
}

bool setTiming(const RawValues& raw, TimingOptions& timing) {
  if ((raw.scale != 0) + (raw.rate != 0) + (raw.line_rate != 0) > 1) {
    return usageError("only one of --scale, --rate and --line-rate");
  }
  if (raw.scale < 0 || raw.rate < 0 || raw.line_rate < 0)
    return usageError("timing must be greater than 0");
  if (raw.scale != 0) timing = {.kind = TimingOptions::Kind::kScaled, .scale = raw.scale};
  if (raw.rate != 0)
    timing = {.kind = TimingOptions::Kind::kPacketRate, .packets_per_second = raw.rate};
  if (raw.line_rate != 0)
    timing = {.kind = TimingOptions::Kind::kLineRate, .gigabits_per_second = raw.line_rate};
  return true;
}

bool setMode(const std::string& mode, ReplayOptions& o) {
  if (mode == "raw") {
    o.mode = ReplayMode::kRaw;
  } else if (mode == "split") {
    o.mode = ReplayMode::kSplit;
  } else if (mode == "synth") {
    o.mode = ReplayMode::kSynth;
  } else {
    return usageError("unknown mode '" + mode + "'; there are raw, split and synth");
  }
  return true;
}

bool checkValues(const RawValues& raw, ReplayOptions& o) {
  if (!setMode(raw.mode, o) || !setTiming(raw, o.timing)) return false;
  auto mix = parseSizeMix(raw.size);
  if (!mix.ok()) return usageError("--size: " + mix.error().message);
  o.synth.sizes = *mix;
  o.synth.timing = o.timing;
  if (o.mode != ReplayMode::kSynth && o.trace.empty()) return usageError("which trace?");
  if (o.mode == ReplayMode::kSynth && o.config.empty())
    return usageError("--mode synth needs --config");
  if (o.mode == ReplayMode::kSynth && o.auto_config) return usageError("--auto needs a trace");
  if (o.auto_config && !o.config.empty()) return usageError("either --auto or --config");
  if (o.auto_members < 1 || o.auto_members > 100) return usageError("--auto-members is 1 to 100");
  if (o.quantum_cycles < 100) return usageError("--quantum is 100 cycles or more");
  if (o.port_gbps < 1 || o.port_gbps > 400) return usageError("--port-speed is 1 to 400 Gb/s");
  if (raw.clock_mhz < 1 || raw.clock_mhz > 10'000) return usageError("--clock is 1 to 10000 MHz");
  const bool windowed =
      raw.waves_from_s != RawValues().waves_from_s || raw.waves_to_s != RawValues().waves_to_s;
  if (windowed && o.rtl.wave_path.empty())
    return usageError("--waves-from and --waves-to need --waves FILE");
  if (raw.waves_from_s < 0 || raw.waves_to_s <= raw.waves_from_s)
    return usageError("--waves-to must be later than --waves-from");
  const auto isShare = [](double value) { return value >= 0 && value <= 1; };
  if (!isShare(o.synth.syn_flood_share) || !isShare(o.synth.rst_share))
    return usageError("shares are 0 to 1");
  if (o.synth.connections_per_second <= 0)
    return usageError("--connections must be greater than 0");
  if (o.synth.clients < 1) return usageError("--clients must be greater than 0");
  o.rtl.clock_hz = static_cast<uint64_t>(raw.clock_mhz * 1e6);
  o.rtl.wave_from_ns = static_cast<uint64_t>(raw.waves_from_s * 1e9);
  o.rtl.wave_to_ns = static_cast<uint64_t>(raw.waves_to_s * 1e9);
  return true;
}

}  // namespace

std::optional<ExitCode> parseReplayOptions(std::span<const std::string> arguments,
                                           ReplayOptions& options) {
  RawValues raw;
  const po::options_description description = describeOptions(options, raw);
  po::positional_options_description positional;
  positional.add("trace", 1);
  po::variables_map values;
  if (const auto over = parseArguments("replay", "replay TRACE [OPTION...]", kAbout, arguments,
                                       description, positional, values))
    return over;
  if (values.count("max-broken") != 0) options.max_broken = values["max-broken"].as<uint64_t>();
  if (!checkValues(raw, options)) return kUsage;
  return std::nullopt;
}

}  // namespace sluice
