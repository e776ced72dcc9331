// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/hash.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "testbenches/common/reference_hash.h"

namespace sluice {
namespace {

constexpr HashKey kKey = {0x5bd1e995, 0x1b873593, 0xcc9e2d51};

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
    testing::Ip ip;
    ip.v6 = address.v6;
    ip.bytes = address.bytes;
    EXPECT_EQ(hash64(kKey, address, portToWire(port)), testing::hash64(kKey, ip, port));
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
