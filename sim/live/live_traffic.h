// SPDX-License-Identifier: Apache-2.0
// Connections, explanations and captures of the live appliance, for its management plane.
#pragma once

#include <cstdint>
#include <functional>

#include "firmware/control/connection_slots.h"
#include "firmware/control/control.h"
#include "firmware/hal/hal.h"
#include "mgmt/core/traffic_source.h"
#include "sim/explain/explainer.h"
#include "sim/live/captures.h"

namespace sluice {

class LiveTraffic final : public TrafficSource {
 public:
  static constexpr uint64_t kPatienceNs = 500'000'000;  // with lists of connections

  struct Host {
    std::function<uint64_t()> now;           // the data plane's time, ns, brought up to the clock
    std::function<uint64_t()> clock;         // ns, does not go back
    std::function<uint64_t()> wall_at_zero;  // time of day when the data plane's time was 0, ns
    std::function<void()> breathe;           // lets packets pass
  };

  // Borrows control and data plane.
  LiveTraffic(Control& control, Hal& hal, Host host)
      : control_(control),
        hal_(hal),
        host_(std::move(host)),
        explainer_(control, hal, host_.breathe),
        captures_(control) {}

  Result<ConnectionList> connections(const ConnectionFilter& filter, size_t most) override;
  Result<uint64_t> clearConnections(const ConnectionFilter& filter) override;
  Result<Explanation> explain(const ExplainRequest& request) override;
  std::vector<std::string> captureStages() override { return Captures::stages(); }
  Result<void> startCapture(const CaptureRequest& request) override;
  Result<CaptureStatus> stopCapture(std::string_view name) override;
  std::vector<CaptureStatus> captures() override;

  // What passes: of every frame and event of the data plane.
  void onOffered(const FrameIn& frame) {
    if (captures_.active()) captures_.onOffered(frame);
  }
  void onFrame(const FrameOut& frame) {
    if (captures_.active()) captures_.onFrame(frame);
  }
  void onEvent(const regs::Event& event) { slots_.onEvent(event); }
  const ConnectionSlots& slots() const { return slots_; }
  // Ends captures whose time is over. Call now and then.
  void keepHouse(uint64_t now_ns) {
    if (captures_.active()) captures_.expire(now_ns);
  }
  void stopCaptures() { captures_.stopAll(); }

 private:
  Control& control_;
  Hal& hal_;
  Host host_;
  ConnectionSlots slots_;
  Explainer explainer_;
  Captures captures_;
};

}  // namespace sluice
