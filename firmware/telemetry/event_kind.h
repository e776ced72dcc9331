// SPDX-License-Identifier: Apache-2.0
// What an event of the appliance can be: its name, severity, fields, sentence and the alarm that it
// raises or clears.
//
// Kinds are constants of event_catalogue.h. A kind whose sentence names a field that it does not
// have, or whose alarm is about a field that it does not have, does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "firmware/base/event_severity.h"

namespace sluice {

struct EventField {
  std::string_view name;
  std::string_view meaning;
};

// A condition that lasts. There is one alarm for each combination of the values of `about`.
struct AlarmKind {
  consteval AlarmKind(std::string_view alarm_name, std::string_view first = "",
                      std::string_view second = "")
      : name(alarm_name), about{first, second} {}

  std::string_view name;
  std::array<std::string_view, 2> about;  // names of fields; "" = none
};

enum class AlarmEffect : uint8_t { kNone, kRaises, kClears };

class EventKind {
 public:
  static constexpr size_t kMostFields = 8;

  // `sentence` is for people; {field} stands for the field's value.
  consteval EventKind(std::string_view kind_name, EventSeverity kind_severity,
                      std::initializer_list<EventField> kind_fields, std::string_view text,
                      AlarmEffect alarm_effect = AlarmEffect::kNone,
                      const AlarmKind* alarm_kind = nullptr)
      : name(kind_name),
        severity(kind_severity),
        sentence(text),
        effect(alarm_effect),
        alarm(alarm_kind) {
    for (const EventField& field : kind_fields) fields_[count_++] = field;
    for (size_t at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
      if (!has(text.substr(at + 1, text.find('}', at) - at - 1))) throw "no such field";
    }
    if ((alarm != nullptr) != (effect != AlarmEffect::kNone)) throw "half of an alarm";
    if (alarm == nullptr) return;
    for (const std::string_view field : alarm->about) {
      if (!field.empty() && !has(field)) throw "the alarm is about no field";
    }
  }

  constexpr std::span<const EventField> fields() const { return {fields_.data(), count_}; }
  constexpr size_t fieldCount() const { return count_; }
  // Position of a field, or fieldCount().
  constexpr size_t find(std::string_view field) const {
    size_t i = 0;
    while (i < count_ && fields_[i].name != field) ++i;
    return i;
  }

  std::string_view name;
  EventSeverity severity;
  std::string_view sentence;
  AlarmEffect effect;
  const AlarmKind* alarm;

 private:
  constexpr bool has(std::string_view field) const { return find(field) < count_; }

  std::array<EventField, kMostFields> fields_{};
  size_t count_ = 0;
};

}  // namespace sluice
