// SPDX-License-Identifier: Apache-2.0
// The CPU port: TAP devices in the kernel, one per interface of the configuration. What the data
// plane punts comes in there, so the kernel answers ARP, neighbor discovery and ICMP, and firmware
// uses ordinary sockets; what the kernel sends goes out of the interface's front port.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "sim/live/event_loop.h"
#include "sim/live/frame_port.h"
#include "sim/live/kernel_network.h"
#include "sim/live/network_plan.h"

namespace sluice {

class CpuPort {
 public:
  using OpenTap = std::function<Result<std::unique_ptr<FramePort>>(const std::string&)>;
  // A frame (with the interface's VLAN tag) for a front port.
  using ToPort = std::function<void(uint32_t port, std::span<const uint8_t>)>;

  // Borrows kernel and loop.
  CpuPort(KernelNetwork& kernel, EventLoop& loop, OpenTap open_tap, ToPort to_port);

  // Opens the devices that `plan` has more than before; nothing else changes yet. A later plan may
  // come instead of apply().
  Result<void> prepare(const NetworkPlan& plan);
  // Brings devices, addresses and routes to the plan that was prepared, and announces addresses
  // that are new. The first error; what follows is done all the same.
  Result<void> apply(const NetworkPlan& plan);

  // A frame that the data plane punted, by its ingress port.
  void punt(uint32_t port, std::span<const uint8_t> frame);

  const NetworkPlan& plan() const { return plan_; }
  // Punted frames with a VLAN tag that no interface has.
  uint64_t noInterface() const { return no_interface_; }

 private:
  Result<void> applyTap(const TapPlan& wanted, const TapPlan* before);
  void announce(const TapPlan& tap, const IpAddress& address);
  void receive(FramePort& tap, uint32_t port, uint16_t vlan);

  KernelNetwork& kernel_;
  EventLoop& loop_;
  OpenTap open_tap_;
  ToPort to_port_;
  NetworkPlan plan_;
  std::map<std::string, std::unique_ptr<FramePort>> devices_;  // by device
  uint64_t no_interface_ = 0;
};

}  // namespace sluice
