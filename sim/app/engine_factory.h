// SPDX-License-Identifier: Apache-2.0
// Data planes by name: "rtl", "model" and "both" (in lockstep).
#pragma once

#include <memory>
#include <string>

#include "firmware/base/result.h"
#include "sim/engine/data_plane.h"
#include "sim/engine/lockstep_data_plane.h"
#include "sim/engine/rtl_data_plane.h"

namespace sluice {

struct Engine {
  std::unique_ptr<DataPlane> plane;
  LockstepDataPlane* lockstep = nullptr;  // plane, if the engine is "both"
};

// kInvalidInput: no such engine, or waveforms asked of one or of a build that has none.
Result<Engine> makeEngine(const std::string& name, const RtlOptions& rtl);

}  // namespace sluice
