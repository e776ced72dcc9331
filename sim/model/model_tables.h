// SPDX-License-Identifier: Apache-2.0
// Registers and tables as the model holds them: decoded rows, addressed like the hardware's.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice::model {

// Sizes that differ between profiles.
struct Geometry {
  uint32_t flow_banks = 4;
  uint32_t flow_ways = 4;
  uint32_t flow_rows_log2 = 16;  // rows per bank
  uint32_t digest_bits = 24;     // 1 to 24
  bool exact_keys = true;        // false: digests alone, for modes other than nat
  uint32_t data_width = 512;     // bits, for the GEOMETRY register only
  uint32_t virtual_key_rows = regs::VirtualKeyRow::kRows;
  uint32_t snat_ports_log2 = 14;  // of each address of full NAT

  uint32_t flowRows() const { return 1u << flow_rows_log2; }
  uint32_t digestMask() const { return 0xff'ffff >> (24 - digest_bits); }
  uint32_t flowSlots() const { return flow_banks * flow_ways << flow_rows_log2; }
};

// A table that firmware writes. Rows are decoded when their last word is written.
template <class Row>
class ConfigTable {
 public:
  explicit ConfigTable(uint32_t rows = Row::kRows) : rows_(rows) {
    for (auto& bank : banks_) bank.resize(rows);
    if (!Row::kBanked) banks_[1].clear();
  }

  const Row& at(uint32_t row, uint32_t bank = 0) const { return banks_[bank][row]; }
  uint32_t rows() const { return rows_; }

  void write(uint32_t row, uint32_t bank, std::span<const uint32_t> words) {
    if (row < rows_) regs::unpack(words, banks_[bank][row]);
  }
  void read(uint32_t row, uint32_t bank, std::span<uint32_t> words) const {
    if (row < rows_) regs::pack(banks_[bank][row], words);
  }

 private:
  uint32_t rows_;
  std::array<std::vector<Row>, 2> banks_;
};

struct Tables {
  explicit Tables(const Geometry& geometry) : virtual_key(geometry.virtual_key_rows) {}

  ConfigTable<regs::AclBitsRow> acl_bits;
  ConfigTable<regs::AclActionRow> acl_action;
  ConfigTable<regs::VirtualKeyRow> virtual_key;
  ConfigTable<regs::VirtualRow> virtuals;
  ConfigTable<regs::PrefixBitsRow> prefix_bits;
  ConfigTable<regs::PrefixResultRow> prefix_result;
  ConfigTable<regs::PoolRow> pool;
  ConfigTable<regs::RingRow> ring;
  ConfigTable<regs::MemberRow> member;
  ConfigTable<regs::NeighborRow> neighbor;
  ConfigTable<regs::PortRow> port;
  ConfigTable<regs::VirtualPolicerRow> virtual_policer;
  ConfigTable<regs::ConnectionPolicerRow> connection_policer;
  ConfigTable<regs::AclPolicerRow> acl_policer;
  ConfigTable<regs::PuntPolicerRow> punt_policer;
  ConfigTable<regs::SnatAddressRow> snat_address;
};

struct Counter {
  uint64_t packets = 0;
  uint64_t bytes = 0;

  void add(uint64_t length) {
    ++packets;
    bytes += length;
  }
};

struct Counters {
  std::vector<Counter> virtuals = std::vector<Counter>(regs::VirtualCountersRow::kRows);
  std::vector<Counter> member = std::vector<Counter>(regs::MemberCountersRow::kRows);
  std::vector<Counter> port = std::vector<Counter>(regs::PortCountersRow::kRows);
  std::vector<Counter> drop = std::vector<Counter>(regs::DropCountersRow::kRows);
  std::vector<Counter> punt = std::vector<Counter>(regs::PuntCountersRow::kRows);
  std::vector<Counter> acl = std::vector<Counter>(regs::AclCountersRow::kRows);
};

// Words of one row, as the bus moves them.
using RowWords = std::array<uint32_t, 16>;

// Decoded bus address of a table access.
struct TableAccess {
  const regs::TableInfo* table;
  uint32_t bank;
  uint32_t row;
  uint32_t word;
};

// Where a byte address at or above 1 << kTableShift points; nothing if it is unmapped.
std::optional<TableAccess> decodeTableAddress(uint32_t address);

// Writable registers: stored words and their decoded form.
class Registers {
 public:
  Registers();

  const regs::CsrConfig& config() const { return config_; }
  // The register at a byte address below kRegisterSpace, or nullptr.
  static const regs::RegisterInfo* find(uint32_t address);
  uint32_t stored(uint32_t address) const { return words_[address / 4]; }
  void store(uint32_t address, uint32_t value);

 private:
  void decode();

  std::array<uint32_t, regs::kRegisterSpace / 4> words_{};
  regs::CsrConfig config_;
};

}  // namespace sluice::model
