// SPDX-License-Identifier: Apache-2.0
#include "testbenches/bench/hash_quality/hash_functions.h"

#include <algorithm>

namespace sluice::hash_quality {

namespace {

using testing::End;
using testing::hash64;

constexpr testing::HashKey kHashKey = {0x5bd1e995, 0x1b873593, 0xcc9e2d51};

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
