// SPDX-License-Identifier: Apache-2.0
// What the management plane sees of the appliance: the running configuration and its change as one
// atomic step, administrative overrides, and everything that `show` tells.
//
// The live appliance implements it, fake_appliance.h stands in for it in tests. What is not part of
// every appliance stands behind narrow interfaces of its own (health_source.h, event_source.h,
// traffic_source.h, proxy_source.h), each of them null where there is none.
//
// Not thread-safe: called from the event loop of the appliance, and never waits for anything but
// the data plane's own registers.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/config.h"
#include "firmware/control/stats.h"
#include "firmware/control/table_builder.h"

namespace sluice {

class HealthSource;
class EventSource;
class TrafficSource;
class ProxySource;

// Of the host's clock of day. Zero: never.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

struct SystemStatus {
  std::string engine;   // rtl, model
  std::string profile;  // asic, ...
  WallTime started;
  double simulated_seconds = 0;  // time of the data plane
  uint64_t cycles = 0;           // evaluated
};

struct InterfaceStatus {
  std::string name;
  uint32_t port = 0;
  std::string host_interface;  // what the port is connected to; empty: nothing
  MacAddress mac;
  bool up = false;  // not shut down, and connected
};

struct NeighborStatus {
  IpAddress address;
  std::string interface;
  uint32_t vlan = 0;
  std::optional<MacAddress> mac;  // nothing: does not answer
  bool configured = false;        // by a `neighbor` or `gateway ... mac` statement
};

struct TableStatus {
  std::string name;
  uint64_t used = 0, capacity = 0;
};

class ManagedAppliance {
 public:
  virtual ~ManagedAppliance() = default;

  // Of the host's clock of day.
  virtual WallTime now() const = 0;
  virtual SystemStatus system() = 0;

  virtual const Config& config() const = 0;
  // What apply() would refuse, without any effect. Returns warnings.
  virtual Result<std::vector<std::string>> check(const Config& config) = 0;
  // Makes it the running configuration: one atomic step for packets, connections stay. After an
  // error the old one runs on. Returns warnings. Overrides of what still exists stay in force.
  virtual Result<std::vector<std::string>> apply(const Config& config) = 0;

  virtual const Overrides& overrides() const = 0;
  // All overrides at once, one atomic step. kNotFound names what does not exist.
  virtual Result<void> setOverrides(const Overrides& overrides) = 0;

  virtual StatsSnapshot statistics() = 0;
  virtual EventCounts eventCounts() = 0;
  virtual std::vector<InterfaceStatus> interfaces() = 0;
  virtual std::vector<NeighborStatus> neighbors() = 0;
  virtual std::vector<TableStatus> tables() = 0;

  // Null: this appliance has none. They live as long as the appliance.
  virtual HealthSource* health() = 0;
  virtual EventSource* events() = 0;
  virtual TrafficSource* traffic() = 0;
  virtual ProxySource* proxy() = 0;
};

}  // namespace sluice
