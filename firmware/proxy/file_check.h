// SPDX-License-Identifier: Apache-2.0
// What the files that a configuration names make of it.
#pragma once

#include <chrono>
#include <vector>

#include "firmware/control/config_check.h"

namespace sluice::proxy {

// Reads them as if the configuration, which has passed checkConfig(), took effect. Warns of
// certificates that are not in their time, or do not cover the hosts that a virtual's rules are
// about. kIo and kInvalidInput: what would refuse it.
Result<std::vector<Diagnostic>> checkFiles(const Config& config,
                                           std::chrono::system_clock::time_point now);

}  // namespace sluice::proxy
