// SPDX-License-Identifier: Apache-2.0
// The keyed hash of docs/data-plane.md section 4: Bob Jenkins' lookup3 (2006) with the key as
// initial value.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice::model {

class Hash {
 public:
  explicit Hash(const std::array<uint32_t, 3>& key) : key_(key) {}

  // 64 bits of hash over an address (memory order) and a port (memory order).
  uint64_t operator()(bool v6, const std::array<uint8_t, 16>& address, uint16_t port) const {
    std::array<uint32_t, 4> word;
    std::memcpy(word.data(), address.data(), sizeof word);
    uint32_t a = key_[0] + word[0];
    uint32_t b = key_[1];
    uint32_t c = key_[2];
    if (v6) {
      b += word[1];
      c += word[2];
      mix(a, b, c);
      a += word[3];
      b += port | 0x10000u;
    } else {
      b += port;
    }
    finish(a, b, c);
    return (uint64_t{b} << 32) | c;
  }

 private:
  static void mix(uint32_t& a, uint32_t& b, uint32_t& c) {
    constexpr std::array<int, 6> kTurns = {4, 6, 8, 16, 19, 4};
    std::array<uint32_t*, 3> r = {&a, &b, &c};
    for (int i = 0; i < 6; ++i) {
      uint32_t& x = *r[i % 3];
      uint32_t& y = *r[(i + 1) % 3];
      uint32_t& z = *r[(i + 2) % 3];
      x -= z;
      x ^= std::rotl(z, kTurns[i]);
      z += y;
    }
  }

  static void finish(uint32_t& a, uint32_t& b, uint32_t& c) {
    constexpr std::array<int, 7> kTurns = {14, 11, 25, 16, 4, 14, 24};
    std::array<uint32_t*, 3> r = {&c, &a, &b};
    for (int i = 0; i < 7; ++i) {
      uint32_t& x = *r[i % 3];
      const uint32_t y = *r[(i + 2) % 3];
      x ^= y;
      x -= std::rotl(y, kTurns[i]);
    }
  }

  std::array<uint32_t, 3> key_;
};

}  // namespace sluice::model
