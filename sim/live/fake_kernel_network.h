// SPDX-License-Identifier: Apache-2.0
// The kernel's network in memory, for tests: what was asked, in order, and the answers it shall
// give.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/live/kernel_network.h"

namespace sluice {

class FakeKernelNetwork final : public KernelNetwork {
 public:
  Result<void> setUpDevice(const std::string& device, const MacAddress& mac,
                           uint32_t mtu) override {
    return note("up " + device + " " + mac.toString() + " " + std::to_string(mtu));
  }
  Result<void> addAddress(const std::string& device, const IpPrefix& address) override {
    return note("add " + device + " " + address.toString());
  }
  Result<void> removeAddress(const std::string& device, const IpPrefix& address) override {
    return note("remove " + device + " " + address.toString());
  }
  Result<void> setGateway(const std::string& device, const IpAddress& gateway) override {
    return note("gateway " + device + " " + gateway.toString());
  }
  Result<void> removeGateway(const std::string& device, const IpAddress& gateway) override {
    return note("no gateway " + device + " " + gateway.toString());
  }
  void resolve(const std::string& device, const IpAddress& address) override {
    (void)note("resolve " + device + " " + address.toString());
  }
  int fd() const override { return -1; }
  void poll(const std::function<void(const NeighborEvent&)>& take) override {
    for (const NeighborEvent& event : std::exchange(events, {})) take(event);
  }

  // What was asked since the last call.
  std::vector<std::string> takeLog() { return std::exchange(log_, {}); }
  std::vector<NeighborEvent> events;

 private:
  Result<void> note(std::string line) {
    log_.push_back(std::move(line));
    return {};
  }
  std::vector<std::string> log_;
};

}  // namespace sluice
