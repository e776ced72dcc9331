// SPDX-License-Identifier: Apache-2.0
#include "testbenches/system/engines.h"

#include "sim/model/model_data_plane.h"

namespace sluice::testing {

const std::vector<EngineFactory>& engines() {
  static const std::vector<EngineFactory> all = {
      {"model", [] { return std::make_unique<ModelDataPlane>(); }},
  };
  return all;
}

const std::vector<EngineFactory>& randomEngines() {
  static const std::vector<EngineFactory> all = {
      {"model", [] { return std::make_unique<ModelDataPlane>(); }},
  };
  return all;
}

}  // namespace sluice::testing
