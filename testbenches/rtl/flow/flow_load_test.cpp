// SPDX-License-Identifier: Apache-2.0
//
// How full the connection table gets, by geometry: the load at the first connection that finds no
// way, and the load at which one in 10^4 finds none. Placement as in FlowGolden (and so the RTL):
// the bank with the most open ways, no entry is ever moved.
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace sluice::flow_test {
namespace {

struct Load {
  double first = 0;
  double one_in_ten_thousand = 0;
};

/// Fills a table of 2^slots_log2 slots with connections of random hashes.
Load fill(uint32_t banks, uint32_t ways, uint32_t slots_log2, uint64_t seed) {
  const uint32_t slots = 1u << slots_log2;
  const uint32_t rows = slots / banks / ways;
  std::vector<uint8_t> used(size_t{banks} * rows);
  std::mt19937_64 random(seed);
  uint32_t live = 0;
  Load load;
  // Failures are counted over the last percent of the slots.
  const uint32_t window = slots / 100;
  uint32_t tried = 0, failed = 0;
  while (load.one_in_ten_thousand == 0) {
    const uint64_t hash = random();
    const uint64_t step = (hash >> 20 & 0xfffff) | 1;
    size_t best = 0;
    uint32_t least = ways;
    for (uint32_t bank = 0; bank < banks; ++bank) {
      const size_t row = bank * rows + (hash + bank * step) % rows;
      if (used[row] < least) {
        least = used[row];
        best = row;
      }
    }
    if (least < ways) {
      ++used[best];
      ++live;
    } else {
      ++failed;
      if (load.first == 0) load.first = double(live) / slots;
    }
    if (++tried == window) {
      if (failed >= 1e-4 * window) load.one_in_ten_thousand = double(live) / slots;
      tried = failed = 0;
    }
  }
  return load;
}

TEST(FlowLoad, ByGeometry) {
  struct Row {
    uint32_t banks, ways;
    double at_least;  // of the slots, before one in 10^4 finds no way
  };
  const Row rows[] = {{1, 4, 0.06}, {1, 8, 0.15}, {2, 4, 0.5},  {2, 8, 0.75},
                      {4, 2, 0.6},  {4, 4, 0.8},  {4, 8, 0.85}, {8, 2, 0.8}};
  std::cout << "banks x ways   first failure   1e-4 failures   (2^20 slots)\n";
  for (const Row& row : rows) {
    const Load load = fill(row.banks, row.ways, 20, 1);
    std::cout << std::setw(5) << row.banks << " x " << row.ways << std::fixed
              << std::setprecision(3) << std::setw(17) << load.first << std::setw(16)
              << load.one_in_ten_thousand << '\n';
    EXPECT_GE(load.one_in_ten_thousand, row.at_least) << row.banks << 'x' << row.ways;
    EXPECT_LE(load.one_in_ten_thousand, 1.0);
  }
}

}  // namespace
}  // namespace sluice::flow_test
