// SPDX-License-Identifier: Apache-2.0
//
// The hash of the data plane and two that hardware often has instead, all of an address and a port.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/app/hash_candidates.h"
#include "testbenches/common/reference_hash.h"

namespace sluice::hash_quality {

struct HashFunction {
  std::string_view name;
  uint32_t (*of)(const testing::End& end);
};

/// The halves of hash64 with the reset value of HASH_KEY, CRC-32C, Toeplitz.
std::span<const HashFunction> hashFunctions();

}  // namespace sluice::hash_quality
