// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/hal/fake_register_bus.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kSecond = 1'000'000'000;

class LiveEventsTest : public testing::Test {
 protected:
  std::vector<std::string> said() {
    std::vector<std::string> all;
    for (; said_ < log_.recent().size(); ++said_) all.push_back(log_.recent()[said_].sentence());
    return all;
  }

  EventLog log_{[] { return WallTime(); }};
  LiveEvents events_{log_};
  const NeighborKey one_{"e1", *IpAddress::parse("10.0.0.1")};
  const NeighborKey two_{"e1", *IpAddress::parse("10.0.0.2")};
  const MacAddress mac_ = *MacAddress::parse("02:00:00:00:00:01");
  size_t said_ = 0;
};

TEST_F(LiveEventsTest, NextHopsAreFoundAndLost) {
  events_.neighbors({}, {one_, two_}, 0);
  EXPECT_THAT(said(), IsEmpty());
  events_.neighbors({{one_, mac_}}, {two_}, kSecond);
  EXPECT_THAT(said(), ElementsAre("Next hop 10.0.0.1 on e1 answers from 02:00:00:00:00:01."));
  events_.neighbors({{one_, mac_}}, {two_}, 2 * kSecond);
  EXPECT_THAT(said(), ElementsAre("Next hop 10.0.0.2 on e1 does not answer; packets to it are "
                                  "dropped."));
  events_.neighbors({}, {one_, two_}, 2 * kSecond);
  EXPECT_THAT(said(), ElementsAre("Next hop 10.0.0.1 on e1 does not answer; packets to it are "
                                  "dropped."));
  EXPECT_EQ(log_.alarms().count(), 2u);
  events_.neighbors({{one_, mac_}}, {two_}, 3 * kSecond);
  EXPECT_EQ(said().size(), 1u);
  EXPECT_EQ(log_.alarms().count(), 1u);
}

TEST_F(LiveEventsTest, TheAlarmGoesWithANextHopThatIsNotNeededAnyMore) {
  events_.neighbors({}, {one_, two_}, 0);
  events_.neighbors({}, {one_, two_}, 2 * kSecond);
  events_.neighbors({}, {two_}, 3 * kSecond);
  EXPECT_EQ(log_.alarms().count(), 1u);
  EXPECT_EQ(log_.alarms().active()[0].about[0], "10.0.0.2");
}

TEST_F(LiveEventsTest, AnIdleDataPlaneIsNotRead) {
  FakeRegisterBus bus;
  Hal hal(bus);
  const auto poke = [&](uint64_t packets) {
    bus.poke(static_cast<uint32_t>(regs::DropReason::kCpuRate), regs::DropCountersRow{packets, 0});
  };
  events_.watch(hal, 0, 0);
  const uint64_t reads = bus.reads();
  EXPECT_GT(reads, 0u);
  EXPECT_EQ(events_.watchDue(0), UINT64_MAX);
  events_.watch(hal, 0, 5 * kSecond);
  events_.watch(hal, 1, kSecond - 1);
  EXPECT_EQ(bus.reads(), reads);
  poke(10);
  EXPECT_EQ(events_.watchDue(1), kSecond);
  events_.watch(hal, 1, 6 * kSecond);
  EXPECT_THAT(said(), ElementsAre("Packets are dropped as cpu_rate, 1.7 a second: punted, but over "
                                  "the CPU port's rate for that cause"));
  // It goes on being read until that is over.
  EXPECT_EQ(events_.watchDue(1), 7 * kSecond);
  events_.watch(hal, 1, 16 * kSecond);
  EXPECT_EQ(said().size(), 1u);
  EXPECT_EQ(events_.watchDue(1), UINT64_MAX);
}

TEST_F(LiveEventsTest, AConfigurationBringsItsWarnings) {
  events_.configured(Config{}, {"one"});
  EXPECT_THAT(said(), ElementsAre("About the configuration: one"));
}

}  // namespace
}  // namespace sluice
