// SPDX-License-Identifier: Apache-2.0
// docs/configuration.md holds the generated reference. SLUICE_UPDATE_GOLDEN=1 rewrites it.
#include "firmware/control/config_reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "firmware/control/config_statements.h"
#include "firmware/control/config_text.h"

namespace sluice {
namespace {

constexpr char kPage[] = "docs/configuration.md";

std::string readPage() {
  std::ifstream file(kPage);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(ConfigReference, ThePageIsFresh) {
  const std::string page = readPage();
  const size_t marker = page.find(kReferenceMarker);
  ASSERT_NE(marker, std::string::npos) << kPage;
  const std::string wanted = page.substr(0, marker) + kReferenceMarker + configReference();
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(kPage) << wanted;
    return;
  }
  EXPECT_EQ(page, wanted) << "SLUICE_UPDATE_GOLDEN=1 config_reference_test rewrites it";
}

TEST(ConfigReference, TheExampleOfThePageLoads) {
  const std::string page = readPage();
  const size_t begin = page.find("```\n") + 4;
  const std::string example = page.substr(begin, page.find("```", begin) - begin);
  const auto loaded = loadConfig(example, kPage);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->warnings, "");
  EXPECT_EQ(printConfig(loaded->config), example);
}

TEST(ConfigReference, EveryStatementHasHelpAndEffects) {
  for (const Statement& row : statements()) {
    EXPECT_FALSE(row.help.empty()) << row.syntax.describe();
    EXPECT_TRUE(row.apply && row.dump) << row.syntax.describe();
    EXPECT_EQ(row.no_syntax.has_value(), static_cast<bool>(row.remove)) << row.syntax.describe();
    EXPECT_EQ(row.opens.has_value(), static_cast<bool>(row.enter)) << row.syntax.describe();
  }
}

}  // namespace
}  // namespace sluice
