// SPDX-License-Identifier: Apache-2.0
#include "firmware/icmp/icmp_responder.h"

#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/hal/fake_register_bus.h"
#include "testbenches/common/packet_builder.h"

namespace sluice {
namespace {

using testing::Bytes;

constexpr char kSite[] =
    "interface front\n  address 203.0.113.2/24\n  address 2001:db8::2/64\n  port 0\n  mtu 9000\n"
    "  mac 02:00:00:00:00:0a\n"
    "interface back\n  address 10.0.0.1/24\n  port 1\n  mtu 1500\n"
    "interface far\n  address 10.0.9.1/24\n  address 2001:db8:9::1/64\n  port 2\n  mtu 1450\n"
    "gateway 203.0.113.1\ngateway 2001:db8::1\n"
    "pool near\n  member 10.0.0.11:80\n"
    "pool four\n  member 10.0.9.11:any\n"
    "pool six\n  member [2001:db8:9::11]:any\n"
    "virtual shop\n  destination 203.0.113.10:80\n  pool near\n"
    "virtual ipip4\n  destination 203.0.113.11:80\n  mode ipip\n  pool four\n"
    "virtual ipip6\n  destination 203.0.113.12:80\n  mode ipip\n  pool six\n"
    "virtual gue04\n  destination 203.0.113.13:80\n  mode gue0\n  pool four\n"
    "virtual gue16\n  destination 203.0.113.14:80\n  mode gue1\n  pool six\n";

class IcmpResponderTest : public ::testing::Test {
 protected:
  void start(const std::string& text) {
    auto loaded = loadConfig(text, "test");
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    const auto applied = control_.apply(loaded->config);
    ASSERT_TRUE(applied.ok()) << applied.error().message;
  }

  regs::Result punted(regs::PuntCause cause, const char* service, const char* pool,
                      const char* member) {
    regs::Result result;
    result.verdict = regs::Verdict::kPunt;
    result.cause = cause;
    result.virtual_id = control_.virtualId(service).value_or(0);
    result.member = control_.memberId(pool, *Endpoint::parse(member)).value_or(0);
    return result;
  }

  FakeRegisterBus bus_;
  Hal hal_{bus_};
  Control control_{hal_};
  IcmpResponder responder_{control_};
};

TEST_F(IcmpResponderTest, TheMtuIsThatOfTheWayOnLessTheTunnel) {
  start(kSite);
  const auto mtu = [&](const char* service, const char* pool, const char* member) {
    return control_.pathMtu(punted(regs::PuntCause::kMtu, service, pool, member));
  };
  EXPECT_EQ(mtu("shop", "near", "10.0.0.11:80"), 1500u);
  EXPECT_EQ(mtu("ipip4", "four", "10.0.9.11:any"), 1450u - 20);
  EXPECT_EQ(mtu("ipip6", "six", "[2001:db8:9::11]:any"), 1450u - 40);
  EXPECT_EQ(mtu("gue04", "four", "10.0.9.11:any"), 1450u - 20 - 8 - 4);
  EXPECT_EQ(mtu("gue16", "six", "[2001:db8:9::11]:any"), 1450u - 40 - 8);
  regs::Result reverse = punted(regs::PuntCause::kMtu, "shop", "near", "10.0.0.11:80");
  reverse.direction = regs::Direction::kReverse;
  EXPECT_EQ(control_.pathMtu(reverse), 9000u);
}

TEST_F(IcmpResponderTest, AnswersTheTwoCausesFromFrontPorts) {
  regs::Result result;
  result.verdict = regs::Verdict::kPunt;
  for (size_t cause = 0; cause < regs::kPuntCauseCount; ++cause) {
    result.cause = static_cast<regs::PuntCause>(cause);
    const bool mine =
        result.cause == regs::PuntCause::kMtu || result.cause == regs::PuntCause::kTtl;
    result.in_port = 3;
    EXPECT_EQ(IcmpResponder::answers(result), mine) << cause;
    result.in_port = regs::kCpuPort;
    EXPECT_FALSE(IcmpResponder::answers(result));
  }
  result.cause = regs::PuntCause::kMtu;
  result.in_port = 0;
  result.verdict = regs::Verdict::kDrop;
  EXPECT_FALSE(IcmpResponder::answers(result));
}

// By the source address of the error.
TEST_F(IcmpResponderTest, SendsFromTheAddressThatTheReceiverKnows) {
  start(kSite);
  const auto sourceOf = [&](uint8_t port, const char* from, const char* to) -> std::string {
    regs::Result result = punted(regs::PuntCause::kTtl, "shop", "near", "10.0.0.11:80");
    result.in_port = port;
    const auto error = responder_.answer(result, testing::tcp({from, 5}, {to, 80}).build());
    if (!error) return "nothing";
    const bool v6 = (*error)[12] == 0x86;
    IpAddress source{v6, {}};
    std::copy_n(error->begin() + (v6 ? 22 : 26), v6 ? 16 : 4, source.bytes.begin());
    return source.toString();
  };
  EXPECT_EQ(sourceOf(0, "198.51.100.7", "203.0.113.10"), "203.0.113.2");
  EXPECT_EQ(sourceOf(1, "10.0.0.11", "198.51.100.7"), "10.0.0.1");
  EXPECT_EQ(sourceOf(2, "192.0.2.1", "198.51.100.7"), "10.0.9.1");
  EXPECT_EQ(sourceOf(2, "10.0.0.11", "198.51.100.7"), "10.0.0.1");
  EXPECT_EQ(sourceOf(3, "192.0.2.1", "203.0.113.10"), "203.0.113.2");
  EXPECT_EQ(sourceOf(2, "2001:db8:77::1", "2001:db8::10"), "2001:db8:9::1");
  EXPECT_EQ(responder_.counts().time_exceeded, 6u);
  EXPECT_EQ(sourceOf(0, "224.0.0.1", "203.0.113.10"), "nothing");
  EXPECT_EQ(responder_.counts().suppressed, 1u);
}

TEST_F(IcmpResponderTest, WithoutAnAddressOnlyClientsGetErrors) {
  start(
      "interface front\n  port 0\n  mac 02:00:00:00:00:0a\ngateway 203.0.113.1\n"
      "neighbor 203.0.113.1 mac 02:00:00:00:00:0c interface front\n"
      "neighbor 10.0.0.11 mac 02:00:00:00:00:0b interface front\npool near\n"
      "  member 10.0.0.11:80\nvirtual shop\n  destination 203.0.113.10:80\n  pool near\n");
  regs::Result result = punted(regs::PuntCause::kMtu, "shop", "near", "10.0.0.11:80");
  const Bytes frame = testing::tcp({"198.51.100.7", 5}, {"203.0.113.10", 80}).build();
  const auto error = responder_.answer(result, frame);
  ASSERT_TRUE(error);
  EXPECT_EQ(Bytes(error->begin() + 6, error->begin() + 12), (Bytes{2, 0, 0, 0, 0, 0x0a}));
  EXPECT_EQ(Bytes(error->begin() + 26, error->begin() + 30), (Bytes{203, 0, 113, 10}));
  EXPECT_EQ(Bytes(error->begin() + 40, error->begin() + 42), (Bytes{1500 >> 8, 1500 & 0xff}));
  result.direction = regs::Direction::kReverse;
  EXPECT_FALSE(responder_.answer(result, frame));
  EXPECT_EQ(responder_.counts().too_big, 1u);
  EXPECT_EQ(responder_.counts().suppressed, 1u);
}

}  // namespace
}  // namespace sluice
