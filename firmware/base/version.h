// SPDX-License-Identifier: Apache-2.0
// The version of the program, as CMakeLists.txt says.
#pragma once

#include <string_view>

namespace sluice {

std::string_view version();

}  // namespace sluice
