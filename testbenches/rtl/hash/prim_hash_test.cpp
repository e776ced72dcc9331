// SPDX-License-Identifier: Apache-2.0
//
// prim_hash against the tests' own hash64, with HASH_LATENCY registers in it.

#include <deque>
#include <vector>

#include "Vprim_hash.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

// After GoogleTest's namespace was used: there is sluice::testing, too.
#include "testbenches/common/reference_hash.h"

namespace sluice::rtl_test {
namespace {

using sluice::testing::hash64;
using sluice::testing::HashKey;
using sluice::testing::Ip;

constexpr int kLatency = HASH_LATENCY;

struct Hashes {
  uint64_t with_port;
  uint64_t without;
  bool operator==(const Hashes&) const = default;
};

class PrimHash : public RtlFixture<Vprim_hash> {
 protected:
  void key(const HashKey& key) {
    key_ = key;
    for (int i = 0; i < 3; ++i) dut_.key_i[i] = key[i];
  }

  /// One clock with an input; what comes out is compared with what must.
  void hash(const Ip& address, uint16_t port) {
    dut_.valid_i = 1;
    dut_.is_v6_i = address.v6;
    std::memcpy(bytesOf(dut_.address_i), address.bytes.data(), 16);
    dut_.port_i = sluice::testing::memoryOrder(port);
    due_.push_back({cycle_ + kLatency, {hash64(key_, address, port), hash64(key_, address, 0)}});
    step();
    dut_.valid_i = 0;
  }

  void idle(int cycles) {
    for (int i = 0; i < cycles; ++i) step();
  }

  void step() {
    clock();
    const bool expected = !due_.empty() && due_.front().first == cycle_;
    ASSERT_EQ(dut_.valid_o, expected) << "cycle " << cycle_;
    if (!expected) return;
    EXPECT_EQ(dut_.hash_o, due_.front().second.with_port);
    EXPECT_EQ(dut_.hash0_o, due_.front().second.without);
    due_.pop_front();
  }

  HashKey key_{};
  std::deque<std::pair<uint64_t, Hashes>> due_;
};

Ip randomAddress(Random& random, bool v6) {
  Ip address;
  address.v6 = v6;
  random.fill(address.bytes.data(), v6 ? 16 : 4);
  return address;
}

TEST_F(PrimHash, ResetForgets) {
  hash(Ip("192.0.2.1"), 80);
  due_.clear();
  dut_.rst_i = 1;
  idle(1);
  dut_.rst_i = 0;
  idle(2 * kLatency);
}

TEST_F(PrimHash, BothFamilies) {
  key({0x5bd1e995, 0x1b873593, 0xcc9e2d51});
  hash(Ip("192.0.2.1"), 80);
  idle(kLatency);
  hash(Ip("2001:db8::1"), 80);
  idle(kLatency);
  EXPECT_TRUE(due_.empty());
}

TEST_F(PrimHash, FamiliesWithTheSameBytesDiffer) {
  Ip v4("192.0.2.1");
  Ip v6 = v4;
  v6.v6 = true;
  hash(v4, 80);
  hash(v6, 80);
  idle(kLatency);
  EXPECT_NE(hash64(key_, v4, 80), hash64(key_, v6, 80));
}

TEST_F(PrimHash, HoldsBetweenHashes) {
  hash(Ip("192.0.2.1"), 80);
  idle(kLatency - 1);
  const uint64_t held = dut_.hash_o;
  idle(10);
  EXPECT_EQ(dut_.hash_o, held);
}

TEST_F(PrimHash, RandomBackToBackAndWithGaps) {
  Random random;
  for (int round = 0; round < 20; ++round) {
    idle(kLatency);  // the key changes while nothing is on its way
    key({static_cast<uint32_t>(random.bits(32)), static_cast<uint32_t>(random.bits(32)),
         static_cast<uint32_t>(random.bits(32))});
    const int gaps = round % 2 == 0 ? 0 : 40;
    for (int i = 0; i < 500; ++i) {
      if (random.percent(gaps)) idle(static_cast<int>(random.between(1, 5)));
      hash(randomAddress(random, random.percent(50)), static_cast<uint16_t>(random.bits(16)));
    }
  }
  idle(kLatency);
  EXPECT_TRUE(due_.empty());
}

}  // namespace
}  // namespace sluice::rtl_test
