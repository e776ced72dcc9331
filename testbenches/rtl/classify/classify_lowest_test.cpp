// SPDX-License-Identifier: Apache-2.0
//
// classify_lowest, 256 bits.

#include "Vclassify_lowest.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::classify_test {
namespace {

class Lowest : public testing::Test {
 protected:
  void look(bool any, unsigned index) {
    dut_.valid_i = 1;
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
    EXPECT_EQ(dut_.any_o, any);
    EXPECT_EQ(dut_.index_o, index);
  }

  void clear() {
    for (int word = 0; word < 8; ++word) dut_.bits_i[word] = 0;
  }
  void set(unsigned bit) { dut_.bits_i[bit / 32] |= 1u << (bit % 32); }

  Vclassify_lowest dut_;
};

TEST_F(Lowest, NoBit) {
  clear();
  look(false, 0);
}

TEST_F(Lowest, EachBitAloneAndWithAllAbove) {
  for (unsigned low = 0; low < 256; ++low) {
    clear();
    set(low);
    look(true, low);
    for (unsigned above = low; above < 256; ++above) set(above);
    look(true, low);
  }
}

TEST_F(Lowest, Random) {
  rtl_test::Random random;
  for (int i = 0; i < 10000; ++i) {
    clear();
    unsigned low = 256;
    for (auto count = random.between(1, 6); count > 0; --count) {
      const unsigned bit = static_cast<unsigned>(random.between(0, 255));
      set(bit);
      low = std::min(low, bit);
    }
    look(true, low);
  }
}

}  // namespace
}  // namespace sluice::classify_test
