// SPDX-License-Identifier: Apache-2.0
// The fake keeps the promises of the interface that tests of the management plane rely on.
#include "mgmt/core/managed_appliance.h"

#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "mgmt/core/fake_appliance.h"

namespace sluice {
namespace {

Config parse(std::string_view text) {
  ConfigParse parsed = parseConfig(text);
  EXPECT_TRUE(parsed.ok());
  return parsed.config;
}

constexpr char kGood[] = "interface e1\n  address 10.0.0.1/24\npool web\n  member 10.0.0.11:80\n";
constexpr char kBad[] = "virtual shop\n  destination 203.0.113.10:80\n  pool nowhere\n";

TEST(FakeAppliance, AppliesWhatIsValidAndKeepsTheOldOneOtherwise) {
  FakeAppliance appliance;
  ASSERT_TRUE(appliance.apply(parse(kGood)).ok());
  const Config before = appliance.config();
  EXPECT_EQ(before.pools.size(), 1u);
  const auto refused = appliance.apply(parse(kBad));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("nowhere"), std::string::npos);
  EXPECT_EQ(appliance.config(), before);
}

TEST(FakeAppliance, CheckHasNoEffect) {
  FakeAppliance appliance;
  EXPECT_TRUE(appliance.check(parse(kGood)).ok());
  EXPECT_FALSE(appliance.check(parse(kBad)).ok());
  EXPECT_EQ(appliance.config(), Config{});
  EXPECT_EQ(appliance.applied, 0);
}

TEST(FakeAppliance, RefusesOnceWhatItIsToldTo) {
  FakeAppliance appliance;
  appliance.refuse_apply = Error{ErrorCode::kExhausted, "table full"};
  EXPECT_FALSE(appliance.apply(parse(kGood)).ok());
  EXPECT_TRUE(appliance.apply(parse(kGood)).ok());
}

TEST(HealthStateNames, AreThoseOfTheEnumeration) {
  EXPECT_EQ(name(HealthState::kUnmonitored), "unmonitored");
  EXPECT_EQ(name(HealthState::kDraining), "draining");
}

}  // namespace
}  // namespace sluice
