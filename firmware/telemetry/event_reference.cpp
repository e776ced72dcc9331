// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/event_reference.h"

#include "firmware/telemetry/event_catalogue.h"

namespace sluice {
namespace {

std::string alarmCell(const EventKind& kind) {
  if (kind.alarm == nullptr) return "";
  const std::string name = "`" + std::string(kind.alarm->name) + "`";
  return (kind.effect == AlarmEffect::kRaises ? "raises " : "clears ") + name;
}

// {field} as `field`.
std::string sentenceCell(std::string_view sentence) {
  std::string text;
  for (const char c : sentence) text += c == '{' || c == '}' ? '`' : c;
  return text;
}

}  // namespace

std::string eventReference() {
  std::string text = "\n| event | severity | alarm | says |\n|---|---|---|---|\n";
  for (const EventKind* kind : events::kKinds) {
    text += "| `" + std::string(kind->name) + "` | " + std::string(name(kind->severity)) + " | " +
            alarmCell(*kind) + " | " + sentenceCell(kind->sentence) + " |\n";
  }
  text += "\n| event | field | is |\n|---|---|---|\n";
  for (const EventKind* kind : events::kKinds) {
    for (const EventField& field : kind->fields()) {
      text += "| `" + std::string(kind->name) + "` | `" + std::string(field.name) + "` | " +
              std::string(field.meaning) + " |\n";
    }
  }
  return text;
}

}  // namespace sluice
