// SPDX-License-Identifier: Apache-2.0
#include "sim/app/engine_factory.h"

#include <fstream>

#include "sim/model/model_data_plane.h"

namespace sluice {

Result<Engine> makeEngine(const std::string& name, const RtlOptions& rtl) {
  if (!rtl.wave_path.empty() && name == "model") {
    return Error{ErrorCode::kInvalidInput, "the model has no waveforms; use --engine rtl"};
  }
  if (!rtl.wave_path.empty() && !canWriteWaves()) {
    return Error{ErrorCode::kInvalidInput,
                 "this build cannot write waveforms; run: ./sluice waves replay ... --waves FILE"};
  }
  if (!rtl.wave_path.empty() && !std::ofstream(rtl.wave_path, std::ios::app)) {
    return Error{ErrorCode::kIo, rtl.wave_path + ": cannot write this file"};
  }
  Engine engine;
  if (name == "model") {
    engine.plane = std::make_unique<ModelDataPlane>();
  } else if (name == "rtl") {
    engine.plane = makeRtlDataPlane(rtl);
  } else if (name == "both") {
    auto both = std::make_unique<LockstepDataPlane>(makeRtlDataPlane(rtl),
                                                    std::make_unique<ModelDataPlane>());
    engine.lockstep = both.get();
    engine.plane = std::move(both);
  } else {
    return Error{ErrorCode::kInvalidInput,
                 "unknown engine '" + name + "'; there are rtl, model and both"};
  }
  return engine;
}

}  // namespace sluice
