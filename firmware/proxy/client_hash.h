// SPDX-License-Identifier: Apache-2.0
// Hashes of clients' addresses and of names. Not for tables that an attacker could fill.
#pragma once

#include <cstdint>
#include <string_view>

#include "firmware/base/ip_address.h"

namespace sluice::proxy {

inline uint64_t mix(uint64_t value) {  // the finalizer of SplitMix64 (Steele et al., 2014)
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

inline uint64_t hashOf(const IpAddress& address, uint64_t seed) {
  for (unsigned i = 0; i < 4; ++i) seed = mix(seed + 0x9e3779b97f4a7c15 + address.word(i));
  return seed;
}

inline uint64_t hashOf(std::string_view text) {
  uint64_t seed = 0;
  for (const char c : text) seed = mix(seed ^ static_cast<unsigned char>(c));
  return seed;
}

}  // namespace sluice::proxy
