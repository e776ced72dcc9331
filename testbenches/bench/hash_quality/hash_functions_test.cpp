// SPDX-License-Identifier: Apache-2.0
//
// The reference hashes against published values.

#include "gtest/gtest.h"

// After GoogleTest: there is sluice::testing, too.
#include "testbenches/bench/hash_quality/hash_functions.h"

namespace sluice::hash_quality {
namespace {

TEST(Crc32c, CheckValue) {
  const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(crc32c(digits), 0xe3069283u);
}

TEST(Crc32c, ThirtyTwoZeros) {  // RFC 3720, B.4 (there in wire order: aa 36 91 8a)
  const uint8_t zeros[32] = {};
  EXPECT_EQ(crc32c(zeros), 0x8a9136aau);
}

TEST(Toeplitz, Ipv4Verification) {
  // 66.9.149.187:2794 to 161.142.100.80:1766, from the specification's verification suite.
  const uint8_t addresses[] = {66, 9, 149, 187, 161, 142, 100, 80};
  EXPECT_EQ(toeplitz(addresses), 0x323e8fc2u);
  const uint8_t all[] = {66,  9,  149,       187,        161,       142,
                         100, 80, 2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255};
  EXPECT_EQ(toeplitz(all), 0x51ccc178u);
}

TEST(HashFunctions, SeeAllOfAddressAndPort) {
  const testing::End end{"192.0.2.1", 80};
  for (const HashFunction& function : hashFunctions()) {
    EXPECT_NE(function.of(end), function.of({"192.0.2.1", 81})) << function.name;
    EXPECT_NE(function.of(end), function.of({"192.0.2.1", 80 + 256})) << function.name;
    EXPECT_NE(function.of(end), function.of({"192.0.2.2", 80})) << function.name;
  }
}

}  // namespace
}  // namespace sluice::hash_quality
