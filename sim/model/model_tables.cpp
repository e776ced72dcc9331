// SPDX-License-Identifier: Apache-2.0
#include "sim/model/model_tables.h"

namespace sluice::model {

std::optional<TableAccess> decodeTableAddress(uint32_t address) {
  const uint32_t id = address >> regs::kTableShift;
  for (const regs::TableInfo& table : regs::kTables) {
    if (table.id != id) continue;
    const uint32_t bank = (address >> regs::kBankShift) & 1;
    const uint32_t in_bank = table.banked ? address & ((1u << regs::kBankShift) - 1)
                                          : address & ((1u << regs::kTableShift) - 1);
    const uint32_t word = in_bank / 4;
    const TableAccess access{&table, table.banked ? bank : 0, word / table.stride,
                             word % table.stride};
    if (address % 4 != 0 || access.row >= table.rows || access.word >= table.words)
      return std::nullopt;
    return access;
  }
  return std::nullopt;
}

Registers::Registers() {
  words_[regs::IdReg::kOffset / 4] = regs::IdReg::kReset;
  words_[regs::VersionReg::kOffset / 4] = regs::VersionReg::kReset;
  words_[regs::IngressMinFrameReg::kOffset / 4] = regs::IngressMinFrameReg::kReset;
  words_[regs::IngressMaxFrameReg::kOffset / 4] = regs::IngressMaxFrameReg::kReset;
  for (uint32_t i = 0; i < regs::HashKeyReg::kCount; ++i) {
    words_[regs::HashKeyReg::offset(i) / 4] = regs::HashKeyReg::kReset[i];
  }
  for (uint32_t i = 0; i < regs::TimerReg::kCount; ++i) {
    words_[regs::TimerReg::offset(i) / 4] = regs::TimerReg::kReset[i];
  }
  decode();
}

const regs::RegisterInfo* Registers::find(uint32_t address) {
  for (const regs::RegisterInfo& info : regs::kRegisters) {
    if (address % 4 == 0 && address >= info.offset && address < info.offset + 4 * info.count)
      return &info;
  }
  return nullptr;
}

void Registers::store(uint32_t address, uint32_t value) {
  words_[address / 4] = value & find(address)->mask;
  decode();
}

void Registers::decode() {
  const uint32_t control = words_[regs::ControlReg::kOffset / 4];
  config_.control_bank = regs::ControlReg::kBank.get(control);
  config_.control_acl_enable = regs::ControlReg::kAclEnable.get(control);
  config_.control_prefix_enable = regs::ControlReg::kPrefixEnable.get(control);
  config_.control_fragments = regs::ControlReg::kFragments.get(control);
  config_.control_drop_options = regs::ControlReg::kDropOptions.get(control);
  config_.ingress_min_frame = static_cast<uint8_t>(words_[regs::IngressMinFrameReg::kOffset / 4]);
  config_.ingress_max_frame = static_cast<uint16_t>(words_[regs::IngressMaxFrameReg::kOffset / 4]);
  for (uint32_t i = 0; i < regs::HashKeyReg::kCount; ++i) {
    config_.hash_key[i] = words_[regs::HashKeyReg::offset(i) / 4];
  }
  config_.half_open_max = words_[regs::HalfOpenMaxReg::kOffset / 4];
  config_.source_rate_lo = words_[regs::SourceRateLoReg::kOffset / 4];
  config_.source_rate_hi = static_cast<uint8_t>(words_[regs::SourceRateHiReg::kOffset / 4]);
  config_.source_burst = words_[regs::SourceBurstReg::kOffset / 4];
  config_.source_connection_rate_lo = words_[regs::SourceConnectionRateLoReg::kOffset / 4];
  config_.source_connection_rate_hi =
      static_cast<uint8_t>(words_[regs::SourceConnectionRateHiReg::kOffset / 4]);
  config_.source_connection_burst = words_[regs::SourceConnectionBurstReg::kOffset / 4];
  config_.tunnel_source4 = words_[regs::TunnelSource4Reg::kOffset / 4];
  for (uint32_t i = 0; i < regs::TunnelSource6Reg::kCount; ++i) {
    config_.tunnel_source6[i] = words_[regs::TunnelSource6Reg::offset(i) / 4];
  }
  const uint32_t events = words_[regs::EventEnableReg::kOffset / 4];
  config_.event_enable_opened = regs::EventEnableReg::kOpened.get(events);
  config_.event_enable_closed = regs::EventEnableReg::kClosed.get(events);
  config_.event_enable_failed = regs::EventEnableReg::kFailed.get(events);
  config_.scrub_arg = static_cast<uint16_t>(words_[regs::ScrubArgReg::kOffset / 4]);
  for (uint32_t i = 0; i < regs::TimerReg::kCount; ++i) {
    config_.timer[i] = words_[regs::TimerReg::offset(i) / 4];
  }
}

}  // namespace sluice::model
