// SPDX-License-Identifier: Apache-2.0
#include "sim/app/bench_result.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
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

double cpuSeconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace sluice
