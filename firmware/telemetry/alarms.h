// SPDX-License-Identifier: Apache-2.0
// Conditions that last, with their beginning: raised by one event, cleared by another.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "firmware/telemetry/event.h"

namespace sluice {

struct ActiveAlarm {
  const AlarmKind* kind = nullptr;
  std::vector<std::string> about;  // values of the kind's `about` fields
  WallTime since;                  // of the event that raised it first
  Event event;                     // that raised it last

  EventSeverity severity() const { return event.kind->severity; }
};

// {"alarm", "severity", "since", ABOUT..., "text"}
nlohmann::ordered_json toJson(const ActiveAlarm& alarm);

class Alarms {
 public:
  // Takes notice of an event.
  void take(const Event& event);
  // The worst first, the oldest of these first.
  std::vector<ActiveAlarm> active() const;
  size_t count() const { return active_.size(); }
  void forget(const std::function<bool(const ActiveAlarm&)>& gone);

 private:
  using Key = std::pair<std::string_view, std::vector<std::string>>;
  std::map<Key, ActiveAlarm> active_;
};

}  // namespace sluice
