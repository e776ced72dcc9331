// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/time_window.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

bool contains(const char* text, unsigned day, unsigned hour, unsigned minute = 0) {
  const auto window = TimeWindow::parse(text);
  EXPECT_TRUE(window) << text;
  return window && window->contains(day, hour * 60 + minute);
}

constexpr unsigned kSunday = 0, kMonday = 1, kFriday = 5, kSaturday = 6;

TEST(TimeWindowTest, DaysAndHours) {
  constexpr char kOffice[] = "mon-fri 08:00-18:00";
  EXPECT_TRUE(contains(kOffice, kMonday, 8));
  EXPECT_TRUE(contains(kOffice, kFriday, 17, 59));
  EXPECT_FALSE(contains(kOffice, kFriday, 18));
  EXPECT_FALSE(contains(kOffice, kSaturday, 12));
  EXPECT_TRUE(contains("sat,mon", kMonday, 0));
  EXPECT_FALSE(contains("sat,mon", kSunday, 0));
  EXPECT_TRUE(contains("fri-mon", kSunday, 23, 59));
  EXPECT_FALSE(contains("fri-mon", 2, 0));
  EXPECT_TRUE(contains("12:00-24:00", kSunday, 23, 59));
}

TEST(TimeWindowTest, ANightBelongsToTheDayThatItBeginsOn) {
  EXPECT_TRUE(contains("fri 22:00-06:00", kFriday, 23));
  EXPECT_TRUE(contains("fri 22:00-06:00", kSaturday, 5, 59));
  EXPECT_FALSE(contains("fri 22:00-06:00", kFriday, 5));
  EXPECT_FALSE(contains("fri 22:00-06:00", kSaturday, 22));
}

TEST(TimeWindowTest, WhatIsNoTime) {
  for (const char* text : {"", "utc", "monday", "08:00", "8:00-9:00", "08:00-08:00", "25:00-26:00",
                           "08:60-09:00", "24:00-01:00", "mon 08:00-09:00 mon", "local mon",
                           "mon-x", "mon utc local", "mon tue", "aa:bb-cc:dd"})
    EXPECT_FALSE(TimeWindow::parse(text)) << text;
  EXPECT_TRUE(TimeWindow::parse("mon 08:00-09:00 local")->local);
  EXPECT_FALSE(TimeWindow::parse("mon utc")->local);
}

TEST(TimeWindowTest, SecondsAreOfUtc) {
  const auto window = *TimeWindow::parse("thu 00:00-00:01");
  EXPECT_TRUE(window.contains(std::time_t{59}));  // 1 January 1970 was a Thursday
  EXPECT_FALSE(window.contains(std::time_t{60}));
}

}  // namespace
}  // namespace sluice
