// SPDX-License-Identifier: Apache-2.0
// A TAP device: an Ethernet interface of the kernel whose other end is here. It goes away with its
// owner. The kernel finishes checksums and segments itself.
#pragma once

#include <memory>

#include "firmware/base/result.h"
#include "sim/live/frame_port.h"

namespace sluice {

// In the network namespace of the caller. kIo: no permission, no /dev/net/tun, or the name is in
// use.
Result<std::unique_ptr<FramePort>> openTap(const std::string& name);

}  // namespace sluice
