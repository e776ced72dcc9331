// SPDX-License-Identifier: Apache-2.0
// The RTL with its assertions on, for tests; a library of its own, sluice_engine_checked. It can
// write waveforms in every build.
//
// An assertion that fails says so on standard output, with its place in the RTL, and aborts.
#pragma once

#include <memory>

#include "sim/engine/rtl_data_plane.h"

namespace sluice {

// As makeRtlDataPlane().
std::unique_ptr<DataPlane> makeCheckedRtlDataPlane(const RtlOptions& options = {});

}  // namespace sluice
