// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <set>

namespace sluice {
namespace {

constexpr HashKey kKey = {0x5bd1e995, 0x1b873593, 0xcc9e2d51};

// The steps exactly as docs/data-plane.md writes them, as a check of the factored form.
uint64_t literal(const HashKey& k, bool v6, const std::array<uint32_t, 4>& w, uint32_t port) {
  uint32_t a = k[0], b = k[1], c = k[2];
  const auto rot = [](uint32_t x, int n) { return std::rotl(x, n); };
  if (v6) {
    a += w[0];
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
    a += w[0];
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

IpAddress randomAddress(std::mt19937& random, bool v6) {
  IpAddress address{v6, {}};
  for (unsigned i = 0; i < (v6 ? 16u : 4u); ++i) address.bytes[i] = static_cast<uint8_t>(random());
  return address;
}

TEST(Hash, FollowsTheSpecification) {
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    const IpAddress address = randomAddress(random, i % 2 == 0);
    const uint16_t port = static_cast<uint16_t>(random());
    EXPECT_EQ(hash64(kKey, address, port),
              literal(kKey, address.v6,
                      {address.word(0), address.word(1), address.word(2), address.word(3)}, port));
  }
}

TEST(Hash, DependsOnKeyPortAndFamily) {
  const IpAddress v4 = *IpAddress::parse("10.0.0.1");
  IpAddress v6 = v4;
  v6.v6 = true;
  const std::set<uint64_t> values = {hash64(kKey, v4, 1), hash64(kKey, v4, 2), hash64(kKey, v6, 1),
                                     hash64({1, 2, 3}, v4, 1)};
  EXPECT_EQ(values.size(), 4u);
}

TEST(Hash, MemberDigestIsTheUpper24Bits) {
  const IpAddress address = *IpAddress::parse("192.0.2.7");
  EXPECT_EQ(memberDigest(kKey, address), hash64(kKey, address, 0) >> 40);
}

TEST(Hash, IdentitiesDiffer) {
  std::mt19937 random(2);
  std::set<uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(identity64(randomAddress(random, i % 2 == 0), 80));
  EXPECT_EQ(seen.size(), 10'000u);
}

}  // namespace
}  // namespace sluice
