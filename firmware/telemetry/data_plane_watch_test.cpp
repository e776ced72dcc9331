// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/data_plane_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/hal/fake_register_bus.h"

namespace sluice {
namespace {

using regs::DropReason;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kSecond = 1'000'000'000;

size_t indexOf(DropReason reason) {
  size_t i = 0;
  while (kLimitReasons[i] != reason) ++i;
  return i;
}

class DataPlaneWatchTest : public testing::Test {
 protected:
  // Seconds pass, one sample each; returns what was said meanwhile.
  std::vector<std::string> pass(int seconds) {
    for (int i = 0; i < seconds; ++i) watch_.take(sample_, now_ += kSecond);
    std::vector<std::string> said;
    for (; said_ < log_.recent().size(); ++said_) said.push_back(log_.recent()[said_].sentence());
    return said;
  }
  uint64_t& drops(DropReason reason) { return sample_.drops[indexOf(reason)]; }

  EventLog log_{[] { return WallTime(); }};
  DataPlaneWatch watch_{log_};
  DataPlaneSample sample_;
  uint64_t now_ = 0;
  size_t said_ = 0;
};

TEST_F(DataPlaneWatchTest, SaysNothingOfWhatWasBeforeIt) {
  drops(DropReason::kSourceRate) = 1000;
  sample_.full = sample_.evicted = 1000;
  EXPECT_THAT(pass(3), IsEmpty());
  EXPECT_FALSE(watch_.active());
}

TEST_F(DataPlaneWatchTest, ALimitIsTwoEventsHoweverManyPackets) {
  pass(1);
  for (int i = 0; i < 30; ++i) {
    drops(DropReason::kSourceRate) += 50;
    const auto said = pass(1);
    if (i > 0) {
      EXPECT_THAT(said, IsEmpty());
    } else {
      EXPECT_THAT(said, ElementsAre("Packets are dropped as source_rate, 50.0 a second: the source "
                                    "address is over its packet rate"));
    }
  }
  EXPECT_TRUE(watch_.active());
  EXPECT_EQ(log_.alarms().count(), 1u);
  EXPECT_THAT(pass(9), IsEmpty());
  drops(DropReason::kSourceRate) += 1;
  EXPECT_THAT(pass(10), IsEmpty());
  EXPECT_THAT(pass(1), ElementsAre("No more packets are dropped as source_rate; 1501 were in 39 "
                                   "s."));
  EXPECT_FALSE(watch_.active());
  EXPECT_EQ(log_.alarms().count(), 0u);
}

TEST_F(DataPlaneWatchTest, LimitsAreToldApart) {
  pass(1);
  ++drops(DropReason::kVirtualConnectionLimit);
  ++drops(DropReason::kCpuRate);
  EXPECT_EQ(pass(1).size(), 2u);
  EXPECT_EQ(log_.alarms().count(), 2u);
  EXPECT_EQ(pass(10).size(), 2u);
}

TEST_F(DataPlaneWatchTest, AFullTable) {
  sample_.capacity = 100;
  sample_.live = 97;
  pass(1);
  sample_.full = 3;
  EXPECT_THAT(pass(1), ElementsAre("No place in the connection table for 3 new connections; it "
                                   "holds 97 of 100."));
  sample_.full = 5;
  EXPECT_THAT(pass(10), IsEmpty());
  EXPECT_THAT(pass(1), ElementsAre("The connection table has had places again after 1 s; 5 "
                                   "connections found none."));
}

TEST_F(DataPlaneWatchTest, AFloodNearTheBudget) {
  sample_.half_open_budget = 1000;
  sample_.half_open = 899;
  EXPECT_THAT(pass(2), IsEmpty());
  sample_.half_open = 900;
  EXPECT_THAT(pass(1), ElementsAre("A SYN flood has begun: half-open connections are near their "
                                   "budget; 900 connections are half open, 0.0 a second give "
                                   "way."));
  sample_.half_open = 500;
  EXPECT_THAT(pass(20), IsEmpty());
  sample_.half_open = 499;
  EXPECT_THAT(pass(9), IsEmpty());
  EXPECT_THAT(pass(1), ElementsAre("The SYN flood has ended after 20 s; 0 half-open connections "
                                   "gave way."));
}

TEST_F(DataPlaneWatchTest, AFloodWithoutBudget) {
  pass(1);
  sample_.evicted += 99;
  EXPECT_THAT(pass(1), IsEmpty());
  sample_.evicted += 100;
  EXPECT_EQ(pass(1).size(), 1u);
  for (int i = 0; i < 20; ++i) {
    sample_.evicted += 10;
    EXPECT_THAT(pass(1), IsEmpty());
  }
  sample_.evicted += 9;
  EXPECT_THAT(pass(10), ElementsAre("The SYN flood has ended after 20 s; 309 half-open connections "
                                    "gave way."));
}

TEST_F(DataPlaneWatchTest, ReadsTheCountersOfTheHardware) {
  FakeRegisterBus bus;
  Hal hal(bus);
  bus.poke(static_cast<uint32_t>(DropReason::kCpuRate), regs::DropCountersRow{42, 1});
  bus.word(regs::FlowFullReg::kOffset) = 5;
  bus.word(regs::FlowEvictedReg::kOffset + 4) = 1;
  bus.word(regs::FlowLiveReg::kOffset) = 7;
  bus.word(regs::FlowHalfOpenReg::kOffset) = 6;
  bus.word(regs::HalfOpenMaxReg::kOffset) = 8;
  const DataPlaneSample sample = readSample(hal);
  EXPECT_EQ(sample.drops[indexOf(DropReason::kCpuRate)], 42u);
  EXPECT_EQ(sample.full, 5u);
  EXPECT_EQ(sample.evicted, uint64_t{1} << 32);
  EXPECT_EQ(sample.live, 7u);
  EXPECT_EQ(sample.half_open, 6u);
  EXPECT_EQ(sample.half_open_budget, 8u);
  EXPECT_EQ(bus.errors(), 0u);
  EXPECT_LE(bus.reads(), 60u);
}

}  // namespace
}  // namespace sluice
