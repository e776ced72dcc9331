// SPDX-License-Identifier: Apache-2.0
// One event that happened, and the ways to write it down.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "firmware/telemetry/event_kind.h"

namespace sluice {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// 2026-03-01T12:34:56.789Z (RFC 3339).
std::string formatTime(WallTime time);

// The value of a field. Constructors take what callers have at hand.
class EventValue {
 public:
  EventValue(std::string text) : value_(std::move(text)) {}                     // NOLINT: implicit
  EventValue(std::string_view text) : value_(std::string(text)) {}              // NOLINT: implicit
  EventValue(const char* text) : value_(std::string(text)) {}                   // NOLINT: implicit
  EventValue(std::unsigned_integral auto number) : value_(uint64_t{number}) {}  // NOLINT: implicit
  EventValue(std::signed_integral auto number) : value_(int64_t{number}) {}     // NOLINT: implicit
  EventValue(double number) : value_(number) {}                                 // NOLINT: implicit

  std::string toString() const;
  nlohmann::ordered_json toJson() const;
  bool operator==(const EventValue&) const = default;

 private:
  std::variant<std::string, uint64_t, int64_t, double> value_;
};

struct Event {
  uint64_t sequence = 0;  // counts from 1 since the appliance started
  WallTime time;
  const EventKind* kind = nullptr;
  std::vector<EventValue> values;  // one for each of the kind's fields, in that order

  // The value of a field that the kind has.
  const EventValue& value(std::string_view field) const { return values[kind->find(field)]; }
  // The sentence for people, without control characters.
  std::string sentence() const;
};

// 2026-03-01T12:34:56.789Z error member_down: Member 10.0.0.11:80 of pool web is down: ...
std::string toText(const Event& event);
// {"time", "sequence", "event", "severity", FIELDS..., "text"}: names of fields are none of these.
nlohmann::ordered_json toJson(const Event& event);

}  // namespace sluice
