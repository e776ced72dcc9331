// SPDX-License-Identifier: Apache-2.0
// The `asic` profile with the assertions of the RTL on.
#include "sim/engine/rtl_checked.h"

#include "Vsluice_asic_checked.h"
#include "sim/engine/rtl_data_plane_impl.h"

namespace sluice {

std::unique_ptr<DataPlane> makeCheckedRtlDataPlane(const RtlOptions& options) {
  return std::make_unique<RtlDataPlane<Vsluice_asic_checked, 512>>(options);
}

}  // namespace sluice
