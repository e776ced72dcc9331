// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/event_log_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(EventLogSource, ShowsWhatWasLogged) {
  EventLog log([] { return WallTime(std::chrono::seconds(5)); });
  EventLogSource source(log);
  log.emit<events::kMemberDown>("web", "10.0.0.11:80", "refused");
  source.configurationChanged(7, "alice (console)", "more servers");
  source.overrideChanged("member 10.0.0.11:80 of pool web: drain", "alice (console)");
  const auto events = source.log(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].when, WallTime(std::chrono::seconds(5)));
  EXPECT_EQ(events[0].name, "config_changed");
  EXPECT_EQ(events[0].severity, "notice");
  EXPECT_EQ(events[0].text, "Configuration 7 by alice (console) is running.");
  EXPECT_THAT(events[0].fields, ElementsAre(Pair("user", "alice (console)"), Pair("revision", "7"),
                                            Pair("comment", "more servers")));
  EXPECT_EQ(events[1].text, "alice (console) has set member 10.0.0.11:80 of pool web: drain.");
  EXPECT_EQ(source.log(100).size(), 3u);
}

TEST(EventLogSource, AnUnconfirmedConfigurationIsAnAlarmUntilItStaysOrGoes) {
  EventLog log([] { return WallTime(std::chrono::seconds(5)); });
  EventLogSource source(log);
  for (const bool stays : {true, false}) {
    source.configurationPending(7, "alice (console)", std::chrono::minutes(2));
    ASSERT_EQ(source.alarms().size(), 1u);
    EXPECT_EQ(source.alarms()[0].text,
              "Configuration 7 by alice (console) is taken back in 120 s unless it is confirmed.");
    if (stays) {
      source.configurationChanged(7, "alice (console)", "confirmed");
    } else {
      source.configurationTakenBack(8, "sluice", "revision 7 was not confirmed");
    }
    EXPECT_TRUE(source.alarms().empty());
  }
  EXPECT_EQ(source.log(1)[0].text,
            "Configuration 8 is running again: revision 7 was not confirmed.");
}

TEST(EventLogSource, SaysWhatAnAlarmIsAbout) {
  EventLog log([] { return WallTime(std::chrono::seconds(5)); });
  EventLogSource source(log);
  log.emit<events::kMemberDown>("web", "10.0.0.11:80", "refused");
  log.emit<events::kFloodBegun>(1, 1.0, "r");
  const auto alarms = source.alarms();
  ASSERT_EQ(alarms.size(), 2u);
  EXPECT_EQ(alarms[0].subject, "appliance");
  EXPECT_EQ(alarms[1].name, "member_down");
  EXPECT_EQ(alarms[1].severity, "error");
  EXPECT_EQ(alarms[1].subject, "member 10.0.0.11:80 of pool web");
  EXPECT_EQ(alarms[1].since, WallTime(std::chrono::seconds(5)));
}

}  // namespace
}  // namespace sluice
