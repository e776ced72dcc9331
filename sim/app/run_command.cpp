// SPDX-License-Identifier: Apache-2.0
// `sluice run`: the appliance in real time, between network interfaces of this host.
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "firmware/base/file_descriptor.h"
#include "firmware/control/config_text.h"
#include "firmware/telemetry/text_sink.h"
#include "mgmt/core/console_server.h"
#include "mgmt/core/console_socket.h"
#include "sim/app/command.h"
#include "sim/app/engine_factory.h"
#include "sim/live/live_appliance.h"
#include "sim/live/live_session.h"
#include "sim/live/packet_socket.h"
#include "sim/live/port_map.h"
#include "sim/live/tap_device.h"

namespace sluice {
namespace {

namespace po = boost::program_options;

constexpr char kAbout[] =
    "Powers the appliance: front ports are network interfaces of this host, the CPU port is TAP\n"
    "devices in a network namespace of its own, where the kernel answers for the appliance's\n"
    "addresses and those of virtuals. Needs root. SIGINT and SIGTERM end it with a report, SIGHUP\n"
    "loads the configuration again; connections stay.";

struct RunOptions {
  std::string config;
  std::vector<std::string> ports, captures;
  std::string engine = "rtl";
  std::string state;
  std::string key_log;
  std::string socket;  // as given; empty: the default
  bool json = false;
};

void say(const std::string& text) { std::fprintf(stderr, "sluice: %s\n", text.c_str()); }

std::optional<ExitCode> parseRunOptions(std::span<const std::string> arguments, RunOptions& o) {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("config,c", po::value(&o.config)->value_name("FILE"), "configuration; SIGHUP reads it again and commits it")
      ("port,p", po::value(&o.ports)->value_name("N=IFNAME")->composing(), "front port N (0 to 3) is this network interface; by default the one that is named like the interface in the configuration")
      ("engine,e", po::value(&o.engine)->value_name("ENGINE")->default_value("rtl"), "rtl or model")
      ("capture", po::value(&o.captures)->value_name("STAGE=FILE")->composing(), "write packets to a pcapng file, with what became of each: ingress, egress, drop, punt or all")
      ("tls-key-log", po::value(&o.key_log)->value_name("FILE"), "for laboratories: write the keys of all TLS connections to a file, for Wireshark and tshark; whoever has it can read them")
      ("state,s", po::value(&o.state)->value_name("DIR"), "revisions and overrides are kept here: what was committed last starts, and --config FILE only if nothing was yet; by default they are forgotten at the end")
      ("socket", po::value(&o.socket)->value_name("PATH"), "where `sluice console` finds this appliance; by default /run/sluice/console.sock")
      ("json", po::bool_switch(&o.json), "the final report as JSON on standard output")
      ("help,h", "this text");
  // clang-format on
  po::positional_options_description none;
  po::variables_map values;
  if (const auto over = parseArguments("run", "run --config FILE [--port N=IFNAME...] [OPTION...]",
                                       kAbout, arguments, options, none, values))
    return over;
  if (o.config.empty() && o.state.empty()) {
    printError("run: which configuration? give one with --config FILE");
    return kUsage;
  }
  if (o.engine != "rtl" && o.engine != "model") {
    printError("run: unknown engine '" + o.engine + "'; there are rtl and model");
    return kUsage;
  }
  return std::nullopt;
}

// Opened where the program was started; TAP devices and firmware's sockets belong to its own
// namespace.
Result<void> openPorts(const PortMap& map, const Config& config, LiveInput& input) {
  for (size_t p = 0; p < map.size(); ++p) {
    if (map[p].empty()) continue;
    auto port = openPacketSocket(map[p]);
    if (!port)
      return Error{port.error().code, "port " + std::to_string(p) + ": " + port.error().message};
    input.ports[p] = std::move(*port);
  }
  const std::vector<uint32_t> ports = interfacePorts(config);
  for (size_t i = 0; i < ports.size(); ++i) {
    const Interface& interface = config.interfaces[i];
    input.appliance.port_gbps[ports[i]] =
        static_cast<uint32_t>(interface.speed->value / 1'000'000'000);
    if (map[ports[i]].empty()) continue;
    const auto mtu = interfaceMtu(map[ports[i]]);
    if (!mtu || *mtu >= *interface.mtu) continue;
    say("warning: the MTU of " + map[ports[i]] + " is " + std::to_string(*mtu) +
        ", that of interface '" + interface.name + "' " + std::to_string(*interface.mtu) +
        "; longer packets are lost");
  }
  return {};
}

FileDescriptor catchSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Files that the configuration names may have changed where it has not.
Result<void> commitFile(const RunOptions& options, LiveSession& session,
                        mgmt::ConfigManager& manager, const Config& config) {
  const Config running = manager.running();
  const auto done = manager.commit(running, config, {"SIGHUP", options.config, {}});
  if (!done) return done.error();
  return done->changed ? Result<void>() : session.renewFiles();
}

void reload(const RunOptions& options, LiveSession& session, mgmt::ConfigManager& manager,
            EventLog& log) {
  const std::string who = "SIGHUP";
  auto loaded = loadConfigFile(options.config);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    log.emit<events::kConfigRefused>(who, "errors in " + options.config);
    say("not reloaded, the running configuration stays");
  } else if (auto done = commitFile(options, session, manager, loaded->config); !done) {
    log.emit<events::kConfigRefused>(who, done.error().message);
    say("not reloaded: " + done.error().message);
  } else {
    say("reloaded " + options.config);
  }
}

void takeSignal(int fd, const RunOptions& options, LiveSession& session,
                mgmt::ConfigManager& manager, EventLog& log) {
  signalfd_siginfo info;
  while (::read(fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGHUP) {
      reload(options, session, manager, log);
    } else {
      session.stop(info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
    }
  }
}

// STAGE=FILE
CaptureRequest captureOf(const std::string& text) {
  const size_t equals = text.find('=');
  CaptureRequest request;
  request.name = text;
  request.stage = text.substr(0, equals);
  if (equals != std::string::npos)
    request.file = std::filesystem::absolute(text.substr(equals + 1)).string();
  return request;
}

// What was committed last, else the file.
Result<Config> firstConfig(const RunOptions& options, mgmt::RevisionStore& store) {
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  auto stored = mgmt::storedConfig(store, now);
  if (!stored) return stored.error();
  if (*stored) {
    say("revision " + std::to_string(store.head()) + " of " + options.state + " starts");
    return std::move(**stored);
  }
  if (options.config.empty()) {
    return Error{ErrorCode::kInvalidInput, "run: " + options.state +
                                               " holds no configuration yet; give one with "
                                               "--config FILE"};
  }
  auto loaded = loadConfigFile(options.config);
  if (!loaded) return loaded.error();
  if (!loaded->warnings.empty()) std::fprintf(stderr, "%s\n", loaded->warnings.c_str());
  return std::move(loaded->config);
}

Result<void> serveConsole(const RunOptions& options, mgmt::ConfigManager& manager,
                          mgmt::ConsoleServer& console) {
  auto notes = manager.start(options.config);
  if (!notes) return notes.error();
  for (const std::string& note : *notes) say("warning: " + note);
  const bool asked = !options.socket.empty();
  auto served = console.listen(asked ? options.socket : mgmt::kDefaultSocket);
  if (served || asked) return served;
  // Two appliances of one host cannot both have the default.
  say("warning: no console: " + served.error().message);
  return {};
}

uint64_t monotonicNs() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

// What the appliance stands on, as long as it lives.
struct Host {
  EventLoop loop;
  EventLog log;
  Engine engine;
  std::unique_ptr<KernelNetwork> kernel;
};

// Everything that is opened from outside the appliance's own namespace, then that namespace.
Result<void> connect(const RunOptions& options, const PortMap& map, const Config& config,
                     Host& host, LiveInput& input) {
  if (auto opened = openPorts(map, config, input); !opened) return opened;
  if (auto entered = enterOwnNamespace(); !entered) return entered;
  auto kernel = openRtnetlink();
  if (!kernel) return kernel.error();
  auto engine = makeEngine(options.engine, {});
  if (!engine) return engine.error();
  host.kernel = std::move(*kernel);
  host.engine = std::move(*engine);
  host.log.add(std::make_unique<TextSink>("stderr", stderr));
  input.plane = host.engine.plane.get();
  input.engine = options.engine;
  input.kernel = host.kernel.get();
  input.loop = &host.loop;
  input.open_tap = openTap;
  input.clock = monotonicNs;
  input.log = &host.log;
  if (!options.key_log.empty()) {
    auto log = tls::KeyLog::open(std::filesystem::absolute(options.key_log).string());
    if (!log) return log.error();
    input.key_log = std::move(*log);
  }
  for (const std::string& text : options.captures) input.captures.push_back(captureOf(text));
  if (options.engine == "model") input.ageing_interval_ns = 1'000'000'000;
  return {};
}

// Powers up, with the console, and runs until a signal comes. What it did.
Result<LiveReport> live(const RunOptions& options, int signals, LiveInput input,
                        mgmt::RevisionStore& store, Host& host) {
  std::function<Result<void>()> ready;
  input.ready = [&ready] { return ready(); };
  LiveSession session("live", std::move(input));
  LiveAppliance appliance(session);
  mgmt::ConfigManager manager(appliance, store);
  std::unique_ptr<mgmt::ConsoleServer> console;
  ready = [&]() -> Result<void> {
    console = std::make_unique<mgmt::ConsoleServer>(host.loop.context(), appliance, manager, say);
    if (auto served = serveConsole(options, manager, *console); !served) return served;
    say("ready; look inside with: nsenter --net=/proc/" + std::to_string(getpid()) +
        "/ns/net ip address");
    return {};
  };
  host.loop.watch(signals, [&] { takeSignal(signals, options, session, manager, host.log); });
  if (auto done = session.run(); !done) return done.error();
  return session.report();
}

}  // namespace

int runRun(std::span<const std::string> arguments) {
  RunOptions options;
  if (const auto over = parseRunOptions(arguments, options)) return *over;
  auto store = mgmt::RevisionStore::open(options.state);
  if (!store) return fail(store.error());
  auto config = firstConfig(options, **store);
  if (!config) return fail(config.error());
  const auto map = makePortMap(options.ports, *config);
  if (!map) return fail(map.error());

  const FileDescriptor signals = catchSignals();
  Host host;
  LiveInput input;
  if (auto connected = connect(options, *map, *config, host, input); !connected)
    return fail(connected.error());
  input.config = std::move(*config);
  auto report = live(options, signals.get(), std::move(input), **store, host);
  if (!report) return fail(report.error());
  if (options.json) {
    std::cout << toJson(*report).dump(2) << "\n";
  } else {
    std::cout << toText(*report);
  }
  return kDone;
}

}  // namespace sluice
