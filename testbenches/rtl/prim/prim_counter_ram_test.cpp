// SPDX-License-Identifier: Apache-2.0
//
// prim_counter_ram, 11 rows.

#include <array>
#include <optional>
#include <utility>

#include "Vprim_counter_ram.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::rtl_test {
namespace {

constexpr uint32_t kRows = 11;

struct Count {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  bool operator==(const Count&) const = default;
};

class PrimCounterRam : public RtlFixture<Vprim_counter_ram> {
 protected:
  /// One clock with an increment, a read, both or none. A read must show all increments of earlier
  /// steps.
  void step(std::optional<std::pair<uint32_t, uint32_t>> increment, std::optional<uint32_t> read) {
    dut_.inc_valid_i = increment.has_value();
    dut_.inc_row_i = increment ? increment->first : 5;
    dut_.inc_bytes_i = increment ? increment->second : 0x3fff;
    dut_.rd_en_i = read.has_value();
    dut_.rd_row_i = read.value_or(3);
    const Count expected = read ? golden_[*read] : Count{};
    clock();
    if (increment) {
      ++golden_[increment->first].packets;
      golden_[increment->first].bytes += increment->second;
    }
    if (!read) return;
    Count got{uint64_t{dut_.rd_data_o[1]} << 32 | dut_.rd_data_o[0],
              uint64_t{dut_.rd_data_o[3]} << 32 | dut_.rd_data_o[2]};
    ASSERT_EQ(got.packets, expected.packets) << "row " << *read << " cycle " << cycle_;
    ASSERT_EQ(got.bytes, expected.bytes) << "row " << *read << " cycle " << cycle_;
  }

  std::array<Count, kRows> golden_;
};

TEST_F(PrimCounterRam, StartsAtZero) {
  for (uint32_t row = 0; row < kRows; ++row) step(std::nullopt, row);
}

TEST_F(PrimCounterRam, ReadSeesTheIncrementOfTheCycleBefore) {
  step({{4, 1500}}, std::nullopt);
  step(std::nullopt, 4);
  step(std::nullopt, 4);
}

TEST_F(PrimCounterRam, SameRowInEveryCycle) {
  for (uint32_t i = 0; i < 50; ++i) step({{7, i}}, 7);
  step(std::nullopt, 7);
}

TEST_F(PrimCounterRam, RowsInTurn) {
  for (uint32_t i = 0; i < 60; ++i) step({{i % 2 ? 10 : i % 3, 64}}, i % kRows);
  for (uint32_t row = 0; row < kRows; ++row) step(std::nullopt, row);
}

TEST_F(PrimCounterRam, BytesPass32Bits) {
  for (int i = 0; i < 300000; ++i) step({{0, 16383}}, std::nullopt);
  step(std::nullopt, 0);
  EXPECT_GT(golden_[0].bytes, uint64_t{1} << 32);
}

TEST_F(PrimCounterRam, ResetKeepsTheCounts) {
  step({{2, 100}}, std::nullopt);
  step(std::nullopt, std::nullopt);
  reset();
  step(std::nullopt, 2);
}

TEST_F(PrimCounterRam, Random) {
  rtl_test::Random random;
  for (int cycle = 0; cycle < 50000; ++cycle) {
    const uint32_t rows = (cycle / 1000) % 2 ? kRows : 2;  // often the same row
    std::optional<std::pair<uint32_t, uint32_t>> increment;
    if (random.percent(70)) increment = {random.between(0, rows - 1), random.bits(14)};
    std::optional<uint32_t> read;
    if (random.percent(70)) read = random.between(0, rows - 1);
    step(increment, read);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::rtl_test
