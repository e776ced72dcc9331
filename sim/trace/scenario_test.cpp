// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

std::string errorOf(std::string_view text) {
  auto parsed = parseScenario(text, "f");
  return parsed.ok() ? "" : parsed.error().message;
}

TEST(ScenarioTest, ParsesEveryActionAndSortsByTime) {
  auto parsed = parseScenario(
      "# a comment\n"
      "\n"
      "at 3s pool web add 10.0.0.15:80 ratio 2  # more\n"
      "at 2.5s member web 10.0.0.12:80 down\r\n"
      "  at 2.5s   member web [fd00::1]:80   weight 7\n"
      "at 4s pool web remove 10.0.0.15:80\n"
      "at 10ms virtual shop disable\n"
      "at 5s member web 10.0.0.12:80 drain",
      "f");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  ASSERT_EQ(parsed->size(), 6u);
  EXPECT_EQ((*parsed)[0].at_ns, 10'000'000u);
  EXPECT_FALSE(std::get<VirtualStateAction>((*parsed)[0].action).enabled);
  const auto& down = std::get<MemberStateAction>((*parsed)[1].action);
  EXPECT_EQ((*parsed)[1].at_ns, 2'500'000'000u);
  EXPECT_EQ((*parsed)[1].line, 4u);
  EXPECT_EQ((*parsed)[1].text, "member web 10.0.0.12:80 down");
  EXPECT_EQ(down.pool, "web");
  EXPECT_EQ(down.member.toString(), "10.0.0.12:80");
  EXPECT_EQ(down.state, MemberStateAction::State::kDown);
  EXPECT_EQ(std::get<MemberWeightAction>((*parsed)[2].action).weight, 7u);
  EXPECT_EQ(std::get<PoolAddAction>((*parsed)[3].action).ratio, 2u);
  EXPECT_EQ((*parsed)[3].text, "pool web add 10.0.0.15:80 ratio 2");
  EXPECT_EQ(std::get<PoolRemoveAction>((*parsed)[4].action).pool, "web");
  EXPECT_EQ(std::get<MemberStateAction>((*parsed)[5].action).state,
            MemberStateAction::State::kDrain);
}

TEST(ScenarioTest, ErrorsNamePlaceFaultAndRemedy) {
  const std::pair<const char*, const char*> kRows[] = {
      {"in 3s", "f:1:1: no statement 'in'; expected at TIME ACTION"},
      {"at", "f:1:3: the line ends early; expected a time such as 2.5s or 300ms"},
      {"at soon",
       "f:1:4: 'soon' is not a time; expected a number with unit, such as 2.5s or 300ms"},
      {"at 1s", "f:1:6: the line ends early; expected member, pool or virtual"},
      {"at 1s node", "f:1:7: no action 'node'; expected member, pool or virtual"},
      {"at 1s member web", "f:1:17: the line ends early; expected ADDRESS:PORT"},
      {"at 1s member web x up",
       "f:1:18: 'x' is not a member; expected ADDRESS:PORT or [ADDRESS]:PORT"},
      {"at 1s member web 10.0.0.1:80 dead",
       "f:1:30: a member cannot be 'dead'; expected up, drain, down or weight N"},
      {"at 1s member web 10.0.0.1:80 weight 0",
       "f:1:37: '0' is not a weight; expected a number from 1 to 255"},
      {"at 1s member web 10.0.0.1:80 weight 3x",
       "f:1:37: '3x' is not a weight; expected a number from 1 to 255"},
      {"at 1s member web 10.0.0.1:80 up now",
       "f:1:33: unexpected 'now'; expected the end of the line"},
      {"at 1s pool web grow", "f:1:16: a pool has no action 'grow'; expected add or remove"},
      {"at 1s pool web add 10.0.0.1:80 ratio",
       "f:1:37: the line ends early; expected a number from 1 to 255"},
      {"at 1s virtual shop off",
       "f:1:20: a virtual has no action 'off'; expected enable or disable"},
  };
  for (const auto& [text, expected] : kRows) EXPECT_EQ(errorOf(text), expected) << text;
  EXPECT_EQ(errorOf("at 1s x\n\nat"),
            "f:1:7: no action 'x'; expected member, pool or virtual\n"
            "f:3:3: the line ends early; expected a time such as 2.5s or 300ms");
}

TEST(ScenarioTest, EmptyAndMissingFiles) {
  EXPECT_TRUE(parseScenario("", "f").ok());
  auto missing = readScenario("/nonexistent/s");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message, "/nonexistent/s: cannot open: No such file or directory");
}

}  // namespace
}  // namespace sluice
