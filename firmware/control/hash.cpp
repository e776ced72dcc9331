// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/hash.h"

#include <bit>

namespace sluice {

namespace {

struct Lookup3 {
  uint32_t a, b, c;

  void mix() {
    step(a, c, b, 4);
    step(b, a, c, 6);
    step(c, b, a, 8);
    step(a, c, b, 16);
    step(b, a, c, 19);
    step(c, b, a, 4);
  }

  void finish() {
    last(c, b, 14);
    last(a, c, 11);
    last(b, a, 25);
    last(c, b, 16);
    last(a, c, 4);
    last(b, a, 14);
    last(c, b, 24);
  }

 private:
  // x -= y; x ^= rot(y, n); y += z
  static void step(uint32_t& x, uint32_t& y, uint32_t z, int n) {
    x -= y;
    x ^= std::rotl(y, n);
    y += z;
  }
  static void last(uint32_t& x, uint32_t y, int n) {
    x ^= y;
    x -= std::rotl(y, n);
  }
};

}  // namespace

uint64_t hash64(const HashKey& key, const IpAddress& address, uint16_t wire_port) {
  Lookup3 state{key[0], key[1], key[2]};
  state.a += address.word(0);
  if (address.v6) {
    state.b += address.word(1);
    state.c += address.word(2);
    state.mix();
    state.a += address.word(3);
    state.b += uint32_t{wire_port} | 0x10000;
  } else {
    state.b += wire_port;
  }
  state.finish();
  return uint64_t{state.b} << 32 | state.c;
}

uint64_t identity64(const IpAddress& address, uint16_t port) {
  uint64_t h = mix64(0x736c75696365, address.v6 ? 6 : 4);
  for (unsigned i = 0; i < 4; i += 2) {
    h = mix64(h, uint64_t{address.word(i)} << 32 | address.word(i + 1));
  }
  return mix64(h, port);
}

}  // namespace sluice
