// SPDX-License-Identifier: Apache-2.0
// The data plane's keyed hash, as firmware needs it: to place keys of virtuals and to digest
// members' addresses.
//
// docs/data-plane.md section 4 is the definition; this is firmware's own implementation of it (Bob
// Jenkins' lookup3, 2006, with the key as initial value).
#pragma once

#include <array>
#include <cstdint>

#include "firmware/base/ip_address.h"

namespace sluice {

using HashKey = std::array<uint32_t, 3>;  // register HASH_KEY

// `wire_port`: the 16 bits in memory order (portToWire).
uint64_t hash64(const HashKey& key, const IpAddress& address, uint16_t wire_port);

// The server's part of the reverse digest, 24 bits: table member, field digest.
inline uint32_t memberDigest(const HashKey& key, const IpAddress& address) {
  return static_cast<uint32_t>(hash64(key, address, 0) >> 40) & 0xffffff;
}

// A well-mixed 64-bit function of two values that never changes: identities and derived MAC
// addresses, not packets. (The finalizer of splitmix64, Steele, Lea, Flood 2014.)
constexpr uint64_t mix64(uint64_t seed, uint64_t value) {
  uint64_t x = seed + 0x9e3779b97f4a7c15 + value;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// A 64-bit name of (address, port) that is the same in every run and on every machine.
uint64_t identity64(const IpAddress& address, uint16_t port);

}  // namespace sluice
