// SPDX-License-Identifier: Apache-2.0
#include "mgmt/schema/filter.h"

#include <gtest/gtest.h>

namespace sluice::mgmt {
namespace {

constexpr char kText[] = "pool web\n  member a\n  member b\nvirtual shop\n  pool web\n";

std::string filtered(std::string_view filter) {
  const FilterParse parsed = parseFilter(filter);
  EXPECT_EQ(parsed.error, "") << filter;
  const auto text = applyFilter(parsed.filter, kText);
  return text ? *text : text.error().message;
}

TEST(Filter, Lines) {
  EXPECT_EQ(filtered("include member"), "  member a\n  member b\n");
  EXPECT_EQ(filtered("inc ^pool|^virtual"), "pool web\nvirtual shop\n");
  EXPECT_EQ(filtered("exclude pool"), "  member a\n  member b\nvirtual shop\n");
  EXPECT_EQ(filtered("begin virt"), "virtual shop\n  pool web\n");
  EXPECT_EQ(filtered("section \"^pool web$\""), "pool web\n  member a\n  member b\n");
  EXPECT_EQ(filtered("count"), "Count: 5 lines\n");
  EXPECT_EQ(filtered("first 1"), "pool web\n");
  EXPECT_EQ(filtered("last 99"), kText);
  EXPECT_EQ(filtered("include ("), "bad regular expression: missing ): (");
}

TEST(Filter, MistakesArePointedAt) {
  EXPECT_EQ(parseFilter(" grep x").error, "% Invalid input detected at '^' marker.");
  EXPECT_EQ(parseFilter(" grep x").column, 2u);
  EXPECT_EQ(parseFilter(" include").error.substr(0, 21), "% Incomplete command.");
}

TEST(Filter, PipesAreCutOutsideOfQuotesAndWords) {
  const PipedLine line = splitPipes("show pools | include \"a | b\" | count");
  EXPECT_EQ(line.command, "show pools ");
  ASSERT_EQ(line.filters.size(), 2u);
  EXPECT_EQ(line.filters[0], " include \"a | b\" ");
  EXPECT_EQ(line.filters[1], " count");
  EXPECT_TRUE(splitPipes("expect string a|b").filters.empty());
}

}  // namespace
}  // namespace sluice::mgmt
