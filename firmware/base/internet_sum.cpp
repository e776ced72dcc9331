// SPDX-License-Identifier: Apache-2.0
#include "firmware/base/internet_sum.h"

#include <cstring>

namespace sluice {

uint16_t internetSum(std::span<const uint8_t> bytes, uint32_t start) {
  uint64_t sum = 0;
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    uint32_t word;
    std::memcpy(&word, &bytes[at], 4);
    sum += word;
  }
  // The sum is the same in either byte order, swapped (RFC 1071 section 2B): little-endian here.
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  sum = uint64_t{start} + __builtin_bswap16(static_cast<uint16_t>(sum));
  for (; at < bytes.size(); ++at) sum += at % 2 == 0 ? uint32_t(bytes[at]) << 8 : bytes[at];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

}  // namespace sluice
