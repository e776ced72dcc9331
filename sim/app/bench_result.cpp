// SPDX-License-Identifier: Apache-2.0
#include "sim/app/bench_result.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

namespace sluice {
namespace {

// Four significant digits, with k, M, G from ten thousand on.
std::string number(double value) {
  const char* suffix = "";
  for (const char* next : {"k", "M", "G"}) {
    if (std::fabs(value) < 10'000) break;
    value /= 1000;
    suffix = next;
  }
  char text[32];
  std::snprintf(text, sizeof text, std::fabs(value) >= 1000 ? "%.0f%s" : "%.4g%s", value, suffix);
  return text;
}

bool addOnce(std::vector<std::string>& list, const std::string& name) {
  const bool fresh = std::find(list.begin(), list.end(), name) == list.end();
  if (fresh) list.push_back(name);
  return fresh;
}

// Subjects down, metrics across.
class Matrix {
 public:
  void add(const BenchRow& row) {
    addOnce(subjects_, row.subject);
    if (addOnce(metrics_, row.metric)) units_.push_back(row.unit);
    values_[{row.subject, row.metric}] = row.value;
  }

  std::string text() const {
    std::string text = head();
    for (const std::string& subject : subjects_) {
      std::string line = subject + std::string(kSubject - std::min(kSubject, subject.size()), ' ');
      for (const std::string& metric : metrics_) {
        const auto value = values_.find({subject, metric});
        line += cell(value == values_.end() ? "-" : number(value->second));
      }
      text += line + "\n";
    }
    return text;
  }

 private:
  static constexpr size_t kSubject = 24, kColumn = 8;

  static std::string cell(const std::string& text) {
    const size_t size = std::min(kColumn - 1, text.size());
    return std::string(kColumn - size, ' ') + text.substr(0, size);
  }

  // A metric's words stand one above the other, its unit below.
  std::string head() const {
    std::array<std::string, 3> lines;
    lines.fill(std::string(kSubject, ' '));
    for (size_t m = 0; m < metrics_.size(); ++m) {
      const std::string& metric = metrics_[m];
      const size_t space = std::min(metric.find(' '), metric.size());
      lines[0] += cell(metric.substr(0, space));
      lines[1] += cell(metric.substr(std::min(space + 1, metric.size())));
      lines[2] += cell(units_[m]);
    }
    std::string text;
    for (std::string& line : lines) {
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

  std::vector<std::string> subjects_, metrics_, units_;
  std::map<std::pair<std::string, std::string>, double> values_;
};

}  // namespace

std::string benchJson(const std::vector<BenchRow>& rows) {
  auto list = nlohmann::ordered_json::array();
  for (const BenchRow& row : rows) {
    nlohmann::ordered_json item = {{"bench", row.bench},
                                   {"case", row.subject},
                                   {"metric", row.metric},
                                   {"value", row.value},
                                   {"unit", row.unit}};
    item["ratio_to"] =
        row.ratio_to.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(row.ratio_to);
    item["ratio"] = row.ratio ? nlohmann::ordered_json(*row.ratio) : nlohmann::ordered_json();
    list.push_back(std::move(item));
  }
  return list.dump(2) + "\n";
}

std::string benchTable(const std::vector<BenchRow>& rows) {
  std::string text;
  char line[160];
  std::snprintf(line, sizeof line, "%-26s %-20s %10s %-9s %s\n", "case", "metric", "value", "unit",
                "ratio");
  text += line;
  std::string last;
  for (const BenchRow& row : rows) {
    std::string ratio;
    if (row.ratio) {
      std::snprintf(line, sizeof line, "%.3g", *row.ratio);
      ratio = line;
    }
    std::snprintf(line, sizeof line, "%-26s %-20s %10s %-9s %s\n",
                  row.subject == last ? "" : row.subject.c_str(), row.metric.c_str(),
                  number(row.value).c_str(), row.unit.c_str(), ratio.c_str());
    std::string trimmed = line;
    trimmed.erase(trimmed.find_last_not_of(" \n") + 1);
    text += trimmed + "\n";
    last = row.subject;
  }
  return text;
}

std::string benchMatrix(const std::vector<BenchRow>& rows) {
  std::vector<std::string> groups;
  std::map<std::string, Matrix> matrices;
  for (const BenchRow& row : rows) {
    const std::string group = row.subject.substr(0, row.subject.find(' '));
    addOnce(groups, group);
    matrices[group].add(row);
  }
  std::string text;
  for (const std::string& group : groups)
    text += (text.empty() ? "" : "\n") + matrices[group].text();
  return text;
}

double cpuSeconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace sluice
