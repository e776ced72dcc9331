// SPDX-License-Identifier: Apache-2.0
// What transcripts do not show: states, statuses, sessions beside each other, JSON everywhere.
#include "mgmt/core/console_session.h"

#include <cstdlib>
#include <random>
#include <sstream>

#include "mgmt/core/console_fixture.h"

namespace sluice::mgmt {
namespace {

class ConsoleSessionTest : public ConsoleFixture {};

TEST_F(ConsoleSessionTest, WhatRunningConfigPrintsPastesBack) {
  const std::string text = good("show running-config");
  EXPECT_EQ(text, printConfig(appliance_.config()));
  good("configure");
  for (const char* line :
       {"no virtual api", "no virtual shop", "no pool web", "no pool api", "no monitor http-basic",
        "no gateway 203.0.113.1", "no interface client", "no interface server"})
    good(line);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) good(line);
  EXPECT_EQ(good("compare"), "No differences.\n");
  EXPECT_EQ(good("show candidate"), text);
}

TEST_F(ConsoleSessionTest, FlatTextPastesBackToo) {
  good("configure");
  for (const char* line : {"pool web", "member 10.0.0.13:80", "monitor http-basic", "virtual two",
                           "destination 203.0.113.12:80", "pool api", "!", "hostname lb"})
    good(line);
  const Config& candidate = session_->edit()->editor.candidate();
  EXPECT_EQ(findByName(candidate.pools, "web")->members.size(), 3u);
  EXPECT_EQ(*findByName(candidate.virtuals, "two")->pool, "api");
  EXPECT_EQ(*candidate.hostname, "lb");
}

TEST_F(ConsoleSessionTest, StatusesAreThoseOfTheCommandLine) {
  EXPECT_EQ(run("show version").status, LineStatus::kDone);
  EXPECT_EQ(run("  ").status, LineStatus::kDone);
  EXPECT_EQ(run("! comment").status, LineStatus::kDone);
  EXPECT_EQ(run("show pools nope").status, LineStatus::kFailed);
  EXPECT_EQ(run("shw").status, LineStatus::kNotUnderstood);
  EXPECT_EQ(run("show p").status, LineStatus::kNotUnderstood);
  good("configure");
  good("virtual shop");
  good("pool nowhere");
  EXPECT_EQ(run("commit").status, LineStatus::kInvalidConfiguration);
  EXPECT_EQ(run("end").status, LineStatus::kInvalidConfiguration);
  EXPECT_EQ(run(std::string("a\0b", 3)).status, LineStatus::kNotUnderstood);
}

TEST_F(ConsoleSessionTest, EveryFailureIsAsAutomationExpectsIt) {
  good("configure");
  for (const char* line : {"nonsense", "show", "show p", "pool", "rollback 40", "commit check x",
                           "show pools nope", "pool web member"}) {
    const LineAnswer answer = run(line);
    EXPECT_NE(answer.status, LineStatus::kDone) << line;
    EXPECT_TRUE(answer.output.find("% Invalid input detected at '^' marker.") !=
                    std::string::npos ||
                answer.output.find("% Incomplete command.") != std::string::npos ||
                answer.output.find("% Ambiguous command: \"") != std::string::npos ||
                answer.output.find("% Error: ") != std::string::npos)
        << line << "\n"
        << answer.output;
  }
}

TEST_F(ConsoleSessionTest, PromptsTellWhereOneIs) {
  EXPECT_EQ(session_->prompt(), "sluice#");
  good("configure session grow");
  EXPECT_EQ(session_->prompt(), "sluice(config-s-grow)#");
  good("pool web");
  EXPECT_EQ(session_->prompt(), "sluice(config-s-grow-pool-web)#");
  good("member 10.0.0.13:80");
  EXPECT_EQ(session_->prompt(), "sluice(config-s-grow*-pool-web)#");
  good("abort");
  good("configure terminal");
  EXPECT_EQ(session_->prompt(), "sluice(config)#");
}

TEST_F(ConsoleSessionTest, TwoSessionsMerge) {
  ConsoleSession bob(console_, {"bob"});
  good("configure");
  EXPECT_EQ(bob.execute("configure").status, LineStatus::kDone);
  good("pool web");
  good("member 10.0.0.13:80");
  bob.execute("pool web");
  bob.execute("member 10.0.0.14:80");
  good("commit");
  const LineAnswer merged = bob.execute("commit");
  EXPECT_EQ(merged.status, LineStatus::kDone) << merged.output;
  EXPECT_NE(merged.output.find("Merged with"), std::string::npos);
  EXPECT_EQ(findByName(appliance_.config().pools, "web")->members.size(), 4u);
  // Now both change the same.
  good("top");
  good("hostname a");
  bob.execute("top");
  bob.execute("hostname b");
  good("rebase");
  good("commit");
  const LineAnswer refused = bob.execute("commit");
  EXPECT_EQ(refused.status, LineStatus::kInvalidConfiguration);
  EXPECT_NE(refused.output.find("hostname: was nothing, yours 'hostname b', committed meanwhile "
                                "'hostname a'"),
            std::string::npos)
      << refused.output;
  EXPECT_NE(bob.execute("rebase").output.find("taken as committed: hostname"), std::string::npos);
  EXPECT_EQ(bob.execute("commit").output, "no changes to commit\n");
}

TEST_F(ConsoleSessionTest, CommitsAndOverridesAreReported) {
  events_.told.clear();
  good("member web 10.0.0.11:80 drain");
  good("configure");
  good("hostname lb");
  good("commit comment because");
  EXPECT_EQ(events_.told,
            (std::vector<std::string>{"member web 10.0.0.11:80: drain by alice (console)",
                                      "revision 2 by alice (console): because"}));
}

TEST_F(ConsoleSessionTest, EveryShowHasJson) {
  size_t shown = 0;
  for (const Command& command : consoleCommands()) {
    if (command.syntax.words()[0] != "show" || command.mode == CommandMode::kConfig) continue;
    std::string line;
    for (const std::string& word : command.syntax.words()) line += word + " ";
    const LineAnswer plain = run(line);
    if (plain.status != LineStatus::kDone) continue;  // wants a value
    const Json json = Json::parse(run(line + "| json").output, nullptr, false);
    EXPECT_TRUE(json.is_object()) << line;
    ++shown;
  }
  EXPECT_GE(shown, 20u);
}

TEST_F(ConsoleSessionTest, TablesFitTheTerminal) {
  for (const char* line :
       {"show interfaces", "show arp", "show virtuals", "show pools", "show members",
        "show monitors", "show connections", "show counters", "show revisions", "show alarms",
        "show overrides", "show users", "show tables"}) {
    std::istringstream lines(good(line));
    for (std::string text; std::getline(lines, text);)
      EXPECT_LE(text.size(), 80u) << line << ": " << text;
  }
}

TEST_F(ConsoleSessionTest, FiltersOfConnectionsAreUnderstood) {
  good(
      "show connections client 198.51.100.7 client-port 4711 member 10.0.0.11 protocol tcp pool "
      "web");
  EXPECT_EQ(traffic_.asked.client->toString(), "198.51.100.7/32");
  EXPECT_EQ(traffic_.asked.client_port, 4711);
  EXPECT_EQ(traffic_.asked.member->toString(), "10.0.0.11/32");
  EXPECT_EQ(traffic_.asked.protocol, 6);
  EXPECT_EQ(traffic_.asked.pool, "web");
  EXPECT_FALSE(traffic_.asked.destination.has_value());
  good("explain udp 198.51.100.7:5 > 203.0.113.11:53 interface client");
  EXPECT_EQ(traffic_.explained.protocol, 17);
  EXPECT_EQ(traffic_.explained.interface, "client");
}

TEST_F(ConsoleSessionTest, WithoutSourcesTheConsoleSaysSo) {
  appliance_.health_source = nullptr;
  appliance_.event_source = nullptr;
  appliance_.traffic_source = nullptr;
  EXPECT_EQ(run("show logging").output, "% Error: this appliance keeps no log\n");
  EXPECT_EQ(run("show connections").status, LineStatus::kFailed);
  good("show members");
  good("show monitors");
  good("show tech-support");
}

// Random edits by console: whatever the order, what runs is what is stored, and every refused
// commit leaves everything as it was.
TEST_F(ConsoleSessionTest, AThousandRandomEdits) {
  const char* given = std::getenv("SLUICE_SEED");
  const auto seed = given != nullptr ? static_cast<uint32_t>(std::atoi(given)) : 20261123u;
  SCOPED_TRACE("repeat with: SLUICE_SEED=" + std::to_string(seed) + " console_session_test");
  std::mt19937 random(seed);
  const auto pick = [&](auto... words) {
    const std::string all[] = {words...};
    return all[random() % (sizeof all / sizeof *all)];
  };
  good("configure");
  int committed = 0, refused = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string member = "10.0.0." + std::to_string(11 + random() % 30) + ":80";
    good("top");
    good("pool " + pick("web", "api", "other"));
    run(pick("member " + member, "no member " + member,
             "member " + member + " ratio " + std::to_string(1 + random() % 9), "alg maglev",
             "algorithm rendezvous", "no algorithm", "member " + member + " drain"));
    if (random() % 8 == 0)
      run(pick("no pool other", "virtual shop", "no virtual api", "virtual api"));
    if (random() % 5 == 0)
      run(pick("pool other", "pool web", "destination 203.0.113.11:53 protocol udp"));
    const Config before = appliance_.config();
    const LineStatus status = run("commit").status;
    committed += status == LineStatus::kDone ? 1 : 0;
    refused += status == LineStatus::kInvalidConfiguration ? 1 : 0;
    if (status != LineStatus::kDone) {
      ASSERT_EQ(appliance_.config(), before);
      good("rollback 0");
    }
    ASSERT_EQ(store_->read(store_->head())->config, printConfig(appliance_.config()));
  }
  EXPECT_GT(committed, 500);
  EXPECT_EQ(committed + refused, 1000);
}

class Roles : public ConsoleFixture {
 protected:
  void SetUp() override {
    good("configure");
    good("user alice role administrator");
    good("user bob role operator");
    good("commit");
    good("exit");
  }
  LineAnswer runAs(const ConsoleUser& user, const char* line) {
    ConsoleSession session(console_, user);
    return session.execute(line);
  }
};

TEST_F(Roles, OperatorsMayLook) {
  for (const char* line : {"show members", "show running-config", "show revisions", "show users",
                           "explain tcp 198.51.100.7:4711 > 203.0.113.10:80", "terminal length 0",
                           "show tech-support", "exit"}) {
    EXPECT_EQ(runAs({"bob"}, line).status, LineStatus::kDone) << line;
  }
  EXPECT_NE(runAs({"bob"}, "show privilege").output.find("level is 1\n"), std::string::npos);
}

TEST_F(Roles, OperatorsMayDoNothingElse) {
  for (const Command& command : consoleCommands()) {
    const std::string word = command.syntax.words().front();
    if (word == "clear" || word == "member" || word == "virtual" || word == "configure" ||
        word == "commit" || word == "rollback" || word == "capture" || word == "data-group") {
      EXPECT_EQ(command.access, Access::kAdministrator) << command.syntax.describe();
    }
  }
  for (const char* line : {"configure", "configure terminal", "clear counters", "clear overrides",
                           "member web 10.0.0.11:80 drain", "virtual shop disable",
                           "capture start c ingress /tmp/c.pcapng", "enable", "commit confirm"}) {
    const LineAnswer answer = runAs({"bob"}, line);
    EXPECT_EQ(answer.status, LineStatus::kFailed) << line;
    EXPECT_EQ(answer.output,
              "% Error: not permitted: this takes the role administrator, and user bob is "
              "operator; operators may look (`show`)\n");
  }
  EXPECT_TRUE(manager_.overrides().empty());
}

TEST_F(Roles, WhoIsNotNamedIsAnOperatorAndTheOwnerAnAdministrator) {
  EXPECT_EQ(runAs({"carol"}, "clear counters").status, LineStatus::kFailed);
  EXPECT_EQ(runAs({"root", true}, "clear counters").status, LineStatus::kDone);
  EXPECT_EQ(runAs({"alice"}, "clear counters").status, LineStatus::kDone);
}

TEST_F(Roles, ACommitCountsAtOnce) {
  ConsoleSession session(console_, {"bob"});
  EXPECT_EQ(session.execute("clear counters").status, LineStatus::kFailed);
  good("configure");
  good("no user bob");
  good("no user alice");
  good("commit");
  EXPECT_EQ(session.execute("clear counters").status, LineStatus::kDone);
}

// Whoever edits when the right to commit is taken away can still leave.
TEST_F(Roles, AnOpenEditCanBeLeft) {
  ConsoleSession session(console_, {"alice"});
  EXPECT_EQ(session.execute("configure").status, LineStatus::kDone);
  EXPECT_EQ(session.execute("hostname mine").status, LineStatus::kDone);
  good("configure");
  good("user alice role operator");
  good("commit");
  EXPECT_EQ(session.execute("commit").status, LineStatus::kFailed);
  EXPECT_EQ(session.execute("abort").status, LineStatus::kDone);
  EXPECT_EQ(*appliance_.config().hostname, "sluice");
}

}  // namespace
}  // namespace sluice::mgmt
