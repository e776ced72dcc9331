// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/alarm_scope.h"

#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/telemetry/event_log.h"

namespace sluice {
namespace {

TEST(AlarmScope, AlarmsGoWithTheirObjects) {
  EventLog log([] { return WallTime(); });
  log.emit<events::kMemberDown>("web", "10.0.0.11:80", "r");
  log.emit<events::kMemberDown>("web", "[2001:db8::1]:80", "r");
  log.emit<events::kFailOpenBegun>("web");
  log.emit<events::kVirtualDown>("shop", "r");
  log.emit<events::kLogFailing>("host 192.0.2.9:514", "r");
  log.emit<events::kFloodBegun>(1, 1.0, "r");
  const auto left = [&](const std::string& text) {
    auto loaded = loadConfig(text, "f");
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    log.forget([&](const ActiveAlarm& alarm) { return concernsNothing(alarm, loaded->config); });
    return log.alarms().count();
  };
  const std::string ground =
      "interface e1\n  address 203.0.113.2/24\n  address 2001:db8::2/64\n"
      "gateway 203.0.113.1\nlogging host 192.0.2.9\n";
  const std::string shop = "virtual shop\n  destination 203.0.113.10:80\n  pool web\n";
  EXPECT_EQ(left(ground + "pool web\n  member 203.0.113.3:80\n  member [2001:db8::1]:80\n"
                          "  member 10.0.0.11:80\n"),
            5u);  // not shop
  EXPECT_EQ(left(ground + "pool web\n  member 10.0.0.11:80\n" + shop), 4u);
  EXPECT_EQ(left(ground), 2u);
  EXPECT_EQ(left(""), 1u);  // the flood
}

}  // namespace
}  // namespace sluice
