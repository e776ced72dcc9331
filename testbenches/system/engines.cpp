// SPDX-License-Identifier: Apache-2.0
#include "testbenches/system/engines.h"

#include "sim/engine/lockstep_data_plane.h"
#include "sim/engine/rtl_checked.h"
#include "sim/engine/rtl_data_plane.h"
#include "sim/model/model_data_plane.h"
#include "testbenches/system/appliance_engine.h"

namespace sluice::testing {
namespace {

std::unique_ptr<DataPlane> makeLockstep() {
  return std::make_unique<LockstepDataPlane>(makeCheckedRtlDataPlane(),
                                             std::make_unique<ModelDataPlane>());
}

std::vector<std::string> lockstepFindings(DataPlane& plane) {
  auto& lockstep = static_cast<LockstepDataPlane&>(plane);
  lockstep.compareState();
  return lockstep.reports();
}

// The RTL is the one with its assertions on; the appliance has the one that users run.
const EngineFactory kModel = {"model", [] { return std::make_unique<ModelDataPlane>(); }, {}};
const EngineFactory kRtl = {"rtl", [] { return makeCheckedRtlDataPlane(); }, {}};
const EngineFactory kAppliance = {
    "appliance",
    [] { return std::make_unique<ApplianceEngine>("appliance_engine", makeRtlDataPlane()); },
    {}};
const EngineFactory kLockstep = {"lockstep", makeLockstep, lockstepFindings};

}  // namespace

const std::vector<EngineFactory>& engines() {
  static const std::vector<EngineFactory> all = {kModel, kRtl, kAppliance};
  return all;
}

const std::vector<EngineFactory>& randomEngines() {
  static const std::vector<EngineFactory> all = {kModel, kLockstep};
  return all;
}

}  // namespace sluice::testing
