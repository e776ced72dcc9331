// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/event_log_source.h"

#include <algorithm>

namespace sluice {
namespace {

// "member 10.0.0.11:80 of pool web": what the alarm is about, the narrowest first.
std::string subjectOf(const ActiveAlarm& alarm) {
  std::string text;
  for (size_t i = alarm.about.size(); i-- > 0;) {
    if (!text.empty()) text += " of ";
    text += std::string(alarm.kind->about[i]) + " " + alarm.about[i];
  }
  return text.empty() ? "appliance" : text;
}

}  // namespace

std::vector<LoggedEvent> EventLogSource::log(size_t most) {
  std::vector<LoggedEvent> all;
  const auto& recent = log_.recent();
  for (size_t i = recent.size() - std::min(most, recent.size()); i < recent.size(); ++i) {
    const Event& event = recent[i];
    all.push_back({event.time,
                   std::string(event.kind->name),
                   std::string(name(event.kind->severity)),
                   event.sentence(),
                   {}});
    for (size_t f = 0; f < event.values.size(); ++f) {
      all.back().fields.emplace_back(event.kind->fields()[f].name, event.values[f].toString());
    }
  }
  return all;
}

std::vector<Alarm> EventLogSource::alarms() {
  std::vector<Alarm> all;
  for (const ActiveAlarm& alarm : log_.alarms().active()) {
    all.push_back({std::string(alarm.kind->name), std::string(name(alarm.severity())),
                   subjectOf(alarm), alarm.event.sentence(), alarm.since});
  }
  return all;
}

void EventLogSource::configurationChanged(uint64_t revision, const std::string& who,
                                          const std::string& comment) {
  log_.emit<events::kConfigChanged>(who, revision, comment);
}

void EventLogSource::configurationPending(uint64_t revision, const std::string& who,
                                          std::chrono::seconds within) {
  log_.emit<events::kConfigUnconfirmed>(who, revision, static_cast<uint64_t>(within.count()));
}

void EventLogSource::configurationTakenBack(uint64_t revision, const std::string& who,
                                            const std::string& reason) {
  log_.emit<events::kConfigRolledBack>(who, revision, reason);
}

void EventLogSource::overrideChanged(const std::string& what, const std::string& who) {
  log_.emit<events::kOverrideChanged>(who, what);
}

}  // namespace sluice
