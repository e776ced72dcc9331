// SPDX-License-Identifier: Apache-2.0
// The `asic` profile: 512 bits, 1 Mi connections.
#include "Vsluice_asic.h"
#include "sim/engine/rtl_data_plane_impl.h"

namespace sluice {

bool canWriteWaves() {
#if VM_TRACE
  return true;
#else
  return false;
#endif
}

std::unique_ptr<DataPlane> makeRtlDataPlane(const RtlOptions& options) {
  return std::make_unique<RtlDataPlane<Vsluice_asic, 512>>(options);
}

}  // namespace sluice
