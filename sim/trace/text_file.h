// SPDX-License-Identifier: Apache-2.0
// Whole text files, with errors that name the path and the operating system's reason.
#pragma once

#include <string>
#include <string_view>

#include "firmware/base/result.h"

namespace sluice {

[[nodiscard]] Result<std::string> readTextFile(const std::string& path);
[[nodiscard]] Result<void> writeTextFile(const std::string& path, std::string_view text);

}  // namespace sluice
