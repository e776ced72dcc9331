// SPDX-License-Identifier: Apache-2.0
//
// A Verilated stage that owns tables, with its table bus (rtl/README.md) at hand.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "firmware/hal/gen/sluice_regs.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::rtl_test {

template <typename Dut>
class TableBusFixture : public RtlFixture<Dut> {
 protected:
  using Words = std::array<uint32_t, 12>;
  static constexpr int kPatience = 20;

  /// What an access answers; nothing if no acknowledgement comes.
  std::optional<Words> access(bool write, uint32_t id, uint32_t bank, uint32_t row,
                              const Words& words) {
    this->dut_.tbl_valid_i = 1;
    this->dut_.tbl_write_i = write;
    this->dut_.tbl_id_i = id;
    this->dut_.tbl_bank_i = bank;
    this->dut_.tbl_row_i = row;
    std::copy(words.begin(), words.end(), &this->dut_.tbl_wdata_i[0]);
    std::optional<Words> answer;
    for (int cycle = 0; cycle < kPatience && !answer; ++cycle) {
      EXPECT_EQ(busData(), Words{}) << "0 but with an acknowledgement";
      this->clock();
      if (this->dut_.tbl_ack_o) answer = busData();
    }
    this->clock();  // the request stands in the cycle of the acknowledgement
    this->dut_.tbl_valid_i = 0;
    EXPECT_EQ(this->dut_.tbl_ack_o, 0) << "acknowledged once";
    EXPECT_EQ(busData(), Words{}) << "0 but with an acknowledgement";
    return answer;
  }

  template <typename Row>
  void writeRow(uint32_t row, const Row& value, uint32_t bank = 0) {
    Words words{};
    words.fill(0xffffffff);  // beyond the row: junk
    pack(value, std::span<uint32_t>(words).first(Row::kWords));
    EXPECT_TRUE(access(true, Row::kTableId, bank, row, words));
  }

  template <typename Row>
  Row readRow(uint32_t row, uint32_t bank = 0) {
    const auto words = access(false, Row::kTableId, bank, row, {});
    EXPECT_TRUE(words);
    if (!words) return {};
    for (size_t i = Row::kWords; i < words->size(); ++i) EXPECT_EQ((*words)[i], 0u);
    return regs::unpack<Row>(std::span<const uint32_t>(*words).first(Row::kWords));
  }

  Words busData() {
    Words words;
    std::copy_n(&this->dut_.tbl_rdata_o[0], words.size(), words.begin());
    return words;
  }
};

}  // namespace sluice::rtl_test
