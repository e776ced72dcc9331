// SPDX-License-Identifier: Apache-2.0
//
// Random frames, most of them nearly right: every check of the parser is met by some and failed by
// others.
#pragma once

#include <cstdint>
#include <random>

#include "testbenches/common/packet_builder.h"
#include "testbenches/rtl/parse/parse_golden.h"

namespace sluice::parse_test {

using namespace sluice::testing;  // NOLINT: the packet builder's words

class RandomFrames {
 public:
  explicit RandomFrames(uint64_t seed) : random_(seed) {}

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  bool oneIn(uint32_t n) { return below(n) == 0; }
  uint8_t byte() { return static_cast<uint8_t>(random_()); }
  uint16_t halfword() { return static_cast<uint16_t>(random_()); }

  Bytes frame();

 private:
  Ip address(bool v6);
  Packet packet(bool v6, bool inner);
  Packet decorate(Packet packet);

  std::mt19937_64 random_;
};

}  // namespace sluice::parse_test
