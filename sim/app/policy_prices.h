// SPDX-License-Identifier: Apache-2.0
// What the alternatives of `bench policies` cost, as `./sluice synth policies` measured it.
#pragma once

#include <string>
#include <vector>

#include "sim/app/bench_result.h"

namespace sluice {

// Appends the prices of the cases in `rows` from a file
//   {"prices": [{"case", "metric", "value", "unit"}]}
// Throws std::runtime_error, with the path, if it is not such a file.
void addPrices(const std::string& path, std::vector<BenchRow>& rows);

}  // namespace sluice
