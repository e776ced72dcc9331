// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/event_log.h"

#include <utility>

namespace sluice {

EventLog::EventLog()
    : EventLog([] {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
      }) {}

void EventLog::add(std::unique_ptr<EventSink> sink, EventSeverity level) {
  targets_.push_back({std::move(sink), level});
}

void EventLog::remove(const std::function<bool(const EventSink&)>& which) {
  std::erase_if(targets_, [&](const Target& target) { return which(*target.sink); });
}

std::vector<EventLog::SinkStatus> EventLog::sinks() const {
  std::vector<SinkStatus> all;
  for (const Target& target : targets_) {
    all.push_back({target.sink->name(), target.level, target.written, target.lost,
                   target.failing ? target.sink->why() : ""});
  }
  return all;
}

void EventLog::record(const EventKind& kind, std::vector<EventValue> values) {
  recent_.push_back({++sequence_, clock_(), &kind, std::move(values)});
  if (recent_.size() > kKept) recent_.pop_front();
  const Event event = recent_.back();
  alarms_.take(event);
  std::vector<Notice> notices;
  for (Target& target : targets_) {
    if (kind.severity <= target.level) write(target, event, notices);
  }
  for (const Notice& notice : notices) {
    if (!notice.failing) {
      emit<events::kLogRecovered>(notice.sink, notice.lost);
    } else {
      emit<events::kLogFailing>(notice.sink, notice.why);
    }
  }
}

// Begin and end of a failure are worth a notice; what becomes of notices is only counted.
void EventLog::write(Target& target, const Event& event, std::vector<Notice>& notices) {
  const bool written = target.sink->write(event);
  ++(written ? target.written : target.lost);
  if (!written) ++target.lost_since;
  if (event.kind == &events::kLogFailing || event.kind == &events::kLogRecovered) return;
  const bool failed_before = std::exchange(target.failing, !written);
  if (written == !failed_before) return;
  const uint64_t lost = written ? std::exchange(target.lost_since, 0) : 0;
  notices.push_back({!written, target.sink->name(), target.sink->why(), lost});
}

}  // namespace sluice
