// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <optional>
#include <random>
#include <vector>

#include "Vdispatch_select.h"
#include "gtest/gtest.h"

namespace sluice::dispatch_test {
namespace {

constexpr uint32_t kPools = 8, kRing = 64;  // as built, see CMakeLists.txt
constexpr size_t kLatency = 2;

struct Pool {
  uint32_t base = 0;
  uint32_t size = 0;
  bool least = false;
};

struct Expected {
  uint16_t first, second;
  bool empty, least;
};

class DispatchSelect : public testing::Test {
 protected:
  void tick() {
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
  }
  void write(bool ring, uint32_t row, uint32_t bank, uint64_t data) {
    dut_.tbl_start_i = 1;
    dut_.tbl_write_i = 1;
    dut_.tbl_ring_i = ring;
    dut_.tbl_bank_i = bank;
    dut_.tbl_row_i = row;
    dut_.tbl_wdata_i = data;
    tick();
    dut_.tbl_start_i = 0;
  }
  uint64_t read(bool ring, uint32_t row, uint32_t bank) {
    dut_.tbl_start_i = 1;
    dut_.tbl_write_i = 0;
    dut_.tbl_ring_i = ring;
    dut_.tbl_bank_i = bank;
    dut_.tbl_row_i = row;
    tick();
    dut_.tbl_start_i = 0;
    return dut_.tbl_rdata_o;
  }
  static uint64_t packed(const Pool& pool) {
    return pool.base | uint64_t{pool.size} << 20 | uint64_t{pool.least} << 37;
  }
  void load(std::mt19937_64& random) {
    ring_.resize(kRing);
    for (uint32_t i = 0; i < kRing; ++i) {
      ring_[i] = static_cast<uint16_t>(random() % 4096);
      write(true, i, 0, ring_[i]);
    }
    for (uint32_t bank = 0; bank < 2; ++bank) {
      for (uint32_t i = 0; i < kPools; ++i) {
        Pool& pool = pools_[bank][i];
        pool = {static_cast<uint32_t>(random() % (2 * kRing)),
                static_cast<uint32_t>(random() % 5 == 0 ? 0 : random() % 200), random() % 2 != 0};
        write(false, i, bank, packed(pool));
      }
    }
  }
  Expected expect(uint32_t bank, uint32_t pool_id, uint64_t hash) const {
    const Pool& pool = pools_[bank][pool_id];
    const auto slot = [&](uint32_t half) {
      return ring_[(pool.base + (uint64_t{half} * pool.size >> 32)) % kRing];
    };
    return {slot(static_cast<uint32_t>(hash)), slot(static_cast<uint32_t>(hash >> 32)),
            pool.size == 0, pool.least};
  }

  Vdispatch_select dut_;
  std::vector<uint16_t> ring_;
  Pool pools_[2][kPools];
};

TEST_F(DispatchSelect, TablesReadBack) {
  std::mt19937_64 random(1);
  load(random);
  for (uint32_t i = 0; i < kRing; ++i) EXPECT_EQ(read(true, i, 0), ring_[i]);
  for (uint32_t bank = 0; bank < 2; ++bank)
    for (uint32_t i = 0; i < kPools; ++i) EXPECT_EQ(read(false, i, bank), packed(pools_[bank][i]));
}

TEST_F(DispatchSelect, ExtremesOfTheHash) {
  std::mt19937_64 random(2);
  load(random);
  pools_[0][1] = {10, 7, false};
  write(false, 1, 0, packed(pools_[0][1]));
  dut_.valid_i = 1;
  dut_.bank_i = 0;
  dut_.pool_i = 1;
  dut_.hash_i = 0xffffffff'00000000u;
  tick();
  dut_.valid_i = 0;
  tick();
  EXPECT_EQ(dut_.member1_o, ring_[10]);
  EXPECT_EQ(dut_.member2_o, ring_[16]);
}

TEST_F(DispatchSelect, RandomBackToBackAndWithGaps) {
  const char* given = std::getenv("SLUICE_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::cout << "repeat with: SLUICE_SEED=" << seed << " dispatch_select_test\n";
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20; ++round) {
    load(random);
    std::deque<std::optional<Expected>> pipeline;
    for (int i = 0; i < 1000; ++i) {
      const bool valid = round % 2 == 0 || random() % 2 != 0;
      const uint32_t bank = random() % 2, pool = random() % kPools;
      const uint64_t hash = random();
      dut_.valid_i = valid;
      dut_.bank_i = bank;
      dut_.pool_i = pool;
      dut_.hash_i = hash;
      tick();
      pipeline.push_front(valid ? std::optional(expect(bank, pool, hash)) : std::nullopt);
      if (pipeline.size() < kLatency) continue;
      const std::optional<Expected> due = pipeline[kLatency - 1];
      pipeline.resize(kLatency - 1);
      if (!due) continue;
      ASSERT_EQ(dut_.empty_o, due->empty);
      ASSERT_EQ(dut_.least_o, due->least);
      if (due->empty) continue;
      ASSERT_EQ(dut_.member1_o, due->first);
      ASSERT_EQ(dut_.member2_o, due->second);
    }
    dut_.valid_i = 0;
    tick();
  }
}

}  // namespace
}  // namespace sluice::dispatch_test
