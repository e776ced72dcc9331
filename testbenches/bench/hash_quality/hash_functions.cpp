// SPDX-License-Identifier: Apache-2.0
#include "testbenches/bench/hash_quality/hash_functions.h"

#include <algorithm>

namespace sluice::hash_quality {

namespace {

using testing::End;
using testing::hash64;

constexpr testing::HashKey kHashKey = {0x5bd1e995, 0x1b873593, 0xcc9e2d51};

constexpr std::array<uint8_t, 40> kToeplitzKey = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

/// The address and the port as they stand on the wire.
struct Wire {
  std::array<uint8_t, 18> bytes;
  size_t size;

  explicit Wire(const End& end) : size(end.address.size() + 2) {
    std::copy_n(end.address.bytes.begin(), size - 2, bytes.begin());
    bytes[size - 2] = static_cast<uint8_t>(end.port >> 8);
    bytes[size - 1] = static_cast<uint8_t>(end.port);
  }
  std::span<const uint8_t> span() const { return {bytes.data(), size}; }
};

}  // namespace

uint32_t crc32c(std::span<const uint8_t> bytes) {
  uint32_t crc = ~0u;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

uint32_t toeplitz(std::span<const uint8_t> bytes) {
  uint64_t key = 0;  // the next 32 bits in the high half, behind them those that follow
  for (int i = 0; i < 8; ++i) key = key << 8 | kToeplitzKey[i];
  uint32_t hash = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 7; bit >= 0; --bit) {
      if (bytes[i] >> bit & 1) hash ^= static_cast<uint32_t>(key >> 32);
      key <<= 1;
    }
    if (i + 8 < kToeplitzKey.size()) key |= kToeplitzKey[i + 8];
  }
  return hash;
}

std::span<const HashFunction> hashFunctions() {
  static constexpr HashFunction kFunctions[] = {
      {"hash64 low", [](const End& end) { return static_cast<uint32_t>(hash64(kHashKey, end)); }},
      {"hash64 high",
       [](const End& end) { return static_cast<uint32_t>(hash64(kHashKey, end) >> 32); }},
      {"crc32c", [](const End& end) { return crc32c(Wire(end).span()); }},
      {"toeplitz", [](const End& end) { return toeplitz(Wire(end).span()); }},
  };
  return kFunctions;
}

}  // namespace sluice::hash_quality
