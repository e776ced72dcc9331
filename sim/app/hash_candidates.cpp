// SPDX-License-Identifier: Apache-2.0
#include "sim/app/hash_candidates.h"

#include <array>
#include <boost/crc.hpp>

namespace sluice {
namespace {

constexpr std::array<uint8_t, 40> kToeplitzKey = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

}  // namespace

uint32_t crc32c(std::span<const uint8_t> bytes) {
  boost::crc_optimal<32, 0x1edc6f41, 0xffffffff, 0xffffffff, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
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

}  // namespace sluice
