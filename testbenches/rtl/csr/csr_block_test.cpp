// SPDX-License-Identifier: Apache-2.0
//
// csr_block: every register of the map, the rules of the bus, rows of tables, and random timing.

#include <cstdlib>
#include <iostream>
#include <random>
#include <set>
#include <string>

#include "testbenches/rtl/csr/csr_bench.h"
#include "testbenches/rtl/csr/gen/register_cases.h"

namespace sluice::csr_test {
namespace {

using regs::Access;

/// A table word's address. bank only for banked tables.
uint32_t wordAddress(const regs::TableInfo& table, uint32_t bank, uint32_t row, uint32_t word) {
  return (table.id << regs::kTableShift) | (bank << regs::kBankShift) |
         ((row * table.stride + word) * 4);
}

uint32_t lastBank(const regs::TableInfo& table) { return table.banked ? 1 : 0; }

class CsrBlock : public CsrBench {
 protected:
  /// Writes word w of a row as base + w.
  void writeRow(const regs::TableInfo& table, uint32_t bank, uint32_t row, uint32_t base) {
    for (uint32_t word = 0; word < table.words; ++word) {
      EXPECT_TRUE(write(wordAddress(table, bank, row, word), base + word).ok) << table.name;
    }
  }

  void expectRow(const regs::TableInfo& table, uint32_t bank, uint32_t row, uint32_t base) {
    for (uint32_t word = 0; word < table.words; ++word) {
      expectRead(wordAddress(table, bank, row, word), base + word);
    }
  }

  /// What the table owner holds of a row.
  void fill(const regs::TableInfo& table, uint32_t bank, uint32_t row, uint32_t base) {
    Row& data = rows_[{table.id, bank, row}];
    for (uint32_t word = 0; word < data.size(); ++word) data[word] = base + word;
  }
};

// Reset and registers ----------------------------------------------------------------------------

TEST_F(CsrBlock, IsQuietInReset) {
  dut_.rst_i = 1;
  dut_.s_axil_awvalid_i = dut_.s_axil_wvalid_i = dut_.s_axil_arvalid_i = 1;
  for (int cycle = 0; cycle < 5; ++cycle) tick();
  EXPECT_EQ(dut_.s_axil_bvalid_o, 0);
  EXPECT_EQ(dut_.s_axil_rvalid_o, 0);
  EXPECT_EQ(dut_.tbl_valid_o, 0);
  EXPECT_FALSE(command().scrub_start_valid);
}

TEST_F(CsrBlock, ResetEndsATransaction) {
  owner_answers_ = false;
  dut_.s_axil_araddr_i = regs::RingRow::rowAddress(5);
  dut_.s_axil_arvalid_i = 1;
  for (int cycle = 0; cycle < 5; ++cycle) tick();
  EXPECT_EQ(dut_.tbl_valid_o, 1);
  dut_.s_axil_arvalid_i = 0;
  reset();
  owner_answers_ = true;
  EXPECT_EQ(dut_.tbl_valid_o, 0);
  expectRead(regs::IdReg::kOffset, regs::IdReg::kReset);
  EXPECT_TRUE(accesses_.empty());
}

TEST_F(CsrBlock, RegistersHaveTheirResetValues) {
  for (const RegisterCase& item : kRegisterCases) {
    SCOPED_TRACE(item.name);
    expectRead(item.address, item.from_hardware ? 0 : item.reset);
  }
}

TEST_F(CsrBlock, ResetRestoresRegisters) {
  for (const RegisterCase& item : kRegisterCases) {
    if (item.access == Access::kReadWrite) write(item.address, ~item.reset);
  }
  reset();
  for (const RegisterCase& item : kRegisterCases) {
    SCOPED_TRACE(item.name);
    expectRead(item.address, item.from_hardware ? 0 : item.reset);
  }
}

TEST_F(CsrBlock, RegistersKeepTheirWritableBits) {
  for (const uint32_t pattern : {0xffffffffu, 0x5a5a5a5au, 0xa5a5a5a5u, 0u}) {
    for (const RegisterCase& item : kRegisterCases) {
      if (item.access != Access::kReadWrite) continue;
      SCOPED_TRACE(item.name);
      EXPECT_TRUE(write(item.address, pattern).ok);
      expectRead(item.address, pattern & item.writable);
    }
  }
}

TEST_F(CsrBlock, AWriteReachesOneRegisterOnly) {
  for (const RegisterCase& item : kRegisterCases) {
    if (item.access == Access::kReadWrite) write(item.address, item.address * 0x01010101u);
  }
  for (const RegisterCase& item : kRegisterCases) {
    if (item.access != Access::kReadWrite) continue;
    SCOPED_TRACE(item.name);
    expectRead(item.address, (item.address * 0x01010101u) & item.writable);
  }
}

TEST_F(CsrBlock, ReadOnlyRegistersRefuseWrites) {
  for (const RegisterCase& item : kRegisterCases) {
    if (item.access != Access::kReadOnly) continue;
    SCOPED_TRACE(item.name);
    expectError(write(item.address, 0xffffffff));
    expectRead(item.address, item.reset);
  }
}

TEST_F(CsrBlock, ConfigurationShowsWhatWasWritten) {
  write(regs::ControlReg::kOffset,
        regs::ControlReg::kAclEnable.put(0, 1) | regs::ControlReg::kFragments.put(0, 1));
  write(regs::HashKeyReg::offset(1), 0x12345678);
  write(regs::TimerReg::offset(23), 0x7abcde);
  const regs::CsrConfig seen = config();
  EXPECT_FALSE(seen.control_bank);
  EXPECT_TRUE(seen.control_acl_enable);
  EXPECT_TRUE(seen.control_fragments);
  EXPECT_EQ(seen.hash_key[0], regs::HashKeyReg::kReset[0]);
  EXPECT_EQ(seen.hash_key[1], 0x12345678u);
  EXPECT_EQ(seen.timer[22], regs::TimerReg::kReset[22]);
  EXPECT_EQ(seen.timer[23], 0x7abcdeu);
}

TEST_F(CsrBlock, StatusIsReadAsItStands) {
  regs::CsrStatus status;
  status.geometry_data_width = 512;
  status.geometry_flow_banks = 4;
  status.geometry_flow_ways = 8;
  status.geometry_flow_rows_log2 = 16;
  status.status_scrub_busy = true;
  status.flow_hits = {0x89abcdef, 0x01234567};
  status.flow_alias = {0xffffffff, 0x80000000};
  setStatus(status);
  expectRead(regs::GeometryReg::kOffset, 512 | 4 << 12 | 8 << 16 | 16 << 20);
  expectRead(regs::StatusReg::kOffset, 0x100);
  expectRead(regs::FlowHitsReg::offset(0), 0x89abcdef);
  expectRead(regs::FlowHitsReg::offset(1), 0x01234567);
  expectRead(regs::FlowAliasReg::offset(0), 0xffffffff);
  expectRead(regs::FlowAliasReg::offset(1), 0x80000000);
  expectRead(regs::FlowMissesReg::offset(0), 0);
}

TEST_F(CsrBlock, AnOrderIsOnePulse) {
  EXPECT_TRUE(write(regs::ScrubStartReg::kOffset, 0xfffffffe).ok);
  ASSERT_EQ(orders_.size(), 1u);
  EXPECT_EQ(orders_[0].scrub_start_mode, 2);
  expectRead(regs::ScrubStartReg::kOffset, 0);
  EXPECT_EQ(orders_.size(), 1u);
}

TEST_F(CsrBlock, ARefusedOrderIsNoPulse) {
  expectError(write(regs::ScrubStartReg::kOffset, 3, 0x1));
  expectError(write(regs::ScrubStartReg::kOffset + 1, 3));
  write(regs::ScrubArgReg::kOffset, 3);
  EXPECT_TRUE(orders_.empty());
}

// The rules of the bus ---------------------------------------------------------------------------

TEST_F(CsrBlock, UnmappedRegistersAreErrors) {
  std::set<uint32_t> mapped;
  for (const RegisterCase& item : kRegisterCases) mapped.insert(item.address);
  for (uint32_t address = 0; address < regs::kRegisterSpace; address += 4) {
    if (mapped.count(address)) continue;
    expectError(read(address));
    expectError(write(address, 1));
  }
}

TEST_F(CsrBlock, RegistersAreNotMirrored) {
  for (const uint32_t address : {0x1000u, 0x1008u, 0x00800008u, 0x04000008u, 0x07fffff8u}) {
    expectError(read(address));
    expectError(write(address, 1));
  }
  expectRead(regs::ScratchReg::kOffset, 0);
}

TEST_F(CsrBlock, MisalignedAddressesAreErrors) {
  for (uint32_t offset = 1; offset < 4; ++offset) {
    expectError(read(regs::ScratchReg::kOffset + offset));
    expectError(write(regs::ScratchReg::kOffset + offset, 1));
    expectError(read(regs::RingRow::rowAddress(0) + offset));
    expectError(write(regs::RingRow::rowAddress(0) + offset, 1));
  }
  expectRead(regs::ScratchReg::kOffset, 0);
  EXPECT_TRUE(accesses_.empty());
}

TEST_F(CsrBlock, PartialWritesAreErrors) {
  for (uint8_t strobes = 0; strobes < 0xf; ++strobes) {
    expectError(write(regs::ScratchReg::kOffset, 0xffffffff, strobes));
    expectError(write(regs::RingRow::rowAddress(0), 0xffffffff, strobes));
  }
  expectRead(regs::ScratchReg::kOffset, 0);
  EXPECT_TRUE(accesses_.empty());
}

TEST_F(CsrBlock, ReadsAndWritesTakeTurns) {
  dut_.s_axil_bready_i = dut_.s_axil_rready_i = 1;
  dut_.s_axil_awvalid_i = dut_.s_axil_wvalid_i = dut_.s_axil_arvalid_i = 1;
  dut_.s_axil_awaddr_i = dut_.s_axil_araddr_i = regs::ScratchReg::kOffset;
  dut_.s_axil_wstrb_i = 0xf;
  int writes = 0, reads = 0;
  for (int cycle = 0; cycle < 60; ++cycle) {
    settle();
    writes += dut_.s_axil_bvalid_o;
    reads += dut_.s_axil_rvalid_o;
    EXPECT_LE(std::abs(writes - reads), 1);
    tick();
  }
  EXPECT_EQ(writes + reads, 20) << "three cycles each";
}

// Tables -----------------------------------------------------------------------------------------

TEST_F(CsrBlock, TheLastWordWritesTheRow) {
  for (const regs::TableInfo& table : regs::kTables) {
    if (!table.writable) continue;
    SCOPED_TRACE(std::string(table.name));
    for (uint32_t bank = 0; bank <= lastBank(table); ++bank) {
      const uint32_t row = table.rows - 1;
      accesses_.clear();
      writeRow(table, bank, row, 0x1000 * table.id);
      ASSERT_EQ(accesses_.size(), 1u);
      EXPECT_TRUE(accesses_[0].write);
      EXPECT_EQ(accesses_[0].id, table.id);
      EXPECT_EQ(accesses_[0].bank, bank);
      EXPECT_EQ(accesses_[0].row, row);
      for (uint32_t word = 0; word < table.words; ++word) {
        EXPECT_EQ(accesses_[0].data[word], 0x1000 * table.id + word);
      }
    }
  }
}

TEST_F(CsrBlock, WordZeroReadsTheRow) {
  for (const regs::TableInfo& table : regs::kTables) {
    SCOPED_TRACE(std::string(table.name));
    for (uint32_t bank = 0; bank <= lastBank(table); ++bank) {
      const uint32_t row = table.rows - 1;
      fill(table, bank, row, 0x100 * table.id + bank);
      accesses_.clear();
      expectRow(table, bank, row, 0x100 * table.id + bank);
      ASSERT_EQ(accesses_.size(), 1u);
      EXPECT_FALSE(accesses_[0].write);
      EXPECT_EQ(accesses_[0].id, table.id);
      EXPECT_EQ(accesses_[0].bank, bank);
      EXPECT_EQ(accesses_[0].row, row);
    }
  }
}

TEST_F(CsrBlock, ReadOnlyTablesRefuseWrites) {
  for (const regs::TableInfo& table : regs::kTables) {
    if (table.writable) continue;
    SCOPED_TRACE(std::string(table.name));
    for (uint32_t word = 0; word < table.words; ++word)
      expectError(write(wordAddress(table, 0, 0, word), 1));
  }
  EXPECT_TRUE(accesses_.empty());
}

TEST_F(CsrBlock, RowsBeyondATableAreErrors) {
  for (const regs::TableInfo& table : regs::kTables) {
    SCOPED_TRACE(std::string(table.name));
    const uint32_t room = 1u << (table.banked ? regs::kBankShift : regs::kTableShift);
    for (uint32_t row : {table.rows, 2 * table.rows, room / (4 * table.stride) - 1}) {
      if (row < table.rows || row >= room / (4 * table.stride)) continue;
      expectError(read(wordAddress(table, 0, row, 0)));
      expectError(write(wordAddress(table, 0, row, table.words - 1), 1));
    }
  }
  EXPECT_TRUE(accesses_.empty());
}

TEST_F(CsrBlock, WordsBeyondARowAreErrors) {
  for (const regs::TableInfo& table : regs::kTables) {
    SCOPED_TRACE(std::string(table.name));
    for (uint32_t word = table.words; word < table.stride; ++word) {
      expectError(read(wordAddress(table, 0, 1, word)));
      expectError(write(wordAddress(table, 0, 1, word), 1));
    }
  }
  EXPECT_TRUE(accesses_.empty());
}

TEST_F(CsrBlock, UnknownTablesAreErrors) {
  std::set<uint32_t> known = {0};
  for (const regs::TableInfo& table : regs::kTables) known.insert(table.id);
  for (uint32_t id = 0; id < 32; ++id) {
    if (known.count(id)) continue;
    expectError(read(id << regs::kTableShift));
    expectError(write(id << regs::kTableShift, 1));
  }
  EXPECT_TRUE(accesses_.empty());
}

TEST_F(CsrBlock, ARowReadIsOfOneMoment) {
  const regs::TableInfo& table = regs::kTables[regs::FlowKeyRow::kTableId - 1];
  ASSERT_EQ(table.id, regs::FlowKeyRow::kTableId);
  fill(table, 0, 7, 100);
  expectRead(wordAddress(table, 0, 7, 0), 100);
  fill(table, 0, 7, 200);
  for (uint32_t word = 1; word < table.words; ++word)
    expectRead(wordAddress(table, 0, 7, word), 100 + word);
}

TEST_F(CsrBlock, AWriteLeavesTheFetchedRow) {
  const regs::TableInfo& table = regs::kTables[regs::MemberRow::kTableId - 1];
  fill(table, 0, 1, 100);
  expectRead(wordAddress(table, 0, 1, 0), 100);
  writeRow(table, 1, 2, 500);
  for (uint32_t word = 1; word < table.words; ++word)
    expectRead(wordAddress(table, 0, 1, word), 100 + word);
}

TEST_F(CsrBlock, ASilentTableEndsInAnError) {
  owner_answers_ = false;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const int start = cycle_;
    expectError(read(regs::RingRow::rowAddress(5)));
    EXPECT_NEAR(cycle_ - start, kTimeoutCycles, 8);
    expectError(write(regs::RingRow::rowAddress(5), 1));
    EXPECT_EQ(dut_.tbl_valid_o, 0);
  }
  owner_answers_ = true;
  EXPECT_TRUE(write(regs::RingRow::rowAddress(5), 77).ok);
  expectRead(regs::RingRow::rowAddress(5), 77);
}

TEST_F(CsrBlock, ATableMayAnswerInTheLastMoment) {
  ack_delay_ = [] { return kTimeoutCycles - 1; };
  EXPECT_TRUE(write(regs::RingRow::rowAddress(5), 77).ok);
  ack_delay_ = [] { return kTimeoutCycles; };
  expectError(write(regs::RingRow::rowAddress(5), 78));
}

// Random -----------------------------------------------------------------------------------------

/// Of the environment variable SLUICE_SEED if set; printed with the command that repeats the run.
uint64_t chooseSeed() {
  const char* given = std::getenv("SLUICE_SEED");
  const uint64_t seed = given ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::cout << "repeat with: SLUICE_SEED=" << seed
            << " csr_block_test --gtest_filter=" << test->test_suite_name() << "." << test->name()
            << std::endl;
  return seed;
}

TEST_F(CsrBlock, RandomTimingAgainstAModel) {
  std::mt19937_64 random(chooseSeed());
  auto below = [&](uint64_t limit) { return static_cast<uint32_t>(random() % limit); };
  pause_ = [&] { return below(2) ? 0 : static_cast<int>(below(6)); };
  ack_delay_ = [&] { return static_cast<int>(below(6)); };

  std::map<uint32_t, uint32_t> registers;
  std::vector<RegisterCase> writable;
  for (const RegisterCase& item : kRegisterCases) {
    if (item.access != Access::kReadWrite) continue;
    writable.push_back(item);
    registers[item.address] = item.reset;
  }
  for (int step = 0; step < 3000 && !HasFailure(); ++step) {
    const RegisterCase& target = writable[below(writable.size())];
    const RegisterCase& other = writable[below(writable.size())];
    const regs::TableInfo& table = regs::kTables[below(regs::kTables.size())];
    const uint32_t bank = below(lastBank(table) + 1), row = below(table.rows),
                   value = below(1ull << 32);
    switch (below(4)) {
      case 0: {  // write one register, read another
        if (target.address == other.address) break;
        const auto [written, got] = transfer(WriteRequest{target.address, value}, other.address);
        EXPECT_TRUE(written.ok && got.ok);
        EXPECT_EQ(got.data, registers[other.address]) << other.name;
        registers[target.address] = value & target.writable;
        break;
      }
      case 1:
        expectRead(target.address, registers[target.address]);
        break;
      case 2:
        if (table.writable) writeRow(table, bank, row, value);
        break;
      case 3:
        fill(table, bank, row, value);
        expectRow(table, bank, row, value);
        break;
    }
    EXPECT_EQ(dut_.tbl_valid_o, 0);
  }
  for (const auto& [address, value] : registers) expectRead(address, value);
}

}  // namespace
}  // namespace sluice::csr_test
