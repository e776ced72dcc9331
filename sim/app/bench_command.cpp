// SPDX-License-Identifier: Apache-2.0
// `sluice bench NAME`: measurements, as programs.
#include <array>
#include <fstream>
#include <iostream>

#include "sim/app/bench_result.h"
#include "sim/app/command.h"

namespace sluice {

namespace po = boost::program_options;

int runBench(std::span<const std::string> arguments) {
  const std::array<Bench, 4> benches = {simBench(), dispatchBench(), policiesBench(),
                                        updateBench()};
  std::string about = "Measures, and prints a table. Ratios are to a peer in the same run.\n";
  for (const Bench& bench : benches)
    about += "\n  " + bench.name + std::string(10 - bench.name.size(), ' ') + bench.about;

  about += "\n  live      wrk through the appliance, HAProxy and nginx: ./sluice bench live --help";

  std::string wanted;
  BenchOptions bench_options;
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("name", po::value(&wanted)->value_name("NAME"), "benchmark; all of them without a name")
      ("seconds", po::value(&bench_options.seconds)->default_value(1), "time per measurement, about")
      ("seed", po::value(&bench_options.seed)->default_value(1), "seed of generated input")
      ("prices", po::value(&bench_options.prices)->value_name("FILE"),
       "policies: what the alternatives cost, from ./sluice synth policies")
      ("json", "result as JSON")
      ("help,h", "this text");
  // clang-format on
  po::positional_options_description positional;
  positional.add("name", 1);
  po::variables_map values;
  if (const auto over = parseArguments("bench", "bench [NAME] [OPTION...]", about, arguments,
                                       options, positional, values))
    return *over;
  if (!bench_options.prices.empty() && !std::ifstream(bench_options.prices)) {
    printError("bench: " + bench_options.prices +
               ": cannot be read; expected the file that ./sluice synth policies writes");
    return kInvalidInput;
  }
  std::vector<BenchRow> all;
  bool found = false;
  for (const Bench& bench : benches) {
    if (!wanted.empty() && wanted != bench.name) continue;
    found = true;
    const std::vector<BenchRow> rows = bench.run(bench_options);
    all.insert(all.end(), rows.begin(), rows.end());
    if (values.count("json") == 0)
      std::cout << (bench.matrix ? benchMatrix(rows) : benchTable(rows));
  }
  if (!found) {
    printError("bench: unknown benchmark '" + wanted +
               "'; there are sim, dispatch, policies, update and live");
    return kUsage;
  }
  if (values.count("json") != 0) std::cout << benchJson(all);
  return kDone;
}

}  // namespace sluice
