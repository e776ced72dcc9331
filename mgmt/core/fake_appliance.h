// SPDX-License-Identifier: Apache-2.0
// An appliance in memory, for tests of the management plane: it checks configurations, refuses what
// it is told to, and counts what was asked of it. Its clock stands still unless it is moved.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "firmware/control/config_check.h"
#include "mgmt/core/event_source.h"
#include "mgmt/core/health_source.h"
#include "mgmt/core/managed_appliance.h"
#include "mgmt/core/proxy_source.h"
#include "mgmt/core/traffic_source.h"

namespace sluice {

class FakeAppliance : public ManagedAppliance {
 public:
  explicit FakeAppliance(Config config = {}) : config_(std::move(config)) {}

  // What a test arranges and looks at.
  WallTime time{std::chrono::seconds(1'795'000'000)};
  SystemStatus system_status{.engine = "fake", .profile = "asic", .started = time};
  std::optional<Error> refuse_apply;  // what the next apply() answers
  int applied = 0;
  StatsSnapshot stats;
  EventCounts event_counts;
  std::vector<InterfaceStatus> interface_list;
  std::vector<NeighborStatus> neighbor_list;
  std::vector<TableStatus> table_list;
  HealthSource* health_source = nullptr;
  EventSource* event_source = nullptr;
  TrafficSource* traffic_source = nullptr;
  ProxySource* proxy_source = nullptr;

  WallTime now() const override { return time; }
  SystemStatus system() override { return system_status; }
  const Config& config() const override { return config_; }

  Result<std::vector<std::string>> check(const Config& config) override {
    std::vector<std::string> warnings;
    std::string errors;
    for (const Diagnostic& diagnostic : checkConfig(config)) {
      if (diagnostic.severity == Severity::kWarning) {
        warnings.push_back(diagnostic.message);
      } else {
        errors += (errors.empty() ? "" : "\n") + diagnostic.message;
      }
    }
    if (!errors.empty()) return Error{ErrorCode::kInvalidInput, errors};
    return warnings;
  }
  Result<std::vector<std::string>> apply(const Config& config) override {
    if (refuse_apply) return *std::exchange(refuse_apply, std::nullopt);
    auto warnings = check(config);
    if (!warnings) return warnings;
    config_ = config;
    ++applied;
    return warnings;
  }

  const Overrides& overrides() const override { return overrides_; }
  Result<void> setOverrides(const Overrides& overrides) override {
    for (const auto& [key, override] : overrides.members) {
      const Pool* pool = findByName(config_.pools, key.pool);
      if (pool == nullptr || pool->find(key.endpoint) == nullptr)
        return Error{ErrorCode::kNotFound, "there is no member " + key.endpoint.toString()};
    }
    for (const auto& [name, enabled] : overrides.virtuals) {
      if (findByName(config_.virtuals, name) == nullptr)
        return Error{ErrorCode::kNotFound, "there is no virtual '" + name + "'"};
    }
    overrides_ = overrides;
    return {};
  }

  StatsSnapshot statistics() override { return stats; }
  EventCounts eventCounts() override { return event_counts; }
  std::vector<InterfaceStatus> interfaces() override { return interface_list; }
  std::vector<NeighborStatus> neighbors() override { return neighbor_list; }
  std::vector<TableStatus> tables() override { return table_list; }
  HealthSource* health() override { return health_source; }
  EventSource* events() override { return event_source; }
  TrafficSource* traffic() override { return traffic_source; }
  ProxySource* proxy() override { return proxy_source; }

 private:
  Config config_;
  Overrides overrides_;
};

}  // namespace sluice
