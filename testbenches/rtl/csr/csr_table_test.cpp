// SPDX-License-Identifier: Apache-2.0
//
// csr_table (and prim_table_ram in it): 11 rows of 70 bits, two banks, table id 9.

#include <array>
#include <cstdint>

#include "Vcsr_table.h"
#include "gtest/gtest.h"
#include "verilated.h"

namespace sluice::csr_test {
namespace {

constexpr uint32_t kId = 9;
constexpr uint32_t kRows = 11;

using Value = std::array<uint32_t, 3>;  // 70 bits

class CsrTable : public testing::Test {
 protected:
  void SetUp() override {
    context_.errorLimit(1000000);  // count failing assertions, go on
    dut_.rst_i = 1;
    tick();
    dut_.rst_i = 0;
  }

  void TearDown() override {
    dut_.final();
    EXPECT_EQ(context_.errorCount(), 0) << "an assertion of the RTL failed";
  }

  void tick() {
    dut_.clk_i = 0;
    dut_.eval();
    dut_.clk_i = 1;
    dut_.eval();
  }

  /// One request on the table bus; the cycles until its acknowledgement, 0 = none within 10.
  int request(bool write, uint32_t id, uint32_t bank, uint32_t row, Value value = {}) {
    dut_.tbl_valid_i = 1;
    dut_.tbl_write_i = write;
    dut_.tbl_id_i = id;
    dut_.tbl_bank_i = bank;
    dut_.tbl_row_i = row;
    for (size_t word = 0; word < 12; ++word)
      dut_.tbl_wdata_i[word] = word < 3 ? value[word] : 0xffffffff;
    int cycles = 0;
    for (int cycle = 1; cycle <= 10 && cycles == 0; ++cycle) {
      tick();
      if (dut_.tbl_ack_o) cycles = cycle;
    }
    answer_ = busData();
    tick();
    EXPECT_EQ(dut_.tbl_ack_o, 0) << "acknowledged once";
    EXPECT_EQ(busData(), Value{}) << "0 but in the cycle of the acknowledgement";
    dut_.tbl_valid_i = 0;
    tick();
    return cycles;
  }

  void expectStored(uint32_t bank, uint32_t row, Value value) {
    EXPECT_EQ(request(false, kId, bank, row), 1);
    EXPECT_EQ(answer_, value) << "bank " << bank << " row " << row;
    EXPECT_EQ(lookUp(bank, row), value) << "bank " << bank << " row " << row;
  }

  Value lookUp(uint32_t bank, uint32_t row) {
    dut_.read_en_i = 1;
    dut_.read_bank_i = bank;
    dut_.read_row_i = row;
    tick();
    dut_.read_en_i = 0;
    return pipelineData();
  }

  Value busData() { return {dut_.tbl_rdata_o[0], dut_.tbl_rdata_o[1], dut_.tbl_rdata_o[2]}; }

  Value pipelineData() { return {dut_.read_data_o[0], dut_.read_data_o[1], dut_.read_data_o[2]}; }

  static Value valueOf(uint32_t bank, uint32_t row) {
    return {row + 1, 0xabcd0000 + bank, 0x20 + row};
  }

  VerilatedContext context_;
  Vcsr_table dut_{&context_};
  Value answer_{};
};

TEST_F(CsrTable, IsZeroAtPowerUp) {
  for (uint32_t row = 0; row < kRows; ++row) expectStored(row % 2, row, {});
}

TEST_F(CsrTable, KeepsEveryRowOfBothBanks) {
  for (uint32_t row = 0; row < kRows; ++row) {
    for (uint32_t bank = 0; bank < 2; ++bank)
      EXPECT_EQ(request(true, kId, bank, row, valueOf(bank, row)), 1);
  }
  for (uint32_t row = 0; row < kRows; ++row) {
    for (uint32_t bank = 0; bank < 2; ++bank) expectStored(bank, row, valueOf(bank, row));
  }
}

TEST_F(CsrTable, AnswersZeroForRowsItDoesNotHave) {
  for (uint32_t row = 0; row < kRows; ++row) request(true, kId, 0, row, valueOf(0, row));
  for (uint32_t row : {kRows, 15u, 16u, 32u, 0xfffffu}) {
    EXPECT_EQ(request(true, kId, 0, row, {1, 2, 3}), 1);
    expectStored(0, kRows - 1, valueOf(0, kRows - 1));
    EXPECT_EQ(request(false, kId, 0, row), 1);
    EXPECT_EQ(answer_, Value{});
  }
  for (uint32_t row = 0; row < kRows; ++row) {
    expectStored(0, row, valueOf(0, row));
    expectStored(1, row, {});
  }
}

TEST_F(CsrTable, IgnoresOtherTables) {
  request(true, kId, 0, 3, valueOf(0, 3));
  for (uint32_t id = 0; id < 32; ++id) {
    if (id == kId) continue;
    EXPECT_EQ(request(true, id, 0, 3, {1, 2, 3}), 0);
    EXPECT_EQ(answer_, Value{}) << "an owner that is not asked drives 0";
  }
  expectStored(0, 3, valueOf(0, 3));
}

TEST_F(CsrTable, HoldsThePipelinesRow) {
  request(true, kId, 0, 3, valueOf(0, 3));
  EXPECT_EQ(lookUp(0, 3), valueOf(0, 3));
  dut_.read_row_i = 4;
  request(true, kId, 0, 3, valueOf(1, 7));
  EXPECT_EQ(pipelineData(), valueOf(0, 3));
  EXPECT_EQ(lookUp(0, 3), valueOf(1, 7));
}

TEST_F(CsrTable, AReadBesideAWriteGetsTheOldRow) {
  request(true, kId, 0, 3, valueOf(0, 3));
  dut_.read_en_i = 1;
  dut_.read_bank_i = 0;
  dut_.read_row_i = 3;
  dut_.tbl_valid_i = dut_.tbl_write_i = 1;
  dut_.tbl_id_i = kId;
  dut_.tbl_bank_i = 0;
  dut_.tbl_row_i = 3;
  for (size_t word = 0; word < 3; ++word) dut_.tbl_wdata_i[word] = valueOf(1, 9)[word];
  tick();
  EXPECT_EQ(pipelineData(), valueOf(0, 3));
  tick();
  EXPECT_EQ(pipelineData(), valueOf(1, 9));
  dut_.tbl_valid_i = dut_.read_en_i = 0;
  tick();
}

}  // namespace
}  // namespace sluice::csr_test
