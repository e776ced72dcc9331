// SPDX-License-Identifier: Apache-2.0
// A time of the week: "mon-fri 08:00-18:00 local".
//
// Days (mon to sun, lists with commas, ranges that may run over the weekend's end), hours
// (HH:MM-HH:MM, the end not included; 22:00-06:00 runs over midnight and belongs to the day that it
// begins on), and `utc` or `local`, the time zone of the host; each may be left out. Without days
// it is every day, without hours the whole day, without a zone UTC.
#pragma once

#include <array>
#include <ctime>
#include <optional>
#include <string_view>

namespace sluice {

struct TimeWindow {
  std::array<bool, 7> days{};        // from Sunday, as in struct tm
  unsigned from = 0, until = 1'440;  // minutes of the day
  bool local = false;

  // Nothing: not of that form.
  static std::optional<TimeWindow> parse(std::string_view text);
  // Seconds since 1970.
  bool contains(std::time_t now) const;
  // At this day (0: Sunday) and minute of the day.
  bool contains(unsigned day, unsigned minute) const;
};

}  // namespace sluice
