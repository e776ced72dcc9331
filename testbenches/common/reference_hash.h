// SPDX-License-Identifier: Apache-2.0
// hash64 of docs/data-plane.md section 4, written for the tests alone: they place virtual keys,
// compute digests and find collisions with it, so that no engine vouches for its own hash.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "testbenches/common/packet_builder.h"

namespace sluice::testing {

using HashKey = std::array<uint32_t, 3>;

inline uint64_t hash64(const HashKey& key, const Ip& ip, uint16_t port_number) {
  uint32_t w[4];
  std::memcpy(w, ip.bytes.data(), 16);
  const uint32_t port = memoryOrder(port_number);
  uint32_t a = key[0], b = key[1], c = key[2];
  const auto rot = [](uint32_t x, int k) { return std::rotl(x, k); };
  a += w[0];
  if (ip.v6) {
    b += w[1];
    c += w[2];
    a -= c;
    a ^= rot(c, 4);
    c += b;
    b -= a;
    b ^= rot(a, 6);
    a += c;
    c -= b;
    c ^= rot(b, 8);
    b += a;
    a -= c;
    a ^= rot(c, 16);
    c += b;
    b -= a;
    b ^= rot(a, 19);
    a += c;
    c -= b;
    c ^= rot(b, 4);
    b += a;
    a += w[3];
    b += port | 0x10000;
  } else {
    b += port;
  }
  c ^= b;
  c -= rot(b, 14);
  a ^= c;
  a -= rot(c, 11);
  b ^= a;
  b -= rot(a, 25);
  c ^= b;
  c -= rot(b, 16);
  a ^= c;
  a -= rot(c, 4);
  b ^= a;
  b -= rot(a, 14);
  c ^= b;
  c -= rot(b, 24);
  return uint64_t{b} << 32 | c;
}

inline uint64_t hash64(const HashKey& key, const End& end) {
  return hash64(key, end.address, end.port);
}

// The hash over a whole tuple, of which tunnels take their entropy.
inline uint64_t tupleHash(const HashKey& key, const End& source, const End& destination) {
  return hash64(key, source) ^ std::rotl(hash64(key, destination), 32);
}

inline uint32_t hashTop24(uint64_t hash) { return static_cast<uint32_t>(hash >> 40); }

}  // namespace sluice::testing
