// SPDX-License-Identifier: Apache-2.0
//
// The hash of the data plane and two that hardware often has instead, all of an address and a port.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "testbenches/common/reference_hash.h"

namespace sluice::hash_quality {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of bytes in the order they stand on the wire.
uint32_t crc32c(std::span<const uint8_t> bytes);

/// The Toeplitz hash of receive-side scaling, with the key of its specification (Microsoft, "RSS
/// hashing functions"); up to 36 bytes.
uint32_t toeplitz(std::span<const uint8_t> bytes);

struct HashFunction {
  std::string_view name;
  uint32_t (*of)(const testing::End& end);
};

/// The halves of hash64 with the reset value of HASH_KEY, CRC-32C, Toeplitz.
std::span<const HashFunction> hashFunctions();

}  // namespace sluice::hash_quality
