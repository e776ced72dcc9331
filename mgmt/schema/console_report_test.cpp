// SPDX-License-Identifier: Apache-2.0
#include "mgmt/schema/console_report.h"

#include <gtest/gtest.h>

namespace sluice::mgmt {
namespace {

Table members() {
  return {"members",
          "",
          {{"member", "Member"},
           {"packets", "Packets", Kind::kCount, 1},
           {"since", "Since", Kind::kAge, 2}},
          {{"10.0.0.11:80", 1'234'567, 763'000}, {"[2001:db8::1]:80", 12, nullptr}},
          ""};
}

TEST(Report, TablesAreAlignedAndNumbersScaled) {
  EXPECT_EQ(toText(Report{members()}, 80),
            "Member            Packets     Since\n"
            "----------------  -------  --------\n"
            "10.0.0.11:80         1.2M  00:12:43\n"
            "[2001:db8::1]:80       12         -\n");
}

TEST(Report, TablesThatAreTooWideLoseTheirLeastColumns) {
  EXPECT_EQ(toText(Report{members()}, 30),
            "Member            Packets\n"
            "----------------  -------\n"
            "10.0.0.11:80         1.2M\n"
            "[2001:db8::1]:80       12\n");
}

TEST(Report, JsonHasAllColumnsAndPlainNumbers) {
  EXPECT_EQ(toJson(Report{members()}).dump(),
            R"({"members":[{"member":"10.0.0.11:80","packets":1234567,"since":763000},)"
            R"({"member":"[2001:db8::1]:80","packets":12,"since":null}]})");
}

TEST(Report, FieldsAndEmptyTables) {
  Table none = members();
  none.rows.clear();
  none.empty = "No members.";
  const Report report{
      Fields{"", "", {{"engine", "Engine", Kind::kText, "rtl"}, {"up", "Up", Kind::kFlag, true}}},
      none};
  EXPECT_EQ(toText(report, 80), "Engine : rtl\nUp     : yes\n\nNo members.\n");
  EXPECT_EQ(toJson(report).dump(), R"({"engine":"rtl","up":true,"members":[]})");
}

TEST(Report, Values) {
  EXPECT_EQ(formatValue(9'999, Kind::kCount), "9999");
  EXPECT_EQ(formatValue(10'000, Kind::kCount), "10.0K");
  EXPECT_EQ(formatValue(999'960, Kind::kCount), "1.0M");
  EXPECT_EQ(formatValue(0.5, Kind::kPercent), "50.0%");
  EXPECT_EQ(formatValue(0, Kind::kTime), "never");
  EXPECT_EQ(formatValue(1'000, Kind::kTime), "1970-01-01T00:00:01Z");
  EXPECT_EQ(formatValue(475'200'000, Kind::kAge), "5d12h");
  EXPECT_EQ(formatValue(3'200'000, Kind::kDuration), "3.2 ms");
}

}  // namespace
}  // namespace sluice::mgmt
