// SPDX-License-Identifier: Apache-2.0
#include "firmware/base/version.h"

namespace sluice {

std::string_view version() { return SLUICE_VERSION; }

}  // namespace sluice
