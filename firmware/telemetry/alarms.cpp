// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/alarms.h"

#include <algorithm>

namespace sluice {

nlohmann::ordered_json toJson(const ActiveAlarm& alarm) {
  nlohmann::ordered_json object = {{"alarm", alarm.kind->name},
                                   {"severity", name(alarm.severity())},
                                   {"since", formatTime(alarm.since)}};
  for (size_t i = 0; i < alarm.about.size(); ++i) {
    object[std::string(alarm.kind->about[i])] = alarm.about[i];
  }
  object["text"] = alarm.event.sentence();
  return object;
}

void Alarms::take(const Event& event) {
  const AlarmKind* kind = event.kind->alarm;
  if (kind == nullptr) return;
  std::vector<std::string> about;
  for (const std::string_view field : kind->about) {
    if (!field.empty()) about.push_back(event.value(field).toString());
  }
  const Key key(kind->name, about);
  if (event.kind->effect == AlarmEffect::kClears) {
    active_.erase(key);
    return;
  }
  const auto [entry, fresh] = active_.try_emplace(key, ActiveAlarm{kind, about, event.time, event});
  if (!fresh) entry->second.event = event;
}

std::vector<ActiveAlarm> Alarms::active() const {
  std::vector<ActiveAlarm> all;
  for (const auto& [key, alarm] : active_) all.push_back(alarm);
  std::stable_sort(all.begin(), all.end(), [](const ActiveAlarm& a, const ActiveAlarm& b) {
    return std::pair(a.severity(), a.since) < std::pair(b.severity(), b.since);
  });
  return all;
}

void Alarms::forget(const std::function<bool(const ActiveAlarm&)>& gone) {
  std::erase_if(active_, [&](const auto& entry) { return gone(entry.second); });
}

}  // namespace sluice
