// SPDX-License-Identifier: Apache-2.0
#include "sim/app/bench_result.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "sim/app/policy_prices.h"

namespace sluice {
namespace {

const std::vector<BenchRow> kRows = {
    {"b", "ring maglev", "member skew", 1.014, "x ideal", "", {}},
    {"b", "ring maglev", "broken +1", 5.1, "%", "", {}},
    {"b", "ring modulo", "member skew", 123'456, "x ideal", "", {}},
    {"b", "hash crc", "bit bias", 1, "worst", "", {}},
};

TEST(BenchResult, MatrixHasATablePerGroupAndADashForNothing) {
  EXPECT_EQ(benchMatrix(kRows),
            "                          member  broken\n"
            "                            skew      +1\n"
            "                         x ideal       %\n"
            "ring maglev                1.014     5.1\n"
            "ring modulo               123.5k       -\n"
            "\n"
            "                             bit\n"
            "                            bias\n"
            "                           worst\n"
            "hash crc                       1\n");
}

TEST(BenchResult, TableNamesASubjectOnce) {
  EXPECT_EQ(benchTable({kRows[0], kRows[1]}),
            "case                       metric                    value unit      ratio\n"
            "ring maglev                member skew               1.014 x ideal\n"
            "                           broken +1                   5.1 %\n");
}

class Prices : public testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(path_) << text; }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string message() {
    auto rows = kRows;
    try {
      addPrices(path_, rows);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  const std::string path_ = testing::TempDir() + "/sluice-prices-" + std::to_string(getpid());
};

TEST_F(Prices, OfMeasuredCasesOnly) {
  write(R"({"prices": [
    {"case": "hash crc", "metric": "cells", "value": 17, "unit": "gates"},
    {"case": "hash md5", "metric": "cells", "value": 99, "unit": "gates"}]})");
  auto rows = kRows;
  addPrices(path_, rows);
  ASSERT_EQ(rows.size(), kRows.size() + 1);
  EXPECT_EQ(rows.back().subject, "hash crc");
  EXPECT_EQ(rows.back().value, 17);
}

TEST_F(Prices, ErrorsNameTheFile) {
  EXPECT_EQ(message(), path_ + ": cannot be read; ./sluice synth policies writes it");
  write("{}");
  EXPECT_NE(message().find(path_ + ": not a price list: "), std::string::npos) << message();
}

}  // namespace
}  // namespace sluice
