// SPDX-License-Identifier: Apache-2.0
// Which network interface of the host each front port is connected to.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/config.h"

namespace sluice {

using PortMap = std::array<std::string, regs::kCpuPort>;  // "" = connected to nothing

// From arguments N=IFNAME. Ports that none names and the configuration uses are connected to the
// host's interface that is called as the first interface of the configuration on that port.
// kInvalidInput: not of that form, a port or an interface twice.
Result<PortMap> makePortMap(const std::vector<std::string>& arguments, const Config& config);

}  // namespace sluice
