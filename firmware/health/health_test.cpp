// SPDX-License-Identifier: Apache-2.0
// Probing in simulated time: when probes start, how long a failure stays unnoticed, what several
// monitors make of a member, and what a new configuration does to all that.
#include "firmware/health/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/health/fake_probes.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uint64_t kMs = 1'000'000, kSecond = 1'000'000'000;
const std::string kGround = "interface e1\n  address 10.0.0.1/24\n";

ProbeOutcome good(const std::string& reason = "fine") { return {Verdict::kGood, reason, {}}; }
ProbeOutcome bad(const std::string& reason = "refused") { return {Verdict::kBad, reason, {}}; }

class HealthTest : public testing::Test {
 protected:
  void load(const std::string& text) {
    auto loaded = loadConfig(kGround + text, "test");
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    health_.setConfig(loaded->config);
  }
  // Lets time pass. Members in `dead_` do not answer, the others do so after `latency_`.
  void pass(uint64_t ns) {
    const uint64_t end = now_ + ns;
    for (;;) {
      uint64_t next = health_.run();
      for (const std::string& key : probes_.started) {
        if (dead_.count(key.substr(key.find(' ') + 1)) == 0) answers_.emplace(now_ + latency_, key);
        starts_.emplace_back(now_, key);
      }
      probes_.started.clear();
      if (!answers_.empty()) next = std::min(next, answers_.begin()->first);
      if (next > end) break;
      now_ = std::max(now_, next);
      while (!answers_.empty() && answers_.begin()->first <= now_) {
        const std::string key = answers_.begin()->second;
        answers_.erase(answers_.begin());
        const auto outcome = outcomes_.find(key);
        probes_.end(key, outcome == outcomes_.end() ? good() : outcome->second);
      }
    }
    now_ = end;
  }
  AdminState stateOf(size_t member) { return health_.members().at(member).state; }
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  FakeProbes probes_;
  uint64_t now_ = 1000 * kSecond;
  uint64_t latency_ = 2 * kMs;
  std::set<std::string> dead_;                    // "ADDRESS:PORT"
  std::map<std::string, ProbeOutcome> outcomes_;  // by "MONITOR ADDRESS:PORT"
  std::multimap<uint64_t, std::string> answers_;
  std::vector<std::pair<uint64_t, std::string>> starts_;
  std::vector<std::string> told_;
  Health health_{probes_, [this] { return now_; },
                 [this](const MemberChange& change) {
                   constexpr const char* kNames[] = {"up", "drain", "down"};
                   told_.push_back(change.status.member.endpoint.toString() + " " +
                                   kNames[static_cast<size_t>(change.status.state)] + " " +
                                   change.status.reason);
                 }};
};

constexpr char kOne[] =
    "monitor m\n  interval 1s\n  timeout 300ms\n  fall 3\n  rise 2\n"
    "pool web\n  monitor m\n  member 10.0.0.11:80\n";

TEST_F(HealthTest, MembersWithoutAMonitorAreUp) {
  load("pool web\n  member 10.0.0.11:80\n");
  EXPECT_EQ(stateOf(0), AdminState::kUp);
  EXPECT_FALSE(health_.members()[0].monitored);
  EXPECT_TRUE(health_.operational().members.empty());
  health_.run();
  EXPECT_EQ(health_.run(), UINT64_MAX);
}

TEST_F(HealthTest, DownUntilProven) {
  load(kOne);
  EXPECT_EQ(stateOf(0), AdminState::kDown);
  EXPECT_FALSE(health_.members()[0].proven);
  EXPECT_TRUE(health_.takeChanged());
  EXPECT_EQ(health_.operational().members.size(), 1u);
  pass(600 * kMs);
  EXPECT_EQ(stateOf(0), AdminState::kUp);
  EXPECT_TRUE(health_.takeChanged());
  EXPECT_TRUE(health_.operational().members.empty());
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 up m: fine"));
}

// Whenever it dies, it is out within fall * interval + timeout.
TEST_F(HealthTest, AFailureIsFoundInTime) {
  load(kOne);
  pass(10 * kSecond);
  uint64_t longest = 0;
  for (int i = 0; i < 50; ++i) {
    pass(i * 20 * kMs);
    told();
    dead_.insert("10.0.0.11:80");
    const uint64_t died = now_;
    while (stateOf(0) == AdminState::kUp) {
      ASSERT_LE(now_ - died, 3 * kSecond + 300 * kMs);
      pass(kMs);
    }
    longest = std::max(longest, now_ - died);
    EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 down m: no answer within 300ms"));
    dead_.clear();
    pass(4 * kSecond);
    EXPECT_EQ(stateOf(0), AdminState::kUp);
    now_ += 600 * kSecond;  // it shall not count as flapping
    pass(5 * kSecond);
  }
  EXPECT_GT(longest, 3 * kSecond);
}

TEST_F(HealthTest, RefusalsNeedNoTimeout) {
  load(kOne);
  pass(5 * kSecond);
  outcomes_["m 10.0.0.11:80"] = bad();
  pass(3 * kSecond + 2 * latency_);
  EXPECT_EQ(stateOf(0), AdminState::kDown);
  EXPECT_THAT(told().back(), "10.0.0.11:80 down m: refused");
  const CheckStatus check = health_.checks()[0];
  EXPECT_EQ(check.failed, 3u);
  EXPECT_EQ(check.failures, 3u);
  EXPECT_EQ(check.duration_ns, latency_);
  EXPECT_EQ(check.last_ns - check.since_ns, 0u);
  EXPECT_EQ(health_.log().back().reason, "refused");
}

TEST_F(HealthTest, ProbesAreSpreadAndKeepTheirInterval) {
  std::string text = "monitor m\n  interval 1s\npool web\n  monitor m\n";
  for (int i = 0; i < 100; ++i) text += "  member 10.0.0." + std::to_string(11 + i) + ":80\n";
  load(text);
  pass(20 * kSecond);
  // In any later 100 ms about a tenth of them.
  std::map<uint64_t, int> in_window;
  std::map<std::string, uint64_t> last;
  for (const auto& [at, key] : starts_) {
    if (at >= 1002 * kSecond) {
      ++in_window[at / (100 * kMs)];
      EXPECT_EQ(at - last[key], kSecond) << key;
    }
    last[key] = at;
  }
  for (const auto& [window, count] : in_window) {
    EXPECT_GE(count, 5);
    EXPECT_LE(count, 20);
  }
}

TEST_F(HealthTest, SeveralMonitors) {
  const std::string text =
      "monitor a\n  interval 1s\nmonitor b\n  interval 1s\nmonitor c\n  interval 1s\n"
      "pool web\n  monitor a\n  monitor b\n  monitor c\n  member 10.0.0.11:80\n";
  struct Case {
    const char* rule;
    const char* bad;    // monitors
    const char* drain;  // monitors
    AdminState state;
  };
  for (const Case& c :
       {Case{"all", "", "", AdminState::kUp}, Case{"all", "b", "", AdminState::kDown},
        Case{"all", "", "c", AdminState::kDrain}, Case{"any", "ab", "", AdminState::kUp},
        Case{"any", "abc", "", AdminState::kDown}, Case{"any", "ab", "c", AdminState::kDrain},
        Case{"at-least 2", "a", "", AdminState::kUp},
        Case{"at-least 2", "a", "b", AdminState::kDrain},
        Case{"at-least 2", "ab", "", AdminState::kDown}}) {
    outcomes_.clear();
    load(text + "  monitor-rule " + c.rule + "\n");
    pass(10 * kSecond);
    for (const char m : std::string(c.bad)) outcomes_[std::string(1, m) + " 10.0.0.11:80"] = bad();
    for (const char m : std::string(c.drain))
      outcomes_[std::string(1, m) + " 10.0.0.11:80"] = {Verdict::kDrain, "maintenance", {}};
    pass(5 * kSecond);
    EXPECT_EQ(stateOf(0), c.state) << c.rule << " bad " << c.bad << " drain " << c.drain;
  }
}

TEST_F(HealthTest, AMembersOwnMonitor) {
  load(
      "monitor a\n  interval 1s\nmonitor b\n  interval 1s\n  port 99\npool web\n  monitor a\n"
      "  member 10.0.0.11:80\n  member 10.0.0.12:80 monitor b\n  member 10.0.0.13:80 monitor "
      "none\n");
  outcomes_["a 10.0.0.11:80"] = bad();
  pass(2 * kSecond);
  EXPECT_EQ(stateOf(0), AdminState::kDown);
  EXPECT_EQ(stateOf(1), AdminState::kUp);
  EXPECT_EQ(stateOf(2), AdminState::kUp);
  ASSERT_EQ(health_.checks().size(), 2u);
  EXPECT_EQ(starts_[1].second, "b 10.0.0.12:99");
}

TEST_F(HealthTest, AConfigurationThatChangesNothingKeepsEverything) {
  load(kOne);
  pass(5 * kSecond);
  dead_.insert("10.0.0.11:80");
  const uint64_t died = now_;
  // Edits all the time do not keep it in.
  while (stateOf(0) == AdminState::kUp) {
    load(std::string(kOne) + "pool other\n  member 10.0.0.99:80\n");
    pass(30 * kMs);
    ASSERT_LE(now_ - died, 3 * kSecond + 330 * kMs);
  }
}

TEST_F(HealthTest, AMonitorForThoseThatServeTakesNobodyOut) {
  load("pool web\n  member 10.0.0.11:80\n");
  pass(kSecond);
  load(kOne);
  EXPECT_EQ(stateOf(0), AdminState::kUp);
  EXPECT_FALSE(health_.members()[0].proven);
  dead_.insert("10.0.0.11:80");
  pass(kSecond);
  EXPECT_EQ(stateOf(0), AdminState::kUp);
  pass(4 * kSecond);
  EXPECT_EQ(stateOf(0), AdminState::kDown);
  // Without its monitor it is up again.
  load("pool web\n  member 10.0.0.11:80\n");
  EXPECT_EQ(stateOf(0), AdminState::kUp);
}

TEST_F(HealthTest, AMonitorThatChangesIsAskedSoon) {
  load("monitor m\n  interval 1h\npool web\n  monitor m\n  member 10.0.0.11:80\n");
  pass(5 * kSecond);
  EXPECT_EQ(stateOf(0), AdminState::kUp);
  dead_.insert("10.0.0.11:80");
  load(kOne);
  pass(5 * kSecond);
  EXPECT_EQ(stateOf(0), AdminState::kDown);
}

TEST_F(HealthTest, ProbesOfThoseThatAreGoneEnd) {
  load(kOne);
  dead_.insert("10.0.0.11:80");
  pass(600 * kMs);
  load("pool web\n  member 10.0.0.12:80\n");
  EXPECT_FALSE(probes_.underWay("m 10.0.0.11:80"));
  pass(10 * kSecond);
  EXPECT_EQ(health_.members().size(), 1u);
}

TEST_F(HealthTest, SlowStart) {
  load(std::string(kOne) + "  slow-start 10s\n");
  pass(600 * kMs);
  EXPECT_EQ(stateOf(0), AdminState::kUp);
  EXPECT_EQ(health_.members()[0].percent, 10u);
  EXPECT_EQ(health_.operational().members.begin()->second.percent, 10u);
  health_.takeChanged();
  pass(5 * kSecond);
  EXPECT_TRUE(health_.takeChanged());
  EXPECT_NEAR(health_.members()[0].percent, 60, 10);
  pass(5 * kSecond);
  EXPECT_EQ(health_.members()[0].percent, 100u);
  EXPECT_TRUE(health_.operational().members.empty());
}

TEST_F(HealthTest, AgentsSetWeights) {
  load(
      "monitor m\n  type agent\n  port 99\n  interval 1s\npool web\n  monitor m\n  member "
      "10.0.0.11:80\n");
  outcomes_["m 10.0.0.11:99"] = {Verdict::kGood, "75%", 75};
  pass(kSecond);
  EXPECT_EQ(health_.operational().members.begin()->second.percent, 75u);
  health_.takeChanged();
  outcomes_["m 10.0.0.11:99"] = {Verdict::kGood, "30%", 30};
  pass(2 * kSecond);
  EXPECT_TRUE(health_.takeChanged());
  EXPECT_EQ(health_.operational().members.begin()->second.percent, 30u);
  pass(2 * kSecond);
  EXPECT_FALSE(health_.takeChanged());
}

TEST_F(HealthTest, ResponseTimesSetWeights) {
  load(
      "monitor a\n  interval 1s\nmonitor b\n  interval 1s\npool web\n  weight-by response-time\n"
      "  member 10.0.0.11:80 monitor a\n  member 10.0.0.12:80 monitor b\n  monitor a\n");
  // The second answers four times as late.
  const auto answer = [&](const std::string& key, uint64_t after) {
    uint64_t end = now_ + after;
    while (now_ < end) {
      health_.run();
      now_ += kMs;
    }
    probes_.end(key, good());
  };
  for (int i = 0; i < 40; ++i) {
    now_ += 500 * kMs;
    health_.run();
    const bool first = probes_.underWay("a 10.0.0.11:80"),
               second = probes_.underWay("b 10.0.0.12:80");
    if (first) answer("a 10.0.0.11:80", 10 * kMs);
    if (second) answer("b 10.0.0.12:80", first ? 30 * kMs : 40 * kMs);
  }
  health_.run();
  EXPECT_EQ(health_.members()[0].percent, 100u);
  EXPECT_NEAR(health_.members()[1].percent, 25, 12);
}

TEST_F(HealthTest, Resume) {
  load(std::string(kOne) +
       "monitor n\n  manual-resume\n  interval 1s\npool two\n  monitor n\n  member 10.0.0.12:80\n");
  pass(3 * kSecond);
  const Endpoint second = *Endpoint::parse("10.0.0.12:80");
  EXPECT_EQ(health_.resume("two", *Endpoint::parse("10.0.0.13:80"), "by me").error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(health_.resume("two", second, "by me").error().code, ErrorCode::kInvalidInput);
  outcomes_["n 10.0.0.12:80"] = bad();
  pass(5 * kSecond);
  outcomes_.clear();
  pass(5 * kSecond);
  EXPECT_EQ(stateOf(1), AdminState::kDown);
  EXPECT_TRUE(health_.members()[1].waiting);
  ASSERT_TRUE(health_.resume("two", second, "by me").ok());
  EXPECT_EQ(stateOf(1), AdminState::kUp);
}

TEST_F(HealthTest, WhatTrafficShowsTakesAMemberDownUntilItIsProven) {
  load(std::string(kOne) + "  passive fails 5 in 10s hold 500ms\n");
  pass(5 * kSecond);
  told();
  health_.takeChanged();
  const MemberKey key = health_.members()[0].member;
  health_.fail(key, "5 resets in 10s");
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 down passive: 5 resets in 10s"));
  EXPECT_TRUE(health_.takeChanged());
  EXPECT_EQ(health_.operational().members.at(key).state, AdminState::kDown);
  pass(900 * kMs);  // more than its hold time, less than two good probes
  EXPECT_EQ(stateOf(0), AdminState::kDown);
  EXPECT_EQ(health_.members()[0].reason, "passive: 5 resets in 10s");
  pass(1200 * kMs);
  EXPECT_EQ(told().back(), "10.0.0.11:80 up m: fine");
}

TEST_F(HealthTest, GoodProbesDoNotShortenTheHoldTime) {
  load(std::string(kOne) + "  passive fails 5 in 10s hold 20s\n");
  pass(5 * kSecond);
  health_.fail(health_.members()[0].member, "5 resets in 10s");
  pass(20 * kSecond - kMs);
  EXPECT_EQ(stateOf(0), AdminState::kDown);
  pass(kMs);
  EXPECT_EQ(stateOf(0), AdminState::kUp);
}

TEST_F(HealthTest, WithoutAMonitorTheHoldTimeEnds) {
  const std::string text = "pool web\n  member 10.0.0.11:80\n";
  load(text + "  passive fails 1 in 10s hold 20s\n");
  const MemberKey key = health_.members()[0].member;
  health_.fail(key, "1 reset in 10s");
  EXPECT_EQ(stateOf(0), AdminState::kDown);
  auto loaded = loadConfig(kGround + text + "  passive fails 1 in 10s hold 20s\n", "test");
  EXPECT_EQ(health_.operationalFor(loaded->config).members.at(key).state, AdminState::kDown);
  health_.setConfig(loaded->config);
  EXPECT_EQ(health_.run(), now_ + 20 * kSecond);
  pass(20 * kSecond);
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 down passive: 1 reset in 10s",
                                  "10.0.0.11:80 up its hold time is over"));
}

TEST_F(HealthTest, AnOperatorCanEndTheHoldTime) {
  load("pool web\n  member 10.0.0.11:80\n  passive fails 1 in 10s hold 20s\n");
  const MemberKey key = health_.members()[0].member;
  EXPECT_FALSE(health_.resume("web", key.endpoint, "resumed by alice").ok());
  health_.fail(key, "1 reset in 10s");
  ASSERT_TRUE(health_.resume("web", key.endpoint, "resumed by alice").ok());
  EXPECT_EQ(told().back(), "10.0.0.11:80 up resumed by alice");
  pass(30 * kSecond);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(HealthTest, ThatIsOverWithTheStatement) {
  const std::string text = "pool web\n  member 10.0.0.11:80\n";
  load(text + "  passive fails 1 in 10s\n");
  const MemberKey key = health_.members()[0].member;
  health_.fail(key, "1 reset in 10s");
  load(text);
  EXPECT_EQ(stateOf(0), AdminState::kUp);
  health_.fail(key, "1 reset in 10s");
  EXPECT_EQ(stateOf(0), AdminState::kUp);
}

TEST_F(HealthTest, WhatTrafficShowsCanCountAsOneBadProbe) {
  load(std::string(kOne) + "  passive fails 5 in 10s then fall\n");
  pass(5 * kSecond);
  told();
  const MemberKey key = health_.members()[0].member;
  health_.fail(key, "5 resets in 10s");
  health_.fail(key, "6 resets in 10s");
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(health_.members()[0].reason, "m: fine");
  health_.fail(key, "7 resets in 10s");
  EXPECT_THAT(told(), ElementsAre("10.0.0.11:80 down passive: 7 resets in 10s"));
}

}  // namespace
}  // namespace sluice
