// SPDX-License-Identifier: Apache-2.0
// Hashes that hardware often has and that the data plane's own is compared with, of bytes in the
// order in which they stand on the wire. In RTL: prim_hash_crc, prim_hash_toeplitz.
#pragma once

#include <cstdint>
#include <span>

namespace sluice {

// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
uint32_t crc32c(std::span<const uint8_t> bytes);

// The Toeplitz hash of receive-side scaling, with the key of its verification suite (Microsoft,
// "RSS hashing functions"); up to 36 bytes.
uint32_t toeplitz(std::span<const uint8_t> bytes);

}  // namespace sluice
