// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/config_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "mgmt/core/fake_appliance.h"
#include "mgmt/core/fake_sources.h"

namespace sluice::mgmt {
namespace {

using ::testing::ElementsAre;

constexpr char kConfig[] =
    "interface e1\n  address 203.0.113.2/24\ngateway 203.0.113.1\npool web\n"
    "  member 203.0.113.11:80\n  member 203.0.113.12:80\nvirtual shop\n"
    "  destination 203.0.113.10:80\n  pool web\n";

Config parse(std::string_view text) {
  ConfigParse parsed = parseConfig(text);
  EXPECT_TRUE(parsed.ok());
  return parsed.config;
}

class ConfigManagerTest : public ::testing::Test {
 protected:
  ConfigManagerTest() : store_(RevisionStore::open("").value()) {
    EXPECT_TRUE(appliance_.apply(parse(kConfig)).ok());
    EXPECT_TRUE(manager_.start("test").ok());
    appliance_.event_source = &events_;
  }

  // The running configuration with these lines on top.
  Config with(std::string_view lines) {
    ConfigParse parsed = parseConfig(lines, manager_.running());
    EXPECT_TRUE(parsed.ok());
    return parsed.config;
  }
  Result<CommitResult> commit(std::string_view lines, int minutes = 0) {
    return manager_.commit(manager_.running(), with(lines),
                           {"alice", "", std::chrono::minutes(minutes)});
  }
  static Endpoint member(const char* text) { return *Endpoint::parse(text); }

  FakeAppliance appliance_;
  FakeEvents events_;
  std::unique_ptr<RevisionStore> store_;
  ConfigManager manager_{appliance_, *store_};
};

TEST_F(ConfigManagerTest, ACommitIsAppliedAndStored) {
  const auto done = commit("hostname lb\n");
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->revision, 2u);
  EXPECT_TRUE(done->changed);
  EXPECT_EQ(*appliance_.config().hostname, "lb");
  EXPECT_EQ(store_->read(2)->config, printConfig(appliance_.config()));
  EXPECT_EQ(store_->read(2)->who, "alice");
}

TEST_F(ConfigManagerTest, NothingIsStoredThatCannotBeApplied) {
  EXPECT_FALSE(commit("virtual shop\n  pool nowhere\n").ok());
  appliance_.refuse_apply = Error{ErrorCode::kExhausted, "full"};
  EXPECT_FALSE(commit("hostname lb\n").ok());
  EXPECT_EQ(manager_.head(), 1u);
  EXPECT_EQ(appliance_.config(), parse(kConfig));
}

TEST_F(ConfigManagerTest, NoChangeIsNoRevision) {
  const auto done = commit("");
  ASSERT_TRUE(done.ok());
  EXPECT_FALSE(done->changed);
  EXPECT_EQ(manager_.head(), 1u);
}

TEST_F(ConfigManagerTest, CheckHasNoEffect) {
  const auto checked = manager_.check(manager_.running(), with("hostname lb\n"));
  ASSERT_TRUE(checked.ok());
  EXPECT_TRUE(checked->changed);
  EXPECT_FALSE(manager_.check(manager_.running(), with("virtual shop\n  pool no\n")).ok());
  EXPECT_EQ(manager_.head(), 1u);
  EXPECT_EQ(appliance_.config(), parse(kConfig));
}

TEST_F(ConfigManagerTest, AStaleBaseIsMergedOrRefused) {
  const Config base = manager_.running();
  const Config mine = with("pool web\n  member 203.0.113.13:80\n");
  const Config clash = with("pool web\n  member 203.0.113.11:80 ratio 9\n");
  ASSERT_TRUE(commit("pool web\n  member 203.0.113.11:80 ratio 5\n").ok());
  const auto merged = manager_.commit(base, mine, {"bob", "", {}});
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_TRUE(merged->merged);
  EXPECT_EQ(manager_.running().pools[0].members.size(), 3u);
  EXPECT_EQ(manager_.running().pools[0].members[0].ratio, 5u);
  const auto refused = manager_.commit(base, clash, {"bob", "", {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message,
            "1 conflicts with what was committed since this session began; change these lines, or "
            "'rebase' to take what was committed\n  pool web: member 203.0.113.11:80: was 'member "
            "203.0.113.11:80', yours 'member 203.0.113.11:80 ratio 9', committed meanwhile 'member "
            "203.0.113.11:80 ratio 5'");
  const Rebased rebased = manager_.rebased(base, clash);
  EXPECT_EQ(rebased.config, manager_.running());
  EXPECT_EQ(rebased.lost.size(), 1u);
}

TEST_F(ConfigManagerTest, WhatIsNotConfirmedGoesBack) {
  ASSERT_TRUE(commit("hostname lb\n", 10).ok());
  EXPECT_EQ(manager_.tick(), "");
  appliance_.time += std::chrono::minutes(9);
  EXPECT_EQ(manager_.tick(), "");
  appliance_.time += std::chrono::minutes(1);
  EXPECT_EQ(manager_.tick(),
            "revision 2 was not confirmed and was taken back: revision 3 is in force");
  EXPECT_EQ(appliance_.config(), parse(kConfig));
  EXPECT_FALSE(manager_.pending().has_value());
  EXPECT_THAT(events_.told,
              ElementsAre("revision 2 by alice: ", "revision 2 by alice goes back in 600 s",
                          "back to revision 3 by sluice: revision 2 was not confirmed"));
}

TEST_F(ConfigManagerTest, WhatIsConfirmedStays) {
  ASSERT_TRUE(commit("hostname lb\n", 10).ok());
  EXPECT_TRUE(*manager_.confirm("alice"));
  EXPECT_EQ(events_.told.back(), "revision 2 by alice: confirmed");
  EXPECT_FALSE(*manager_.confirm("alice"));
  ASSERT_TRUE(commit("hostname lb2\n", 10).ok());
  // An empty commit confirms, too.
  EXPECT_TRUE(commit("")->confirmed);
  appliance_.time += std::chrono::hours(1);
  EXPECT_EQ(manager_.tick(), "");
  EXPECT_EQ(*manager_.running().hostname, "lb2");
}

TEST_F(ConfigManagerTest, PendingOnPendingGoesBackToTheLastConfirmed) {
  ASSERT_TRUE(commit("hostname a\n", 10).ok());
  ASSERT_TRUE(commit("hostname b\n", 10).ok());
  EXPECT_TRUE(*manager_.cancelPending("alice"));
  EXPECT_EQ(appliance_.config(), parse(kConfig));
  EXPECT_FALSE(*manager_.cancelPending("alice"));
}

TEST_F(ConfigManagerTest, ARestartAfterTheDeadlineStartsWithTheOneBefore) {
  ASSERT_TRUE(commit("hostname lb\n", 10).ok());
  const auto before = storedConfig(*store_, appliance_.time);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(*(*before)->hostname, "lb");
  const auto after = storedConfig(*store_, appliance_.time + std::chrono::minutes(11));
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(**after, parse(kConfig));
  EXPECT_EQ(store_->head(), 3u);
  EXPECT_FALSE(store_->pending().has_value());
}

TEST_F(ConfigManagerTest, OverridesComeBackAfterARestart) {
  ASSERT_TRUE(
      manager_.overrideMember("web", member("203.0.113.11:80"), AdminState::kDrain, "al").ok());
  ASSERT_TRUE(manager_.overrideWeight("web", member("203.0.113.11:80"), 7, "bo").ok());
  ASSERT_TRUE(manager_.overrideVirtual("shop", false, "al").ok());
  FakeAppliance again(parse(kConfig));
  ConfigManager manager(again, *store_);
  ASSERT_TRUE(manager.start("test").ok());
  EXPECT_EQ(again.overrides(), appliance_.overrides());
  EXPECT_EQ(again.overrides().members.begin()->second.weight, 7u);
  EXPECT_EQ(manager.overrides()[1].who, "bo");
  EXPECT_EQ(*manager.clearOverrides("member web 203.0.113.11:80", "al"), 2u);
  EXPECT_TRUE(again.overrides().members.empty());
  EXPECT_EQ(*manager.clearOverrides("", "al"), 1u);
}

TEST_F(ConfigManagerTest, OverridesOfWhatIsGoneAreDropped) {
  ASSERT_TRUE(
      manager_.overrideMember("web", member("203.0.113.12:80"), AdminState::kDown, "al").ok());
  ASSERT_TRUE(commit("pool web\n  no member 203.0.113.12:80\n").ok());
  EXPECT_TRUE(manager_.overrides().empty());
  EXPECT_TRUE(store_->overrides()->empty());
  EXPECT_FALSE(
      manager_.overrideMember("web", member("203.0.113.12:80"), AdminState::kUp, "al").ok());
}

}  // namespace
}  // namespace sluice::mgmt
