// SPDX-License-Identifier: Apache-2.0
// The appliance in real time: the SystemC platform between network interfaces, its CPU port in the
// kernel, its firmware.
//
// Time of the data plane follows `clock`: when nothing is in flight it jumps there, so that an idle
// appliance sleeps in the event loop; when there is more to do than the host can simulate, it stays
// behind and frames wait in the host's buffers. It never runs ahead but by what the bus and the
// line take.
//
// One session per process: SystemC elaborates once.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <utility>
#include <vector>

#include "firmware/control/control.h"
#include "firmware/hal/hal.h"
#include "firmware/icmp/icmp_responder.h"
#include "mgmt/core/event_log_source.h"
#include "sim/live/cpu_port.h"
#include "sim/live/live_events.h"
#include "sim/live/live_health.h"
#include "sim/live/live_proxy.h"
#include "sim/live/live_report.h"
#include "sim/live/live_traffic.h"
#include "sim/live/neighbor_watch.h"
#include "sim/platform/appliance.h"
#include "sim/platform/tlm_register_bus.h"

namespace sluice {

struct LiveInput {
  DataPlane* plane = nullptr;  // no sink yet; outlives the session
  std::string engine;          // its name, for the report
  Config config;
  std::array<std::unique_ptr<FramePort>, regs::kCpuPort> ports;  // null: connected to nothing
  KernelNetwork* kernel = nullptr;
  EventLoop* loop = nullptr;
  CpuPort::OpenTap open_tap;
  std::function<uint64_t()> clock;  // ns, does not go back
  EventLog* log = nullptr;
  // It is powered up, and forwards packets. An error powers it down.
  std::function<Result<void>()> ready;
  std::vector<CaptureRequest> captures;        // from the beginning on
  std::shared_ptr<const tls::KeyLog> key_log;  // null: keys of TLS are written nowhere
  ApplianceOptions appliance;
  uint64_t ageing_interval_ns = 60'000'000'000;  // a pass evaluates some 10^5 cycles of RTL
};

class LiveSession : public sc_core::sc_module, private DataPlaneSink {
 public:
  LiveSession(sc_core::sc_module_name name, LiveInput input);

  // Powers up and runs until stop(). Errors: configuration or kernel that cannot be set up.
  Result<void> run();

  // From handlers of the loop:
  void stop(const std::string& why) {
    stopping_ = true;
    stop_reason_ = why;
  }
  // Makes another configuration the running one; connections stay. After an error the old one runs
  // on.
  Result<void> reload(const Config& config);
  // Reads files that the running configuration names again. After an error what was read stays.
  Result<void> renewFiles() { return proxy_.renew(); }
  // All administrative overrides at once.
  Result<void> setOverrides(const Overrides& overrides);

  Control& control() { return control_; }
  const DataPlane& plane() const { return plane_; }
  const std::string& engine() const { return input_.engine; }
  // Null: the port is connected to nothing.
  const FramePort* port(uint32_t number) const { return input_.ports[number].get(); }
  const NeighborWatch& neighbors() const { return neighbors_; }
  // What reload() would refuse because of how the appliance is connected, or of files that it
  // needs.
  Result<void> checkSurroundings(const Config& config) const;

  const LiveReport& report() const { return report_; }
  // For the management plane, from handlers of the loop.
  TrafficSource& traffic() { return traffic_; }
  EventSource& eventSource() { return event_source_; }
  HealthSource& health() { return health_; }
  ProxySource& proxy() { return proxy_; }

 private:
  void thread();
  Result<void> live();
  Result<void> powerUp();
  Result<void> checkPorts(const Config& config) const;
  void turn();
  std::chrono::nanoseconds untilDue();
  void follow();
  void settle();
  void offer(uint8_t port, uint8_t cpu_dest, std::span<const uint8_t> frame);
  void receive(uint8_t port);
  void sendOwn();
  void breathe();
  void keepHouse();
  void scrub();
  void takeNeighbors();
  void wrapUp();

  void onFrame(const FrameOut& frame) override;
  void onEvent(const regs::Event& event) override {
    control_.onEvent(event);
    traffic_.onEvent(event);
    health_.onEvent(event);
  }

  LiveInput input_;
  DataPlane& plane_;
  Appliance appliance_;
  TlmRegisterBus bus_;
  Hal hal_;
  Control control_;
  CpuPort cpu_;
  NeighborWatch neighbors_;
  IcmpResponder icmp_{control_};
  std::vector<std::pair<uint8_t, std::vector<uint8_t>>>
      own_frames_;  // of firmware, and by which port
  LiveEvents events_;
  EventLogSource event_source_;
  LiveTraffic traffic_;
  LiveHealth health_;
  LiveProxy proxy_;
  LiveReport report_;
  Result<void> outcome_;
  bool stopping_ = false;
  std::string stop_reason_;
  bool scrubbing_ = false;
  uint64_t start_ns_ = 0;  // clock at time 0 of the data plane
  uint64_t next_id_ = 0;
  uint64_t neighbors_due_ns_ = 0;
  uint64_t scrub_due_ns_ = 0;
};

}  // namespace sluice
