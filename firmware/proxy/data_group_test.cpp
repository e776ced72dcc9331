// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/data_group.h"

#include <gtest/gtest.h>

namespace sluice::proxy {
namespace {

using Kind = DataGroup::Entry::Kind;

DataGroup::Entry text(const std::string& value) { return {.kind = Kind::kText, .text = value}; }

std::string listOf(const std::vector<DataGroup::Entry>& entries) {
  std::string all;
  for (const auto& entry : entries) all += toText(entry) + ";";
  return all;
}

TEST(DataGroupTest, PrefixesOfAllLengthsAreFound) {
  DataGroupTable table;
  for (const char* prefix : {"/a", "/api/", "/long/one"})
    table.add({.kind = Kind::kPrefix, .text = prefix});
  EXPECT_TRUE(table.holds("/ax"));
  EXPECT_TRUE(table.holds("/long/one"));
  EXPECT_FALSE(table.holds("/long"));
  EXPECT_FALSE(table.holds(""));
  EXPECT_FALSE(table.holdsHost("/ax"));
}

TEST(DataGroupTest, AnEmptyPrefixHoldsAll) {
  DataGroupTable table;
  table.add({.kind = Kind::kPrefix, .text = ""});
  EXPECT_TRUE(table.holds(""));
  EXPECT_TRUE(table.holds("x"));
}

TEST(DataGroupTest, NetworksOfBothFamilies) {
  DataGroupTable table;
  table.add({.kind = Kind::kNetwork, .network = *IpPrefix::parse("10.1.2.3/8")});
  table.add({.kind = Kind::kNetwork, .network = *IpPrefix::parse("2001:db8::/32")});
  EXPECT_TRUE(table.holds(*IpAddress::parse("10.200.0.1")));
  EXPECT_FALSE(table.holds(*IpAddress::parse("11.0.0.1")));
  EXPECT_TRUE(table.holds(*IpAddress::parse("2001:db8:ffff::1")));
  EXPECT_FALSE(table.holds(*IpAddress::parse("a00::1")));
}

TEST(DataGroupTest, EditsAddAndTakeAwayAndAreTakenBack) {
  const DataGroup group{.name = "g", .position = {}, .entries = {text("a"), text("b")}};
  DataGroupEdits edits;
  EXPECT_TRUE(addEntry(group, edits, text("c")).ok());
  EXPECT_TRUE(removeEntry(group, edits, text("a")).ok());
  EXPECT_EQ(listOf(entriesOf(group, &edits)), "text b;text c;");
  EXPECT_FALSE(addEntry(group, edits, text("c")).ok());
  EXPECT_FALSE(addEntry(group, edits, text("b")).ok());
  EXPECT_FALSE(removeEntry(group, edits, text("a")).ok());
  EXPECT_FALSE(removeEntry(group, edits, text("x")).ok());
  EXPECT_TRUE(addEntry(group, edits, text("a")).ok());
  EXPECT_TRUE(removeEntry(group, edits, text("c")).ok());
  EXPECT_EQ(edits.added.size() + edits.removed.size(), 0u);
}

TEST(DataGroupTest, AnEntryThatTheConfigurationCameToHaveIsTakenAwayAllTheSame) {
  DataGroup group{.name = "g", .position = {}, .entries = {}};
  DataGroupEdits edits;
  EXPECT_TRUE(addEntry(group, edits, text("a")).ok());
  group.entries = {text("a")};
  EXPECT_EQ(listOf(entriesOf(group, &edits)), "text a;");
  EXPECT_TRUE(removeEntry(group, edits, text("a")).ok());
  EXPECT_EQ(listOf(entriesOf(group, &edits)), "");
}

}  // namespace
}  // namespace sluice::proxy
