// SPDX-License-Identifier: Apache-2.0
// The engines that the system tests run on. To add one, add a line to engines.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/engine/data_plane.h"

namespace sluice::testing {

struct EngineFactory {
  std::string name;  // letters and digits, part of test names
  std::function<std::unique_ptr<DataPlane>()> make;
  // What the engine itself found wrong since it was made, one line each: the lockstep engine's
  // mismatches. May be empty.
  std::function<std::vector<std::string>(DataPlane&)> findings = {};
};

// Engines for the packet table: all there are.
const std::vector<EngineFactory>& engines();
// Engines for random stimulus: those that check themselves, and the fast one.
const std::vector<EngineFactory>& randomEngines();

}  // namespace sluice::testing
