// SPDX-License-Identifier: Apache-2.0
// The checksum of IP, TCP, UDP and ICMP (RFC 1071).
#pragma once

#include <cstdint>
#include <span>

namespace sluice {

// One's complement sum of bytes in network order, folded to 16 bits and not inverted.
uint16_t internetSum(std::span<const uint8_t> bytes, uint32_t start = 0);

}  // namespace sluice
