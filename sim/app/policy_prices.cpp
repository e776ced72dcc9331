// SPDX-License-Identifier: Apache-2.0
#include "sim/app/policy_prices.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace sluice {

void addPrices(const std::string& path, std::vector<BenchRow>& rows) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read; ./sluice synth policies writes it");
  const size_t measured = rows.size();
  try {
    const auto list = nlohmann::json::parse(file);
    for (const auto& price : list.at("prices")) {
      const std::string subject = price.at("case");
      const bool wanted = std::any_of(rows.begin(), rows.begin() + static_cast<long>(measured),
                                      [&](const BenchRow& row) { return row.subject == subject; });
      if (!wanted) continue;
      rows.push_back({rows.front().bench,
                      subject,
                      price.at("metric"),
                      price.at("value"),
                      price.at("unit"),
                      "",
                      {}});
    }
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(path + ": not a price list: " + error.what());
  }
}

}  // namespace sluice
