// SPDX-License-Identifier: Apache-2.0
// A front port on a network interface of the host: an AF_PACKET socket (packet(7)) that sees every
// frame on it and sends frames as they are.
//
// Brings the interface up; it is promiscuous as long as the port lives. Frames whose checksums or
// segments the host left to its card are completed. Batches by recvmmsg/sendmmsg.
#pragma once

#include <memory>

#include "firmware/base/result.h"
#include "sim/live/frame_port.h"

namespace sluice {

// kNotFound: there is no such interface; kIo: no permission, or the system refused.
Result<std::unique_ptr<FramePort>> openPacketSocket(const std::string& interface);

// Longest IP packet the interface takes.
Result<uint32_t> interfaceMtu(const std::string& interface);

}  // namespace sluice
