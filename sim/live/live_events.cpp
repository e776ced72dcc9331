// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_events.h"

#include <algorithm>

#include "firmware/telemetry/alarm_scope.h"

namespace sluice {

void LiveEvents::configured(const Config& config, const std::vector<std::string>& warnings) {
  sinks_.apply(config);
  log_.forget([&](const ActiveAlarm& alarm) { return concernsNothing(alarm, config); });
  for (const std::string& warning : warnings) log_.emit<events::kConfigWarning>(warning);
}

void LiveEvents::neighbors(const std::map<NeighborKey, MacAddress>& known,
                           const std::set<NeighborKey>& missing, uint64_t now_ns) {
  for (const auto& [key, mac] : known) {
    const auto before = known_.find(key);
    if (before != known_.end() && before->second == mac) continue;
    log_.emit<events::kNeighborFound>(key.address.toString(), key.interface, mac.toString());
  }
  for (const NeighborKey& key : missing) {
    Missing& state = missing_.try_emplace(key, Missing{now_ns, false}).first->second;
    const bool lost = known_.count(key) != 0 || now_ns - state.since_ns >= kPatienceNs;
    if (state.reported || !lost) continue;
    state.reported = true;
    log_.emit<events::kNeighborLost>(key.address.toString(), key.interface);
  }
  log_.forget([&](const ActiveAlarm& alarm) {
    const auto about = [&](const auto& entry) {
      const NeighborKey& key = entry.first;
      return alarm.about == std::vector<std::string>{key.address.toString(), key.interface};
    };
    return alarm.kind == &events::alarms::kNeighborLost &&
           std::any_of(missing_.begin(), missing_.end(), [&](const auto& entry) {
             return about(entry) && missing.count(entry.first) == 0;
           });
  });
  std::erase_if(missing_, [&](const auto& entry) { return missing.count(entry.first) == 0; });
  known_ = known;
}

void LiveEvents::watch(Hal& hal, uint64_t frames, uint64_t now_ns) {
  if (now_ns < watchDue(frames)) return;
  watch_.take(readSample(hal), now_ns);
  frames_seen_ = frames;
  watch_due_ns_ = now_ns + kPeriodNs;
}

}  // namespace sluice
