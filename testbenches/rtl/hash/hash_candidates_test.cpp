// SPDX-License-Identifier: Apache-2.0
//
// prim_hash_crc and prim_hash_toeplitz against the reference hashes of the quality benchmark.

#include "Vprim_hash_crc.h"
#include "Vprim_hash_toeplitz.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

#include "sim/app/hash_candidates.h"

// After GoogleTest's namespace was used: there is sluice::testing, too.
#include "testbenches/common/reference_hash.h"

namespace sluice::rtl_test {
namespace {

using sluice::testing::End;

// The start of the key of the verification suite, last word first; zeros before it.
constexpr uint32_t kToeplitzKey[] = {0x8030f20c, 0x77cb2da3, 0xae7b30b4, 0xd0ca2bcb, 0x43a38fb0,
                                     0x4167253d, 0x255b0ec2, 0x6d5a56da, 0};

template <class Dut>
class HashCandidate : public RtlFixture<Dut> {
 protected:
  uint32_t hash(const End& end) {
    auto& dut = this->dut_;
    dut.valid_i = 1;
    dut.is_v6_i = end.address.v6;
    std::memset(bytesOf(dut.address_i), 0xa5, 16);
    std::memcpy(bytesOf(dut.address_i), end.address.bytes.data(), end.address.size());
    dut.port_i = sluice::testing::memoryOrder(end.port);
    this->clock();
    EXPECT_TRUE(dut.valid_o);
    dut.valid_i = 0;
    const uint32_t value = dut.hash_o;
    this->clock();
    EXPECT_FALSE(dut.valid_o);
    EXPECT_EQ(dut.hash_o, value) << "holds between hashes";
    return value;
  }

  template <class Function>
  void compare(Function reference) {
    Random random;
    for (int i = 0; i < 5'000; ++i) {
      End end;
      end.address.v6 = random.percent(50);
      random.fill(end.address.bytes.data(), end.address.size());
      end.port = static_cast<uint16_t>(random.bits(16));
      ASSERT_EQ(hash(end), reference(end)) << "round " << i;
    }
  }
};

std::vector<uint8_t> wire(const End& end) {
  std::vector<uint8_t> bytes(end.address.bytes.begin(),
                             end.address.bytes.begin() + static_cast<long>(end.address.size()));
  bytes.push_back(static_cast<uint8_t>(end.port >> 8));
  bytes.push_back(static_cast<uint8_t>(end.port));
  return bytes;
}

using PrimHashCrc = HashCandidate<Vprim_hash_crc>;
TEST_F(PrimHashCrc, EqualsTheReference) {
  compare([](const End& end) { return sluice::crc32c(wire(end)); });
}

using PrimHashToeplitz = HashCandidate<Vprim_hash_toeplitz>;
TEST_F(PrimHashToeplitz, EqualsTheReference) {
  // Five words and a half, the first bit of the key on the left.
  for (int i = 0; i < 6; ++i) {
    const uint64_t pair = static_cast<uint64_t>(kToeplitzKey[i + 3]) << 32 | kToeplitzKey[i + 2];
    dut_.key_i[i] = static_cast<uint32_t>(pair >> 16);
  }
  compare([](const End& end) { return sluice::toeplitz(wire(end)); });
}

}  // namespace
}  // namespace sluice::rtl_test
