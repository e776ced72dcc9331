// SPDX-License-Identifier: Apache-2.0
#include "mgmt/schema/console_report.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <optional>

namespace sluice::mgmt {

namespace {

std::string print(const char* format, auto... values) {
  char text[64];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

// Three digits and a letter from 10,000 on.
std::string formatCount(double value) {
  if (value < 10'000) return print("%.0f", value);
  constexpr char kUnits[] = "KMGTPE";
  size_t unit = 0;
  value /= 1000;
  while (value >= 999.95 && unit + 2 < sizeof kUnits) {
    value /= 1000;
    ++unit;
  }
  return print(value < 100 ? "%.1f%c" : "%.0f%c", value, kUnits[unit]);
}

std::string formatTime(int64_t ms) {
  if (ms == 0) return "never";
  const std::time_t seconds = ms / 1000;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text;
}

std::string formatAge(int64_t ms) {
  const int64_t s = std::max<int64_t>(ms, 0) / 1000;
  if (s >= 86'400) return print("%" PRId64 "d%02" PRId64 "h", s / 86'400, s / 3600 % 24);
  return print("%02" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60, s % 60);
}

std::string formatNs(double ns) {
  if (ns < 1e3) return print("%.0f ns", ns);
  if (ns < 1e6) return print("%.1f us", ns / 1e3);
  if (ns < 1e9) return print("%.1f ms", ns / 1e6);
  return print("%.1f s", ns / 1e9);
}

bool alignsRight(Kind kind) {
  return kind == Kind::kCount || kind == Kind::kNumber || kind == Kind::kPercent ||
         kind == Kind::kAge || kind == Kind::kDuration;
}

size_t widthOf(std::string_view text) {
  // Bytes that continue a UTF-8 character take no column.
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(std::string_view text, size_t width, bool right) {
  const std::string space(width - std::min(width, widthOf(text)), ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

void endLine(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

class TablePrinter {
 public:
  TablePrinter(const Table& table, size_t width) : table_(table) {
    for (const auto& row : table.rows) {
      cells_.emplace_back();
      for (size_t c = 0; c < table.columns.size(); ++c) {
        cells_.back().push_back(formatValue(row[c], table.columns[c].kind));
      }
    }
    for (size_t c = 0; c < table.columns.size(); ++c) {
      widths_.push_back(widthOf(table.columns[c].title));
      for (const auto& row : cells_) widths_[c] = std::max(widths_[c], widthOf(row[c]));
      shown_.push_back(true);
    }
    while (width != 0 && total() > width && dropOne()) {
    }
  }

  std::string print() const {
    std::string text, rule;
    for (size_t c = 0; c < widths_.size(); ++c) {
      if (!shown_[c]) continue;
      const bool right = alignsRight(table_.columns[c].kind);
      text += padded(table_.columns[c].title, widths_[c], right) + "  ";
      rule += std::string(widths_[c], '-') + "  ";
    }
    endLine(text);
    endLine(rule);
    text += rule;
    for (const auto& row : cells_) {
      for (size_t c = 0; c < widths_.size(); ++c) {
        if (!shown_[c]) continue;
        text += padded(row[c], widths_[c], alignsRight(table_.columns[c].kind)) + "  ";
      }
      endLine(text);
    }
    return text;
  }

 private:
  size_t total() const {
    size_t sum = 0;
    for (size_t c = 0; c < widths_.size(); ++c) sum += shown_[c] ? widths_[c] + 2 : 0;
    return sum < 2 ? 0 : sum - 2;
  }
  bool dropOne() {
    std::optional<size_t> least;
    for (size_t c = 0; c < widths_.size(); ++c) {
      const int drop = table_.columns[c].drop;
      if (!shown_[c] || drop == 0) continue;
      if (!least || drop >= table_.columns[*least].drop) least = c;
    }
    if (!least) return false;
    shown_[*least] = false;
    return true;
  }

  const Table& table_;
  std::vector<std::vector<std::string>> cells_;
  std::vector<size_t> widths_;
  std::vector<bool> shown_;
};

std::string toText(const Table& table, size_t width) {
  std::string text = table.title.empty() ? "" : table.title + "\n";
  if (table.rows.empty()) return text + (table.empty.empty() ? "None." : table.empty) + "\n";
  return text + TablePrinter(table, width).print();
}

std::string toText(const Fields& fields) {
  std::string text = fields.title.empty() ? "" : fields.title + "\n";
  size_t width = 0;
  for (const Field& field : fields.fields) width = std::max(width, widthOf(field.title));
  for (const Field& field : fields.fields) {
    text += padded(field.title, width, false) + " : " + formatValue(field.value, field.kind);
    endLine(text);
  }
  return text;
}

Json toJson(const Table& table) {
  Json array = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (size_t c = 0; c < table.columns.size(); ++c) object[table.columns[c].key] = row[c];
    array.push_back(std::move(object));
  }
  return array;
}

void addJson(const Fields& fields, Json& document) {
  Json& target = fields.key.empty() ? document : document[fields.key];
  for (const Field& field : fields.fields) target[field.key] = field.value;
}

}  // namespace

std::string formatValue(const Json& value, Kind kind) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  switch (kind) {
    case Kind::kCount:
      return formatCount(value.get<double>());
    case Kind::kPercent:
      return print("%.1f%%", value.get<double>() * 100);
    case Kind::kTime:
      return formatTime(value.get<int64_t>());
    case Kind::kAge:
      return formatAge(value.get<int64_t>());
    case Kind::kDuration:
      return formatNs(value.get<double>());
    case Kind::kFlag:
      return value.get<bool>() ? "yes" : "no";
    case Kind::kText:
    case Kind::kNumber:
      break;
  }
  return value.dump();
}

Report say(std::string line) { return {Text{"", std::move(line) + "\n"}}; }

std::string toText(const Report& report, size_t width) {
  std::string text;
  for (const auto& section : report) {
    if (!text.empty() && !std::holds_alternative<Text>(section)) text += '\n';
    if (const auto* table = std::get_if<Table>(&section)) text += toText(*table, width);
    if (const auto* fields = std::get_if<Fields>(&section)) text += toText(*fields);
    if (const auto* lines = std::get_if<Text>(&section)) text += lines->text;
  }
  return text;
}

Json toJson(const Report& report) {
  Json document = Json::object();
  for (const auto& section : report) {
    if (const auto* table = std::get_if<Table>(&section)) document[table->key] = toJson(*table);
    if (const auto* fields = std::get_if<Fields>(&section)) addJson(*fields, document);
    const auto* lines = std::get_if<Text>(&section);
    if (lines != nullptr && !lines->key.empty()) document[lines->key] = lines->text;
  }
  return document;
}

}  // namespace sluice::mgmt
