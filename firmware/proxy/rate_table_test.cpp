// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/rate_table.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::proxy {
namespace {

using namespace std::chrono_literals;

TEST(RateTableTest, SoManyAtOnceAndThenEvenly) {
  RateTable table;
  const auto take = [&](std::chrono::nanoseconds now) { return table.take("k", 4, 1s, now); };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(take(10s), 0ns);
  EXPECT_EQ(take(10s), 250ms);
  EXPECT_EQ(take(10s + 249ms), 1ms);
  EXPECT_EQ(take(10s + 250ms), 0ns);
  EXPECT_EQ(take(10s + 250ms), 250ms);
  // Of any second no more than twice that: what was saved, and what came in it.
  for (int i = 0; i < 4; ++i) EXPECT_EQ(take(20s), 0ns);
  EXPECT_GT(take(20s), 0ns);
}

TEST(RateTableTest, KeysHaveTheirOwn) {
  RateTable table;
  EXPECT_EQ(table.take("a", 1, 1s, 5s), 0ns);
  EXPECT_EQ(table.take("b", 1, 1s, 5s), 0ns);
  EXPECT_EQ(table.take("a", 1, 1s, 5s), 1s);
  EXPECT_EQ(table.keys(), 2u);
}

TEST(RateTableTest, LongKeysAreToldApart) {
  RateTable table;
  const std::string key(10'000, 'k');
  EXPECT_EQ(table.take(key + "a", 1, 1s, 5s), 0ns);
  EXPECT_EQ(table.take(key + "b", 1, 1s, 5s), 0ns);
  EXPECT_EQ(table.take(key + "a", 1, 1s, 5s), 1s);
}

TEST(RateTableTest, TheKeyThatWasSilentLongestGoes) {
  RecentTable<int> table(3);
  for (const char* key : {"a", "b", "c", "a", "d"}) ++table[key];
  EXPECT_EQ(table.find("b"), nullptr);
  EXPECT_EQ(*table.find("a"), 2);
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(table.evicted(), 1u);
  EXPECT_EQ(table.eraseIf([](int value) { return value == 1; }), 2u);
  EXPECT_EQ(table.find("c"), nullptr);
  EXPECT_EQ(table.size(), 1u);
}

}  // namespace
}  // namespace sluice::proxy
