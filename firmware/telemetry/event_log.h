// SPDX-License-Identifier: Apache-2.0
// The event log: everything that people or programs are told about the appliance goes through here,
// once, to all sinks.
//
//   log.emit<events::kMemberDown>("web", "10.0.0.11:80", "connection refused");
//
// takes one value for each field of the kind, in its order; another number of values does not
// compile. Events raise and clear alarms as their kinds say. The log keeps the newest events for
// the console (recent()) and hands each to its sinks. A sink that fails loses events, never the
// appliance: it counts them, and the log reports begin and end of it as events of their own.
//
// Not thread-safe. Sinks are called from emit() and must not block; they must not call emit().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "firmware/telemetry/alarms.h"
#include "firmware/telemetry/event.h"
#include "firmware/telemetry/event_catalogue.h"

namespace sluice {

class EventSink {
 public:
  virtual ~EventSink() = default;
  // As the configuration names it: "logging file /var/log/sluice.jsonl".
  virtual std::string name() const = 0;
  // Writes the event down. False: it could not, and why() says why.
  virtual bool write(const Event& event) = 0;
  virtual std::string why() const { return ""; }
};

class EventLog {
 public:
  using Clock = std::function<WallTime()>;
  static constexpr size_t kKept = 4096;

  // What becomes of a sink's events, for the console.
  struct SinkStatus {
    std::string name;
    EventSeverity level;
    uint64_t written = 0, lost = 0;
    std::string failure;  // empty: the last event was written
  };

  EventLog();  // by the system's clock
  explicit EventLog(Clock clock) : clock_(std::move(clock)) {}

  template <const EventKind& kKind, class... Values>
  void emit(Values&&... values) {
    static_assert(sizeof...(Values) == kKind.fieldCount(), "one value for each field");
    record(kKind, {EventValue(std::forward<Values>(values))...});
  }

  // Events of this severity and worse go to `sink`, from now on.
  void add(std::unique_ptr<EventSink> sink, EventSeverity level = EventSeverity::kInfo);
  // Takes sinks away that a change of the configuration replaces.
  void remove(const std::function<bool(const EventSink&)>& which);

  // The newest kKept events, the oldest first; dropped() counts those before.
  const std::deque<Event>& recent() const { return recent_; }
  uint64_t dropped() const { return sequence_ - recent_.size(); }
  const Alarms& alarms() const { return alarms_; }
  std::vector<SinkStatus> sinks() const;
  WallTime now() const { return clock_(); }

  // Alarms about objects that a new configuration does not have any more: clears those for which
  // `gone` says so, without an event.
  void forget(const std::function<bool(const ActiveAlarm&)>& gone) { alarms_.forget(gone); }

 private:
  struct Target {
    std::unique_ptr<EventSink> sink;
    EventSeverity level;
    uint64_t written = 0, lost = 0;
    uint64_t lost_since = 0;  // while failing
    bool failing = false;
  };

  // Events about the log itself, which follow the one that they are due to.
  struct Notice {
    bool failing;  // else: recovered
    std::string sink, why;
    uint64_t lost;
  };

  void record(const EventKind& kind, std::vector<EventValue> values);
  void write(Target& target, const Event& event, std::vector<Notice>& notices);

  Clock clock_;
  uint64_t sequence_ = 0;
  std::deque<Event> recent_;
  std::vector<Target> targets_;
  Alarms alarms_;
};

}  // namespace sluice
