// SPDX-License-Identifier: Apache-2.0
// The live appliance as its management plane sees it.
#pragma once

#include "mgmt/core/managed_appliance.h"
#include "sim/live/live_session.h"

namespace sluice {

class LiveAppliance final : public ManagedAppliance {
 public:
  // Borrows the session. Nothing but now() may be called before it is ready.
  explicit LiveAppliance(LiveSession& session) : session_(session), started_(now()) {}

  WallTime now() const override;
  SystemStatus system() override;
  const Config& config() const override { return session_.control().config(); }
  Result<std::vector<std::string>> check(const Config& config) override;
  Result<std::vector<std::string>> apply(const Config& config) override;
  const Overrides& overrides() const override { return session_.control().overrides(); }
  Result<void> setOverrides(const Overrides& overrides) override {
    return session_.setOverrides(overrides);
  }
  StatsSnapshot statistics() override { return session_.control().snapshot(); }
  EventCounts eventCounts() override { return session_.control().events(); }
  std::vector<InterfaceStatus> interfaces() override;
  std::vector<NeighborStatus> neighbors() override;
  std::vector<TableStatus> tables() override;
  HealthSource* health() override { return &session_.health(); }
  EventSource* events() override { return &session_.eventSource(); }
  TrafficSource* traffic() override { return &session_.traffic(); }
  ProxySource* proxy() override { return &session_.proxy(); }

 private:
  LiveSession& session_;
  WallTime started_;
};

}  // namespace sluice
