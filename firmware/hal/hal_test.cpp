// SPDX-License-Identifier: Apache-2.0
#include "firmware/hal/hal.h"

#include <gtest/gtest.h>

#include "firmware/hal/fake_register_bus.h"

namespace sluice {
namespace {

TEST(Hal, ProbeAcceptsThisRegisterMap) {
  FakeRegisterBus bus;
  EXPECT_TRUE(Hal(bus).probe().ok());
  EXPECT_EQ(bus.errors(), 0u);
}

TEST(Hal, ProbeSaysWhatIsWrong) {
  FakeRegisterBus bus;
  bus.word(regs::IdReg::kOffset) = 0xdeadbeef;
  auto result = Hal(bus).probe();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kIo);
  EXPECT_EQ(result.error().message,
            "no Sluice data plane on this bus: ID reads 0xdeadbeef; expected 0x534c4331 ('SLC1')");
  bus.word(regs::IdReg::kOffset) = regs::IdReg::kReset;
  bus.word(regs::VersionReg::kOffset) = 0x00020003;
  result = Hal(bus).probe();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message,
            "register map of the data plane is version 2.3; this firmware is built for 1.x");
  EXPECT_TRUE(bus.log().empty());
}

TEST(Hal, ProbeAcceptsNewerMinorVersion) {
  FakeRegisterBus bus;
  bus.word(regs::VersionReg::kOffset) = regs::VersionReg::kReset + 1;
  EXPECT_TRUE(Hal(bus).probe().ok());
}

TEST(Hal, RowsRoundTrip) {
  FakeRegisterBus bus;
  Hal hal(bus);
  regs::MemberRow row;
  row.accept_new = true;
  row.weight = 200;
  row.digest = 0xabcdef;
  row.address = {1, 2, 3, 4};
  hal.writeRow(4095, row, 1);
  EXPECT_EQ(hal.readRow<regs::MemberRow>(4095, 1), row);
  EXPECT_EQ(hal.readRow<regs::MemberRow>(4095, 0), regs::MemberRow{});
  ASSERT_EQ(bus.log().size(), 1u);
  EXPECT_EQ(bus.log()[0].row, 4095u);
  EXPECT_EQ(bus.log()[0].bank, 1u);
  EXPECT_EQ(bus.errors(), 0u);
}

TEST(Hal, ActivateWaitsForPacketsInFlight) {
  FakeRegisterBus bus;
  Hal hal(bus);
  bus.setInFlight(3);
  PipelineMode mode;
  mode.acl = true;
  hal.activate(1, mode);
  EXPECT_EQ(hal.activeBank(), 1u);
  EXPECT_EQ(bus.log().size(), 4u);  // one write, three waits
  EXPECT_EQ(bus.log()[0].value, 3u);
}

TEST(Hal, ActivateGivesUpWaitingUnderEndlessLoad) {
  class BusyBus final : public RegisterBus {
   public:
    uint32_t read32(uint32_t) override { return 7; }
    void write32(uint32_t, uint32_t) override {}
    void wait(uint64_t ns) override { waited += ns; }
    uint64_t waited = 0;
  } bus;
  Hal(bus).activate(0, {});
  EXPECT_EQ(bus.waited, Hal::kPipelineNs);
}

TEST(Hal, Read64SurvivesCarry) {
  // The counter goes from 0x0_ffffffff to 0x1_00000000 while it is read.
  class CarryBus final : public RegisterBus {
   public:
    uint32_t read32(uint32_t address) override {
      const uint64_t value = reads++ == 0 ? 0xffffffff : 0x100000000;
      return static_cast<uint32_t>(address == 0x114 ? value >> 32 : value);
    }
    void write32(uint32_t, uint32_t) override {}
    void wait(uint64_t) override {}
    int reads = 0;
  } bus;
  EXPECT_EQ(Hal(bus).read64(0x110), 0x100000000u);
}

TEST(Hal, Scrub) {
  FakeRegisterBus bus;
  Hal hal(bus);
  hal.startScrub(regs::ScrubMode::kMember, 12);
  EXPECT_EQ(hal.read(regs::ScrubArgReg::kOffset), 12u);
  EXPECT_EQ(hal.read(regs::ScrubStartReg::kOffset), 1u);
  EXPECT_TRUE(hal.waitScrub(0));
  bus.word(regs::StatusReg::kOffset) = regs::StatusReg::kScrubBusy.put(0, 1);
  EXPECT_FALSE(hal.waitScrub(10'000));
}

}  // namespace
}  // namespace sluice
