// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/config_tree.h"

#include <gtest/gtest.h>

#include <set>

#include "firmware/control/config_text.h"

namespace sluice::mgmt {
namespace {

Config parse(std::string_view text) {
  ConfigParse parsed = parseConfig(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed.config;
}

constexpr char kBase[] =
    "hostname lb\n"
    "gateway 203.0.113.1\n"
    "access-list\n"
    "  10 permit tcp from any to any\n"
    "pool api\n"
    "  member 10.0.0.21:80\n"
    "pool web\n"
    "  algorithm maglev\n"
    "  member 10.0.0.11:80\n"
    "  member 10.0.0.12:80\n"
    "virtual shop\n"
    "  destination 203.0.113.10:80\n"
    "  pool web\n";

// The base with one line replaced (or removed, with its indented lines left alone).
Config with(std::string_view line, std::string_view by) {
  std::string text = kBase;
  const size_t at = text.find(line);
  EXPECT_NE(at, std::string::npos) << line;
  text.replace(at, line.size(), by);
  return parse(text);
}

TEST(ConfigTree, LinesAreTheTextAndKeysAreUnique) {
  const Config config = parse(kBase);
  std::string text;
  for (const ConfigLine& line : configLines(config)) {
    text += (line.block.empty() ? "" : "  ") + line.text + "\n";
  }
  EXPECT_EQ(text, printConfig(config));
  std::set<std::pair<std::string, std::string>> keys;
  for (const ConfigLine& line : configLines(config)) keys.insert({line.block, line.key});
  EXPECT_EQ(keys.size(), configLines(config).size());
}

TEST(ConfigTree, DiffShowsChangesUnderTheirBlock) {
  const Config to = parse(
      "hostname lb\ngateway 203.0.113.1\naccess-list\n  10 permit tcp from any to any\npool api\n"
      "  member 10.0.0.21:80\npool web\n  algorithm maglev\n  member 10.0.0.11:80 ratio 2\n"
      "  member 10.0.0.13:80\npool new\n  member 10.0.0.31:80\n");
  EXPECT_EQ(configDiff(parse(kBase), to),
            " pool web\n"
            "-  member 10.0.0.11:80\n"
            "+  member 10.0.0.11:80 ratio 2\n"
            "-  member 10.0.0.12:80\n"
            "+  member 10.0.0.13:80\n"
            "-virtual shop\n"
            "-  destination 203.0.113.10:80\n"
            "-  pool web\n"
            "+pool new\n"
            "+  member 10.0.0.31:80\n");
  EXPECT_EQ(configDiff(to, to), "");
}

TEST(ConfigTree, SectionsByWordAndName) {
  const Config config = parse(kBase);
  EXPECT_EQ(configSection(config, "pool", "api"), "pool api\n  member 10.0.0.21:80\n");
  EXPECT_EQ(configSection(config, "virtual", ""),
            "virtual shop\n  destination 203.0.113.10:80\n  pool web\n");
  EXPECT_EQ(configSection(config, "", ""), printConfig(config));
  EXPECT_EQ(configSection(config, "pool", "nope"), "");
}

TEST(ConfigTree, ChangesOfBothSidesAreMerged) {
  const Config mine =
      with("  member 10.0.0.12:80\n", "  member 10.0.0.12:80 ratio 3\n  member 10.0.0.14:80\n");
  const Config theirs = with("pool api\n", "pool fresh\n  member 10.0.0.99:80\npool api\n");
  const Merge merge = mergeConfigs(parse(kBase), mine, theirs);
  ASSERT_TRUE(merge.conflicts.empty()) << merge.conflicts[0].path;
  EXPECT_NE(findByName(merge.config.pools, "fresh"), nullptr);
  EXPECT_EQ(findByName(merge.config.pools, "web")->members.size(), 3u);
  EXPECT_EQ(findByName(merge.config.pools, "web")->members[1].ratio, 3u);
}

TEST(ConfigTree, TheSameLeafChangedTwiceIsAConflict) {
  const Merge merge = mergeConfigs(parse(kBase), with("algorithm maglev", "algorithm rendezvous"),
                                   with("algorithm maglev", "algorithm modulo"));
  ASSERT_EQ(merge.conflicts.size(), 1u);
  EXPECT_EQ(merge.conflicts[0].path, "pool web: algorithm");
  EXPECT_EQ(merge.conflicts[0].base, "algorithm maglev");
  EXPECT_EQ(merge.conflicts[0].mine, "algorithm rendezvous");
  EXPECT_EQ(merge.conflicts[0].theirs, "algorithm modulo");
  EXPECT_TRUE(mergeConfigs(parse(kBase), with("maglev", "modulo"), with("maglev", "modulo"))
                  .conflicts.empty());
}

TEST(ConfigTree, AChangeInABlockThatTheOtherSideRemovedIsAConflict) {
  const Config removed = with("pool api\n  member 10.0.0.21:80\n", "");
  const Config changed = with("member 10.0.0.21:80", "member 10.0.0.21:80\n  member 10.0.0.22:80");
  EXPECT_EQ(mergeConfigs(parse(kBase), changed, removed).conflicts.size(), 1u);
  EXPECT_EQ(mergeConfigs(parse(kBase), removed, changed).conflicts.size(), 1u);
  const Merge plain = mergeConfigs(parse(kBase), removed, parse(kBase));
  ASSERT_TRUE(plain.conflicts.empty());
  EXPECT_EQ(plain.config, removed);
}

}  // namespace
}  // namespace sluice::mgmt
