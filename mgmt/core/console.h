// SPDX-License-Identifier: Apache-2.0
// The console of one appliance: its commands and what all sessions share.
//
// Not thread-safe.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mgmt/core/config_manager.h"
#include "mgmt/core/managed_appliance.h"
#include "mgmt/schema/command.h"

namespace sluice::mgmt {

// Every command there is, in the order of the reference.
const std::vector<Command>& consoleCommands();

// One line about words that several commands begin with, or that an option begins with.
std::string_view commandWordHelp(std::string_view path);

class Console {
 public:
  // Borrows both.
  Console(ManagedAppliance& appliance, ConfigManager& manager)
      : appliance_(appliance), manager_(manager) {}

  ManagedAppliance& appliance() { return appliance_; }
  ConfigManager& manager() { return manager_; }

  // Counters since the last `clear counters`. The appliance's own are never set back.
  StatsSnapshot counters();
  void clearCounters() { cleared_ = appliance_.statistics(); }

  std::set<const ConsoleSession*>& sessions() { return sessions_; }

 private:
  ManagedAppliance& appliance_;
  ConfigManager& manager_;
  std::optional<StatsSnapshot> cleared_;
  std::set<const ConsoleSession*> sessions_;
};

}  // namespace sluice::mgmt
