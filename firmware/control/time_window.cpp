// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/time_window.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// Takes what is before `end` off the front.
std::string_view take(std::string_view& text, char end) {
  const size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::optional<size_t> dayOf(std::string_view text) {
  const auto found = std::find(kDays.begin(), kDays.end(), text);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<size_t>(found - kDays.begin());
}

bool readDays(std::string_view text, TimeWindow& window) {
  while (!text.empty()) {
    std::string_view range = take(text, ',');
    const auto first = dayOf(take(range, '-'));
    const auto last = range.empty() ? first : dayOf(range);
    if (!first || !last) return false;
    for (size_t day = *first;; day = (day + 1) % 7) {
      window.days[day] = true;
      if (day == *last) break;
    }
  }
  return true;
}

// HH:MM; 24:00 is the end of the day.
std::optional<unsigned> minutesOf(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto digit = [&](size_t at) { return static_cast<unsigned>(text[at] - '0'); };
  for (const size_t at : {size_t{0}, size_t{1}, size_t{3}, size_t{4}}) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
  }
  const unsigned hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
  if (minutes > 59 || hours * 60 + minutes > 1'440) return std::nullopt;
  return hours * 60 + minutes;
}

bool readHours(std::string_view text, TimeWindow& window) {
  const auto from = minutesOf(take(text, '-')), until = minutesOf(text);
  if (!from || !until || *from == *until || *from == 1'440) return false;
  window.from = *from;
  window.until = *until;
  return true;
}

}  // namespace

std::optional<TimeWindow> TimeWindow::parse(std::string_view text) {
  TimeWindow window;
  bool days = false, hours = false, zone = false;
  while (!text.empty()) {
    const std::string_view word = take(text, ' ');
    if (word.empty()) continue;
    if (!zone && (word == "utc" || word == "local")) {
      window.local = word == "local";
      zone = true;
    } else if (!zone && !hours && word[0] >= '0' && word[0] <= '9') {
      if (!readHours(word, window)) return std::nullopt;
      hours = true;
    } else if (!zone && !hours && !days) {
      if (!readDays(word, window)) return std::nullopt;
      days = true;
    } else {
      return std::nullopt;
    }
  }
  if (!days && !hours) return std::nullopt;
  if (!days) window.days.fill(true);
  return window;
}

bool TimeWindow::contains(std::time_t now) const {
  std::tm parts{};
  if ((local ? ::localtime_r(&now, &parts) : ::gmtime_r(&now, &parts)) == nullptr) return false;
  return contains(static_cast<unsigned>(parts.tm_wday),
                  static_cast<unsigned>(parts.tm_hour * 60 + parts.tm_min));
}

bool TimeWindow::contains(unsigned day, unsigned minute) const {
  if (from < until) return days[day] && minute >= from && minute < until;
  return (days[day] && minute >= from) || (days[(day + 6) % 7] && minute < until);
}

}  // namespace sluice
