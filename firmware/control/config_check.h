// SPDX-License-Identifier: Apache-2.0
// The rules between the statements of a configuration: references, duplicates, reachability,
// capacity.
#pragma once

#include <vector>

#include "firmware/control/config_text.h"

namespace sluice {

// What the largest data-plane profile holds.
struct Capacity {
  size_t virtuals = 1024;  // one is taken by the appliance's own addresses
  size_t pools = 1024;
  size_t members = 4095;
  size_t neighbors = 1023;
  size_t acl_rules = 256;
  size_t prefix_virtuals = 64;
  size_t timer_profiles = 4;
};

// Errors make the configuration unusable for buildTables(); warnings do not. Each has the position
// of its statement.
std::vector<Diagnostic> checkConfig(const Config& config, const Capacity& capacity = {});

}  // namespace sluice
