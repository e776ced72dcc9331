// SPDX-License-Identifier: Apache-2.0
// What probes found: the operational layer of state, as the management plane shows it.
#pragma once

#include <string>
#include <vector>

#include "mgmt/core/managed_appliance.h"

namespace sluice {

enum class HealthState : uint8_t { kUnmonitored, kChecking, kUp, kDown, kDraining };

constexpr std::string_view name(HealthState state) {
  constexpr std::string_view kNames[] = {"unmonitored", "checking", "up", "down", "draining"};
  return kNames[static_cast<size_t>(state)];
}

// Of one member and one of its monitors, or (monitor empty) of the member as a whole.
struct MemberHealth {
  std::string pool;
  Endpoint endpoint;
  std::string monitor;
  HealthState state = HealthState::kUnmonitored;
  std::string reason;  // "status 200", "connection refused"
  WallTime since;      // of the state
  WallTime last_check;
  std::chrono::nanoseconds duration{0};  // of the last check
  uint32_t passed = 0, failed = 0;       // in a row
  uint64_t checks = 0, failures = 0;     // altogether
  bool flapping = false;                 // damped: changes too often
  uint32_t weight = 0;                   // by measured load; 0 = the configured one
  bool full = false;                     // has as many connections as it may
  uint64_t observed_failures = 0;        // of connections, that counted against it (`passive`)
};

// One check, as `show monitors NAME log` lists them.
struct CheckRecord {
  WallTime when;
  std::string pool;
  Endpoint endpoint;
  std::string monitor;
  bool passed = false;
  std::string reason;
  std::chrono::nanoseconds duration{0};
};

class HealthSource {
 public:
  virtual ~HealthSource() = default;
  // Members as a whole, in configuration order.
  virtual std::vector<MemberHealth> members() = 0;
  // Every member with every monitor of it.
  virtual std::vector<MemberHealth> checks() = 0;
  // The latest checks of a monitor ("" = of all), oldest first.
  virtual std::vector<CheckRecord> log(std::string_view monitor, size_t most) = 0;
  // Lets a member that waits for it after a failure (`manual-resume`), or that is held down by what
  // traffic showed, come back; an event says who did it. kNotFound names what does not exist,
  // kInvalidInput says that it does not wait.
  virtual Result<void> resume(std::string_view pool, const Endpoint& endpoint,
                              const std::string& who) = 0;
};

}  // namespace sluice
