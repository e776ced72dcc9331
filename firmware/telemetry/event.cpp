// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/event.h"

#include <cstdio>

namespace sluice {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string formatTime(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::string EventValue::toString() const {
  if (const auto* text = std::get_if<std::string>(&value_)) return *text;
  if (const auto* number = std::get_if<uint64_t>(&value_)) return std::to_string(*number);
  if (const auto* number = std::get_if<int64_t>(&value_)) return std::to_string(*number);
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", std::get<double>(value_));
  return text;
}

Json EventValue::toJson() const {
  return std::visit([](const auto& value) { return Json(value); }, value_);
}

std::string Event::sentence() const {
  std::string text;
  const std::string_view pattern = kind->sentence;
  for (size_t at = 0; at < pattern.size();) {
    const size_t open = pattern.find('{', at);
    text += pattern.substr(at, open - at);
    if (open == pattern.npos) break;
    const size_t close = pattern.find('}', open);
    text += value(pattern.substr(open + 1, close - open - 1)).toString();
    at = close + 1;
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  return text;
}

std::string toText(const Event& event) {
  return formatTime(event.time) + " " + std::string(name(event.kind->severity)) + " " +
         std::string(event.kind->name) + ": " + event.sentence();
}

Json toJson(const Event& event) {
  Json object = {{"time", formatTime(event.time)},
                 {"sequence", event.sequence},
                 {"event", event.kind->name},
                 {"severity", name(event.kind->severity)}};
  for (size_t i = 0; i < event.values.size(); ++i) {
    object[std::string(event.kind->fields()[i].name)] = event.values[i].toJson();
  }
  object["text"] = event.sentence();
  return object;
}

}  // namespace sluice
