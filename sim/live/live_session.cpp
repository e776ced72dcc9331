// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_session.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {
namespace {

constexpr uint64_t kSettleStepNs = 400;
constexpr uint64_t kScrubStepNs = 20'000;           // some milliseconds of simulation
constexpr uint64_t kDrainAgeingNs = 5'000'000'000;  // while a member drains or is full
constexpr uint64_t kLongestSleepNs = 10'000'000'000;

uint64_t wallClockNs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::nanoseconds(now).count());
}

}  // namespace

LiveSession::LiveSession(sc_core::sc_module_name name, LiveInput input)
    : sc_core::sc_module(name),
      input_(std::move(input)),
      plane_(*input_.plane),
      appliance_("appliance", plane_, input_.appliance),
      bus_("firmware_bus", appliance_.quantum()),
      hal_(bus_),
      control_(hal_, {.ageing_interval_ns = input_.ageing_interval_ns, .discover_neighbors = true}),
      cpu_(*input_.kernel, *input_.loop, input_.open_tap,
           [this](uint32_t port, std::span<const uint8_t> frame) {
             offer(regs::kCpuPort, static_cast<uint8_t>(port), frame);
           }),
      neighbors_(*input_.kernel),
      events_(*input_.log),
      event_source_(*input_.log),
      traffic_(control_, hal_,
               {.now = [this] { return follow(), plane_.now(); },
                .clock = input_.clock,
                .wall_at_zero = [this] { return wallClockNs() - plane_.now(); },
                .breathe = [this] { breathe(); }}),
      health_(input_.loop->context(), hal_, control_, traffic_.slots(), *input_.log, input_.clock,
              [this](uint8_t port, std::vector<uint8_t> frame) {
                own_frames_.emplace_back(port, std::move(frame));
              }),
      proxy_(control_, *input_.log) {
  bus_.socket.bind(appliance_.registers);
  appliance_.setObserver(this);
  SC_HAS_PROCESS(LiveSession);
  SC_THREAD(thread);
  set_stack_size(1 << 20);
}

Result<void> LiveSession::run() {
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO,
                                          sc_core::SC_DO_NOTHING);
  sc_core::sc_start();
  return outcome_;
}

void LiveSession::thread() {
  outcome_ = live();
  sc_core::sc_stop();
}

Result<void> LiveSession::live() {
  start_ns_ = input_.clock();
  if (auto up = powerUp(); !up) return up;
  while (!stopping_) turn();
  wrapUp();
  return {};
}

Result<void> LiveSession::powerUp() {
  if (auto connected = checkPorts(input_.config); !connected) return connected;
  const NetworkPlan plan = planNetwork(input_.config);
  if (auto opened = cpu_.prepare(plan); !opened) return opened;
  const Operational unproven = health_.operationalFor(input_.config);
  if (auto applied = control_.apply(input_.config, unproven); !applied) return applied;
  if (input_.key_log) proxy_.logKeys(input_.key_log);
  auto served = proxy_.prepare(input_.config, unproven);
  if (!served) return served.error();
  proxy_.commit(std::move(*served));
  bus_.synchronize();
  for (uint8_t p = 0; p < input_.ports.size(); ++p) {
    if (input_.ports[p]) input_.loop->watch(input_.ports[p]->fd(), [this, p] { receive(p); });
  }
  input_.loop->watch(input_.kernel->fd(), [this] { takeNeighbors(); });
  follow();
  for (const CaptureRequest& capture : input_.captures) {
    if (auto started = traffic_.startCapture(capture); !started) return started;
  }
  if (auto applied = cpu_.apply(plan); !applied) return applied;
  neighbors_.setNeeded(control_.nextHops(), plan);
  settle();
  events_.configured(control_.config(), control_.warnings());
  health_.configured();
  events_.watch(hal_, next_id_, input_.clock() - start_ns_);
  events_.started(input_.engine);
  return input_.ready();
}

Result<void> LiveSession::checkPorts(const Config& config) const {
  const std::vector<uint32_t> ports = interfacePorts(config);
  for (size_t i = 0; i < ports.size(); ++i) {
    const Interface& interface = config.interfaces[i];
    if (*interface.shutdown || input_.ports[ports[i]]) continue;
    return Error{ErrorCode::kInvalidInput, "interface '" + interface.name + "' is on port " +
                                               std::to_string(ports[i]) +
                                               ", which is connected to nothing; expected --port " +
                                               std::to_string(ports[i]) + "=IFNAME"};
  }
  return {};
}

Result<void> LiveSession::checkSurroundings(const Config& config) const {
  if (auto connected = checkPorts(config); !connected) return connected;
  return proxy_.check(config);
}

Result<void> LiveSession::reload(const Config& config) {
  if (auto connected = checkPorts(config); !connected) return connected;
  if (auto valid = control_.check(config); !valid) return valid.error();
  const NetworkPlan plan = planNetwork(config);
  follow();
  if (auto opened = cpu_.prepare(plan); !opened) return opened;
  const Operational found = health_.operationalFor(config);
  auto served = proxy_.prepare(config, found);
  if (!served) return served.error();
  if (auto applied = control_.apply(config, found); !applied) return applied;
  proxy_.commit(std::move(*served));
  bus_.synchronize();
  const auto kernel = cpu_.apply(plan);
  neighbors_.setNeeded(control_.nextHops(), plan);
  neighbors_due_ns_ = scrub_due_ns_ = 0;
  events_.configured(control_.config(), control_.warnings());
  health_.configured();
  return kernel;
}

Result<void> LiveSession::setOverrides(const Overrides& overrides) {
  follow();
  auto done = control_.setOverrides(overrides);
  bus_.synchronize();
  scrub_due_ns_ = 0;
  if (!done) return done;
  return proxy_.refresh();
}

void LiveSession::turn() {
  input_.loop->turn(untilDue());
  settle();
  keepHouse();
}

std::chrono::nanoseconds LiveSession::untilDue() {
  if (scrubbing_ || !own_frames_.empty()) return std::chrono::nanoseconds(0);
  const uint64_t now = input_.clock() - start_ns_;
  const uint64_t probe = std::max(health_.due(), start_ns_) - start_ns_;
  const uint64_t due = std::min(
      {neighbors_due_ns_, scrub_due_ns_, events_.watchDue(next_id_), probe, now + kLongestSleepNs});
  return std::chrono::nanoseconds(due <= now ? 0 : due - now);
}

// Lets the data plane and kernel time of SystemC come to the clock. While connections are scrubbed
// every cycle counts, and time goes as fast as they can be simulated.
void LiveSession::follow() {
  if (scrubbing_) return;
  const uint64_t clock = input_.clock() - start_ns_;
  const auto target = sc_core::sc_time::from_value(clock * 1000);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (target > now) wait(target - now);
  plane_.runUntil(clock);
}

// Runs until every frame is out.
void LiveSession::settle() {
  do {
    sendOwn();
    while (appliance_.inFlight() != 0) plane_.runUntil(plane_.now() + kSettleStepNs);
  } while (!own_frames_.empty());
  for (const auto& port : input_.ports) {
    if (port) port->flush();
  }
  const uint64_t clock = input_.clock() - start_ns_;
  if (plane_.now() > clock)
    report_.clock_lead_ns = std::max(report_.clock_lead_ns, plane_.now() - clock);
}

void LiveSession::offer(uint8_t port, uint8_t cpu_dest, std::span<const uint8_t> frame) {
  FrameIn in;
  in.id = next_id_++;
  in.arrival_ns = plane_.now();
  in.port = port;
  in.cpu_dest = cpu_dest;
  in.bytes = frame;
  traffic_.onOffered(in);
  appliance_.receive(in);
}

// Not from onFrame(), where the data plane is at work.
void LiveSession::sendOwn() {
  for (const auto& [port, frame] : std::exchange(own_frames_, {}))
    offer(regs::kCpuPort, port, frame);
}

void LiveSession::receive(uint8_t port) {
  follow();
  input_.ports[port]->receive(
      [&](std::span<const uint8_t> frame) { offer(port, regs::kPortNone, frame); });
}

// In the middle of something long: lets packets between front ports pass.
void LiveSession::breathe() {
  bus_.synchronize();
  for (uint8_t p = 0; p < input_.ports.size(); ++p) {
    if (input_.ports[p]) receive(p);
  }
  settle();
}

void LiveSession::onFrame(const FrameOut& frame) {
  traffic_.onFrame(frame);
  const regs::Result& result = frame.result;
  if (health_.take(result, frame.bytes)) return;
  if (IcmpResponder::answers(result)) {
    if (auto error = icmp_.answer(result, frame.bytes))
      own_frames_.emplace_back(result.in_port, std::move(*error));
  } else if (result.verdict == regs::Verdict::kPunt) {
    cpu_.punt(result.in_port, frame.bytes);
  } else if (result.verdict == regs::Verdict::kForward && result.out_port < input_.ports.size() &&
             input_.ports[result.out_port]) {
    input_.ports[result.out_port]->send(frame.bytes);
  }
}

void LiveSession::keepHouse() {
  const uint64_t now = input_.clock() - start_ns_;
  if (now >= neighbors_due_ns_) {
    neighbors_due_ns_ = neighbors_.ask(now);
    events_.neighbors(neighbors_.known(), neighbors_.missing(), now);
  }
  events_.watch(hal_, next_id_, now);
  traffic_.keepHouse(now);
  health_.run([this] { follow(); });
  proxy_.keepHouse(now);
  if (health_.waiting()) {
    control_.ageBy(now + kDrainAgeingNs);
    scrub_due_ns_ = std::min(scrub_due_ns_, control_.nextTick());
  }
  if (scrubbing_ || now >= scrub_due_ns_) scrub();
}

// A pass over the connection table goes on in small pieces between frames.
void LiveSession::scrub() {
  follow();
  if (scrubbing_) plane_.runUntil(plane_.now() + kScrubStepNs);
  const bool purges = control_.nextTick() == 0;
  const bool empty = hal_.read(regs::FlowLiveReg::kOffset) == 0;
  if (!scrubbing_ && !purges && empty) {
    scrub_due_ns_ = plane_.now() + input_.ageing_interval_ns;
    return;
  }
  if (!hal_.scrubBusy()) control_.tick(plane_.now());
  scrubbing_ = hal_.scrubBusy();
  scrub_due_ns_ = control_.nextTick();
}

void LiveSession::takeNeighbors() {
  if (!neighbors_.takeEvents()) return;
  follow();
  if (auto set = control_.setNeighbors(neighbors_.known()); !set)
    input_.log->emit<events::kConfigWarning>(set.error().message);
  neighbors_due_ns_ = 0;
}

void LiveSession::wrapUp() {
  settle();
  traffic_.stopCaptures();
  events_.stopped(stop_reason_);
  report_.engine = input_.engine;
  report_.seconds = static_cast<double>(input_.clock() - start_ns_) * 1e-9;
  report_.simulated_seconds = static_cast<double>(plane_.now()) * 1e-9;
  report_.cycles = plane_.evaluatedCycles();
  report_.icmp_errors = icmp_.counts();
  report_.resets = health_.resets();
  report_.no_interface = cpu_.noInterface();
  report_.missing = neighbors_.missing();
  report_.stats = control_.snapshot();
  report_.http = proxy_.statistics();
  for (size_t p = 0; p < input_.ports.size(); ++p) {
    if (!input_.ports[p]) continue;
    report_.ports.push_back(
        {static_cast<uint32_t>(p), input_.ports[p]->name(), input_.ports[p]->counts()});
  }
}

}  // namespace sluice
