// SPDX-License-Identifier: Apache-2.0
// docs/events.md holds the generated reference. SLUICE_UPDATE_GOLDEN=1 rewrites it.
#include "firmware/telemetry/event_catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "firmware/telemetry/event_reference.h"

namespace sluice {
namespace {

constexpr char kPage[] = "docs/events.md";
constexpr char kCatalogue[] = "firmware/telemetry/event_catalogue.h";

std::string read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(EventCatalogue, ThePageIsFresh) {
  const std::string page = read(kPage);
  const size_t marker = page.find(kEventReferenceMarker);
  ASSERT_NE(marker, std::string::npos) << kPage;
  const std::string wanted =
      page.substr(0, marker) + std::string(kEventReferenceMarker) + eventReference();
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(kPage) << wanted;
    return;
  }
  EXPECT_EQ(page, wanted) << "SLUICE_UPDATE_GOLDEN=1 event_catalogue_test rewrites it";
}

TEST(EventCatalogue, ListsEveryKindOnce) {
  const std::string source = read(kCatalogue);
  size_t declared = 0;
  for (size_t at = source.find("constexpr EventKind k"); at != source.npos;
       at = source.find("constexpr EventKind k", at + 1)) {
    ++declared;
  }
  std::set<std::string_view> names;
  for (const EventKind* kind : events::kKinds) names.insert(kind->name);
  EXPECT_EQ(names.size(), std::size(events::kKinds));
  EXPECT_EQ(names.size(), declared);
}

// RFC 5424: MSGID has up to 32 characters, names of parameters, too. JSON lines have members of
// their own.
TEST(EventCatalogue, NamesFitWhereTheyAreWritten) {
  const auto word = [](std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    });
  };
  for (const EventKind* kind : events::kKinds) {
    EXPECT_TRUE(word(kind->name)) << kind->name;
    std::set<std::string_view> taken = {"time", "sequence", "event", "severity", "text"};
    for (const EventField& field : kind->fields()) {
      EXPECT_TRUE(word(field.name)) << kind->name;
      EXPECT_TRUE(taken.insert(field.name).second) << kind->name << " " << field.name;
    }
  }
}

TEST(EventCatalogue, EveryAlarmCanEnd) {
  std::set<const AlarmKind*> raised, cleared;
  for (const EventKind* kind : events::kKinds) {
    if (kind->effect == AlarmEffect::kRaises) raised.insert(kind->alarm);
    if (kind->effect == AlarmEffect::kClears) cleared.insert(kind->alarm);
  }
  EXPECT_EQ(raised, cleared);
}

}  // namespace
}  // namespace sluice
