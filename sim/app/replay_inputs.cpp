// SPDX-License-Identifier: Apache-2.0
#include "sim/app/replay_inputs.h"

#include <filesystem>

#include "firmware/control/config_text.h"
#include "sim/trace/discover.h"
#include "sim/trace/text_file.h"

namespace sluice {
namespace {

// The configuration that lies beside a trace: web.pcap.gz -> web.conf.
std::string configBeside(const std::string& trace) {
  std::filesystem::path path = trace;
  if (path.extension() == ".gz") path.replace_extension();
  return path.replace_extension(".conf").string();
}

std::vector<Service> servicesOf(const Config& config) {
  std::vector<Service> services;
  for (const Virtual& v : config.virtuals) {
    services.push_back({v.destination->prefix, v.destination->port,
                        v.protocol->any ? uint8_t{0} : v.protocol->number});
  }
  return services;
}

Result<void> loadAuto(const ReplayOptions& options, ReplayInputs& inputs) {
  auto reader = TraceReader::open(options.trace);
  if (!reader.ok()) return reader.error();
  const Discovery discovery = discoverServices(**reader);
  const AutoConfig made = makeAutoConfig(discovery, {.members = options.auto_members});
  inputs.notes.insert(inputs.notes.end(), made.notes.begin(), made.notes.end());
  inputs.expected_packets = discovery.packets;
  if (discovery.ignored != 0) {
    inputs.notes.push_back(std::to_string(discovery.ignored) +
                           " TCP and UDP packets have loopback, multicast or broadcast addresses: "
                           "no service is made of these");
  }
  if (made.text.empty()) return {};
  if (!options.auto_print.empty()) {
    if (auto written = writeTextFile(options.auto_print, made.text); !written.ok()) return written;
  }
  auto loaded = loadConfig(made.text, "configuration made by --auto");
  if (!loaded.ok()) return loaded.error();
  inputs.config = std::move(loaded->config);
  return {};
}

Result<void> loadConfiguration(const ReplayOptions& options, ReplayInputs& inputs) {
  if (options.auto_config) return loadAuto(options, inputs);
  const std::string path = options.config.empty() ? configBeside(options.trace) : options.config;
  if (options.config.empty() && !std::filesystem::exists(path)) {
    if (options.trace != "-" && !std::filesystem::exists(options.trace))
      return TraceReader::open(options.trace).error();
    return Error{ErrorCode::kNotFound, options.trace +
                                           ": no configuration; give one with --config FILE (" +
                                           path + " does not exist), or let --auto make one"};
  }
  auto loaded = loadConfigFile(path);
  if (!loaded.ok()) return loaded.error();
  inputs.config = std::move(loaded->config);
  return {};
}

Result<void> makeTraceSource(const ReplayOptions& options, ReplayInputs& inputs) {
  auto reader = TraceReader::open(options.trace);
  if (!reader.ok()) return reader.error();
  if (options.mode == ReplayMode::kSplit) {
    SplitOptions split_options;
    split_options.timing = options.timing;
    auto split =
        std::make_unique<SplitSource>(std::move(*reader), servicesOf(inputs.config), split_options);
    inputs.split = split.get();
    inputs.source = std::move(split);
    return {};
  }
  TraceSourceOptions raw_options;
  raw_options.timing = options.timing;
  raw_options.port_by_interface = options.port_by_interface;
  auto raw = std::make_unique<TraceSource>(std::move(*reader), raw_options);
  inputs.raw = raw.get();
  inputs.source = std::move(raw);
  return {};
}

Result<void> makeSynthSource(const ReplayOptions& options, ReplayInputs& inputs) {
  SynthOptions synth = options.synth;
  for (const Virtual& v : inputs.config.virtuals) {
    if (!v.destination->host() || *v.mode == regs::VirtualMode::kLocal || *v.shutdown) continue;
    synth.targets.push_back({v.destination->prefix.address,
                             v.destination->port == 0 ? uint16_t{80} : v.destination->port,
                             v.protocol->any ? uint8_t{6} : v.protocol->number});
  }
  if (synth.targets.empty())
    return Error{ErrorCode::kInvalidInput, options.config + ": no virtual to send traffic to"};
  inputs.expected_packets = synth.packets;
  auto source = std::make_unique<SynthSource>(synth);
  inputs.synth = source.get();
  inputs.source = std::move(source);
  return {};
}

}  // namespace

const TraceReader* ReplayInputs::reader() const {
  if (raw != nullptr) return &raw->reader();
  return split != nullptr ? &split->reader() : nullptr;
}

Result<ReplayInputs> makeReplayInputs(const ReplayOptions& options) {
  ReplayInputs inputs;
  if (auto loaded = loadConfiguration(options, inputs); !loaded.ok()) return loaded.error();
  auto made = options.mode == ReplayMode::kSynth ? makeSynthSource(options, inputs)
                                                 : makeTraceSource(options, inputs);
  if (!made.ok()) return made.error();
  return inputs;
}

}  // namespace sluice
