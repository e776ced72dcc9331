// SPDX-License-Identifier: Apache-2.0
// Events and alarms as the management plane shows them, and what it reports itself.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mgmt/core/managed_appliance.h"

namespace sluice {

using EventFields = std::vector<std::pair<std::string, std::string>>;

struct LoggedEvent {
  WallTime when;
  std::string name;      // of the catalogue: member-down
  std::string severity;  // as in syslog: notice
  std::string text;      // for people
  EventFields fields;
};

// Something that is wrong until it is over.
struct Alarm {
  std::string name;
  std::string severity;
  std::string subject;  // "pool web", "member 10.0.0.11:80 of pool web"
  std::string text;
  WallTime since;
};

class EventSource {
 public:
  virtual ~EventSource() = default;
  // The latest events, oldest first.
  virtual std::vector<LoggedEvent> log(size_t most) = 0;
  // Active ones, the most severe first.
  virtual std::vector<Alarm> alarms() = 0;

  // A configuration was made the running one. `who`: "alice (console)".
  virtual void configurationChanged(uint64_t revision, const std::string& who,
                                    const std::string& comment) = 0;
  // It goes back by itself after this time unless it is confirmed.
  virtual void configurationPending(uint64_t revision, const std::string& who,
                                    std::chrono::seconds within) = 0;
  // It was not confirmed; what was there before is running again, as this revision.
  virtual void configurationTakenBack(uint64_t revision, const std::string& who,
                                      const std::string& reason) = 0;
  // An administrative override. `what`: "member 10.0.0.11:80 of pool web: drain".
  virtual void overrideChanged(const std::string& what, const std::string& who) = 0;
};

}  // namespace sluice
