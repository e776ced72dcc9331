// SPDX-License-Identifier: Apache-2.0
// A register map in memory, for tests: registers with their reset values, tables with staging and
// banks, no pipeline.
//
// Row writes, bank flips and waits are logged in order, so a test can say what must happen when.
// Accesses that the register map does not allow are counted in errors().
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "firmware/hal/gen/sluice_regs.h"
#include "firmware/hal/register_bus.h"

namespace sluice {

class FakeRegisterBus final : public RegisterBus {
 public:
  struct Access {
    enum Kind { kRow, kRegister, kWait } kind;
    uint32_t table = 0;    // kRow
    uint32_t bank = 0;     // kRow
    uint32_t row = 0;      // kRow
    uint32_t address = 0;  // kRegister
    uint32_t value = 0;    // kRegister; kWait: ns
  };

  FakeRegisterBus() {
    for (const regs::RegisterInfo& info : regs::kRegisters) {
      for (uint32_t i = 0; i < info.count; ++i) words_[info.offset + 4 * i] = 0;
    }
    words_[regs::IdReg::kOffset] = regs::IdReg::kReset;
    words_[regs::VersionReg::kOffset] = regs::VersionReg::kReset;
    words_[regs::IngressMaxFrameReg::kOffset] = regs::IngressMaxFrameReg::kReset;
    for (uint32_t i = 0; i < 3; ++i) {
      words_[regs::HashKeyReg::offset(i)] = regs::HashKeyReg::kReset[i];
    }
    for (uint32_t i = 0; i < regs::TimerReg::kCount; ++i) {
      words_[regs::TimerReg::offset(i)] = regs::TimerReg::kReset[i];
    }
  }

  uint32_t read32(uint32_t address) override {
    ++reads_;
    const auto word = words_.find(address);
    if (word != words_.end()) return word->second;
    if (address < regs::kRegisterSpace || table(address) == nullptr) {
      ++errors_;
      return 0xffffffff;
    }
    return 0;
  }

  void write32(uint32_t address, uint32_t value) override {
    if (address < regs::kRegisterSpace) {
      if (words_.count(address) == 0) ++errors_;
      words_[address] = value;
      log_.push_back({Access::kRegister, 0, 0, 0, address, value});
      return;
    }
    const regs::TableInfo* info = table(address);
    if (info == nullptr || !info->writable) {
      ++errors_;
      return;
    }
    writeTable(*info, address, value);
  }

  void wait(uint64_t ns) override {
    log_.push_back({Access::kWait, 0, 0, 0, 0, static_cast<uint32_t>(ns)});
    if (in_flight_ > 0) setInFlight(in_flight_ - 1);
  }

  // The row as it stands in the table (not staged words).
  template <typename Row>
  Row row(uint32_t index, uint32_t bank = 0) {
    uint32_t row_words[Row::kWords];
    for (uint32_t i = 0; i < Row::kWords; ++i) {
      const auto word = words_.find(Row::rowAddress(index, bank) + 4 * i);
      row_words[i] = word == words_.end() ? 0 : word->second;
    }
    return regs::unpack<Row>(row_words);
  }

  // What the pipeline would have put there (counters).
  template <typename Row>
  void poke(uint32_t index, const Row& value, uint32_t bank = 0) {
    uint32_t row_words[Row::kWords] = {};
    regs::pack(value, row_words);
    for (uint32_t i = 0; i < Row::kWords; ++i) {
      words_[Row::rowAddress(index, bank) + 4 * i] = row_words[i];
    }
  }

  uint32_t& word(uint32_t address) { return words_[address]; }

  // Packets in the pipeline; each wait() takes one out.
  void setInFlight(uint32_t packets) {
    in_flight_ = packets;
    uint32_t& status = words_[regs::StatusReg::kOffset];
    status = regs::StatusReg::kInFlight.put(status, packets);
  }

  const std::vector<Access>& log() const { return log_; }
  void clearLog() { log_.clear(); }
  uint64_t errors() const { return errors_; }
  uint64_t reads() const { return reads_; }

 private:
  const regs::TableInfo* table(uint32_t address) const {
    for (const regs::TableInfo& info : regs::kTables) {
      if (info.id != address >> regs::kTableShift) continue;
      const uint32_t offset =
          address & ((1u << (info.banked ? regs::kBankShift : regs::kTableShift)) - 1);
      const bool exists =
          offset / 4 / info.stride < info.rows && offset / 4 % info.stride < info.words;
      return exists ? &info : nullptr;
    }
    return nullptr;
  }

  void writeTable(const regs::TableInfo& info, uint32_t address, uint32_t value) {
    const uint32_t index = address / 4 % info.stride;
    staged_[index] = value;
    if (index != info.words - 1) return;
    for (uint32_t i = 0; i < info.words; ++i) words_[address - 4 * (index - i)] = staged_[i];
    const uint32_t bank = info.banked ? (address >> regs::kBankShift) & 1 : 0;
    const uint32_t offset =
        address & ((1u << (info.banked ? regs::kBankShift : regs::kTableShift)) - 1);
    log_.push_back({Access::kRow, info.id, bank, offset / 4 / info.stride, 0, 0});
  }

  std::map<uint32_t, uint32_t> words_;
  uint32_t staged_[16] = {};
  uint32_t in_flight_ = 0;
  uint64_t errors_ = 0;
  uint64_t reads_ = 0;
  std::vector<Access> log_;
};

}  // namespace sluice
