// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/agent_answer.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(AgentAnswerTest, Words) {
  struct Case {
    const char* line;
    Verdict verdict;
    std::optional<uint32_t> percent;
  };
  for (const Case& c :
       {Case{"75%\n", Verdict::kGood, 75}, Case{"up", Verdict::kGood, {}},
        Case{"ready up 30%", Verdict::kGood, 30}, Case{"up,50%,maxconn:30", Verdict::kGood, 50},
        Case{"0%", Verdict::kDrain, 1}, Case{"250%", Verdict::kGood, 100},
        Case{"drain 40%", Verdict::kDrain, 40}, Case{"maint", Verdict::kDrain, {}},
        Case{"down # disk is full", Verdict::kBad, {}}, Case{"up down", Verdict::kBad, {}},
        Case{"", Verdict::kBad, {}}, Case{"%", Verdict::kBad, {}}, Case{"1.5%", Verdict::kBad, {}},
        Case{"hello", Verdict::kBad, {}}, Case{"# up", Verdict::kBad, {}},
        Case{"up\ndown", Verdict::kGood, {}}, Case{"99999999999%", Verdict::kBad, {}}}) {
    const ProbeOutcome outcome = readAgentAnswer(c.line);
    EXPECT_EQ(outcome.verdict, c.verdict) << c.line;
    EXPECT_EQ(outcome.percent, c.percent) << c.line;
  }
  EXPECT_EQ(readAgentAnswer("down # disk is full\r\n").reason, "agent: down # disk is full");
  EXPECT_EQ(readAgentAnswer("\x1b[31m").reason, "agent says '?[31m'");
}

}  // namespace
}  // namespace sluice
