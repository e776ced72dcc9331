// SPDX-License-Identifier: Apache-2.0
// What a benchmark measured: rows, printed as a table for people or as JSON for programs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

struct BenchRow {
  std::string bench;    // "sim"
  std::string subject;  // the case: "rtl 64-byte"
  std::string metric;   // "packets per second"
  double value = 0;
  std::string unit;
  std::string ratio_to;  // the case that `ratio` refers to; empty = none
  std::optional<double> ratio;
};

// [{bench, case, metric, value, unit, ratio_to, ratio}]
std::string benchJson(const std::vector<BenchRow>& rows);
// A line per row, 80 columns; or tables of subjects by metrics, one for each first word of the
// subjects, 80 columns wide up to seven metrics.
std::string benchTable(const std::vector<BenchRow>& rows);
std::string benchMatrix(const std::vector<BenchRow>& rows);

// CPU time that this process has used, seconds. Benchmarks count this and not wall time, which
// depends on the neighbours.
double cpuSeconds();

struct BenchOptions {
  double seconds = 1;  // per measurement, about
  uint64_t seed = 1;
  std::string prices;  // file of prices for bench policies; empty = none
};

struct Bench {
  std::string name;
  std::string about;
  std::function<std::vector<BenchRow>(const BenchOptions&)> run;
  bool matrix = false;  // alternatives are compared: benchMatrix
};

Bench simBench();
Bench dispatchBench();
Bench policiesBench();
Bench updateBench();

}  // namespace sluice
