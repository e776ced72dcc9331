// SPDX-License-Identifier: Apache-2.0
// What all configuration tables and registers of a data plane shall hold, in memory.
//
// The ring memory is not part of it: rings are written where they are new (Build::fresh_rings).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "firmware/hal/gen/sluice_regs.h"
#include "firmware/hal/hal.h"

namespace sluice {

// Rows of the writable tables, packed, without the padding between rows. All 0 at first, as at
// power-up in simulation.
class TableImage {
 public:
  static constexpr size_t kTableIds = regs::SnatAddressRow::kTableId + 1;

  TableImage() {
    for (const regs::TableInfo& info : regs::kTables) {
      if (info.writable && info.id != regs::RingRow::kTableId)
        words_[info.id].resize(size_t{info.rows} * info.words);
    }
  }

  template <typename Row>
  void set(uint32_t row, const Row& value) {
    regs::pack(value,
               std::span(words_[Row::kTableId]).subspan(size_t{row} * Row::kWords, Row::kWords));
  }
  template <typename Row>
  Row get(uint32_t row) const {
    return regs::unpack<Row>(words(Row::kTableId).subspan(size_t{row} * Row::kWords, Row::kWords));
  }

  // All rows of a table, one after the other. Empty for tables that are not part of the image.
  std::span<const uint32_t> words(uint32_t table_id) const { return words_[table_id]; }
  std::span<uint32_t> words(uint32_t table_id) { return words_[table_id]; }

  bool operator==(const TableImage&) const = default;

 private:
  std::array<std::vector<uint32_t>, kTableIds> words_;
};

struct RegisterImage {
  PipelineMode mode;
  std::array<uint32_t, 3> hash_key{};
  std::array<uint32_t, regs::TimerReg::kCount> timers{};
  uint32_t half_open_max = 0;
  uint64_t source_rate = 0;
  uint32_t source_burst = 0;
  uint64_t source_connection_rate = 0;
  uint32_t source_connection_burst = 0;
  uint32_t tunnel_source4 = 0;
  std::array<uint32_t, 4> tunnel_source6{};
  bool operator==(const RegisterImage&) const = default;
};

}  // namespace sluice
