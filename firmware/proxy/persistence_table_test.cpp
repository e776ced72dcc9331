// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/persistence_table.h"

#include <gtest/gtest.h>

namespace sluice::proxy {
namespace {

using namespace std::chrono_literals;

const Endpoint kOne = *Endpoint::parse("10.0.0.11:80"), kTwo = *Endpoint::parse("10.0.0.12:80");

ClientMark mark(const std::string& value, std::string_view pool = "p",
                std::string_view kind = "source") {
  return {"v", pool, kind, value};
}

TEST(PersistenceTableTest, ClientsAreKnownForATime) {
  PersistenceTable table;
  EXPECT_FALSE(table.find(mark("a"), 1s));
  table.set(mark("a"), kOne, 1s, 10s);
  EXPECT_EQ(table.find(mark("a"), 10'999ms), kOne);
  EXPECT_FALSE(table.find(mark("a"), 11s));
  EXPECT_FALSE(table.find(mark("a", "q"), 2s));
  EXPECT_FALSE(table.find(mark("a", "p", "header"), 2s));
  table.set(mark("a"), kTwo, 5s, 10s);
  EXPECT_EQ(table.find(mark("a"), 14s), kTwo);
  EXPECT_EQ(table.size(), 1u);
}

TEST(PersistenceTableTest, TheListHasTheYoungestFirstAndHidesCookies) {
  PersistenceTable table;
  table.set(mark("old"), kOne, 1s, 10s);
  table.set(mark("0123456789", "p", "cookie"), kTwo, 2s, 10s);
  table.set(mark("gone"), kOne, 2s, 1s);
  const auto all = table.list(10, 5s);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].shown, "0123...");
  EXPECT_EQ(all[0].member, kTwo);
  EXPECT_EQ(all[1].shown, "old");
  EXPECT_EQ(table.list(1, 5s).size(), 1u);
}

TEST(PersistenceTableTest, ClearsWhatTheFilterSays) {
  PersistenceTable table;
  table.set(mark("a"), kOne, 1s, 10s);
  table.set(mark("b"), kTwo, 1s, 10s);
  table.set(mark("a", "q"), kOne, 1s, 10s);
  EXPECT_EQ(table.clear({"w", "", {}}), 0u);
  EXPECT_EQ(table.clear({"v", "p", kOne}), 1u);
  EXPECT_FALSE(table.find(mark("a"), 2s));
  EXPECT_TRUE(table.find(mark("b"), 2s));
  EXPECT_EQ(table.clear({}), 2u);
}

TEST(PersistenceTableTest, IsBounded) {
  PersistenceTable table;
  for (size_t i = 0; i <= PersistenceTable::kMost; ++i)
    table.set(mark(std::to_string(i)), kOne, 1s, 10s);
  EXPECT_EQ(table.size(), PersistenceTable::kMost);
  EXPECT_FALSE(table.find(mark("0"), 2s));
  EXPECT_TRUE(table.find(mark("1"), 2s));
}

}  // namespace
}  // namespace sluice::proxy
