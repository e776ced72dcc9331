// SPDX-License-Identifier: Apache-2.0
// What a command tells, apart from how it is shown: tables, fields and text. The same report is
// rendered for people, fitted to the terminal, and as JSON with plain numbers in base units.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::mgmt {

// How a value is shown to people. JSON gets it as it is; null is shown as "-".
enum class Kind : uint8_t {
  kText,
  kCount,     // 37.3K
  kNumber,    // as it is
  kPercent,   // of 1
  kTime,      // milliseconds since 1970, shown as RFC 3339 in UTC
  kAge,       // milliseconds, shown as 00:12:43 or 5d12h
  kDuration,  // nanoseconds, shown as 3.2 ms
  kFlag,      // yes, no
};

struct Column {
  std::string key;  // in JSON
  std::string title;
  Kind kind = Kind::kText;
  // Columns with the highest number are left out first where a table is too wide; 0 = never.
  int drop = 0;
};

using Json = nlohmann::ordered_json;

struct Table {
  std::string key;    // in JSON: an array of objects
  std::string title;  // a line above it, for people; may be empty
  std::vector<Column> columns;
  std::vector<std::vector<Json>> rows;  // a value per column
  std::string empty;                    // said in place of a table without rows
};

struct Field {
  std::string key, title;
  Kind kind = Kind::kText;
  Json value;
};

struct Fields {
  std::string key;  // in JSON: an object; empty: members of the report itself
  std::string title;
  std::vector<Field> fields;
};

struct Text {
  std::string key;   // in JSON: a string; empty: for people only
  std::string text;  // whole lines
};

using Report = std::vector<std::variant<Table, Fields, Text>>;

// A report of one line for people.
Report say(std::string line);

// Fits tables to `width` columns (0 = any width) by leaving out columns, never by cutting names.
std::string toText(const Report& report, size_t width);
Json toJson(const Report& report);

std::string formatValue(const Json& value, Kind kind);

}  // namespace sluice::mgmt
