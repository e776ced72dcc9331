// SPDX-License-Identifier: Apache-2.0
// The keyed hash of docs/data-plane.md section 4: Bob Jenkins' lookup3 (2006) with the key as
// initial value.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "sim/model/model_packet.h"

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

  // S0 and D0 of a packet.
  uint64_t source(const Packet& packet) const {
    return (*this)(packet.parsed.is_v6, packet.key().src, 0);
  }
  uint64_t destination(const Packet& packet) const {
    return (*this)(packet.parsed.is_v6, packet.key().dst, 0);
  }

 private:
  static void mix(uint32_t& a, uint32_t& b, uint32_t& c) {
    const auto step = [](uint32_t& x, uint32_t y, uint32_t& z, int turn) {
      x -= z;
      x ^= std::rotl(z, turn);
      z += y;
    };
    step(a, b, c, 4);
    step(b, c, a, 6);
    step(c, a, b, 8);
    step(a, b, c, 16);
    step(b, c, a, 19);
    step(c, a, b, 4);
  }

  static void finish(uint32_t& a, uint32_t& b, uint32_t& c) {
    const auto step = [](uint32_t& x, uint32_t y, int turn) {
      x ^= y;
      x -= std::rotl(y, turn);
    };
    step(c, b, 14);
    step(a, c, 11);
    step(b, a, 25);
    step(c, b, 16);
    step(a, c, 4);
    step(b, a, 14);
    step(c, b, 24);
  }

  std::array<uint32_t, 3> key_;
};

}  // namespace sluice::model
