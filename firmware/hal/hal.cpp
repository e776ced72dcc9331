// SPDX-License-Identifier: Apache-2.0
#include "firmware/hal/hal.h"

#include <cstdio>

namespace sluice {

namespace {

template <typename... Args>
Error ioError(const char* format, Args... args) {
  char text[256];
  std::snprintf(text, sizeof text, format, args...);
  return {ErrorCode::kIo, text};
}

}  // namespace

Result<void> Hal::probe() {
  const uint32_t id = read(regs::IdReg::kOffset);
  if (id != regs::IdReg::kReset) {
    return ioError("no Sluice data plane on this bus: ID reads 0x%08x; expected 0x%08x ('SLC1')",
                   id, regs::IdReg::kReset);
  }
  const uint32_t version = read(regs::VersionReg::kOffset);
  if (version >> 16 != regs::VersionReg::kReset >> 16) {
    return ioError(
        "register map of the data plane is version %u.%u; this firmware is built for %u.x",
        version >> 16, version & 0xffff, regs::VersionReg::kReset >> 16);
  }
  for (const uint32_t pattern : {0xa5a5'5a5au, 0x5a5a'a5a5u, 0u}) {
    write(regs::ScratchReg::kOffset, pattern);
    const uint32_t seen = read(regs::ScratchReg::kOffset);
    if (seen != pattern) {
      return ioError("register bus is damaged: SCRATCH reads 0x%08x after 0x%08x was written", seen,
                     pattern);
    }
  }
  return {};
}

Geometry Hal::geometry() {
  using Reg = regs::GeometryReg;
  const uint32_t word = read(Reg::kOffset);
  return {Reg::kDataWidth.get(word), Reg::kFlowBanks.get(word), Reg::kFlowWays.get(word),
          1u << Reg::kFlowRowsLog2.get(word)};
}

uint64_t Hal::read64(uint32_t offset) {
  uint32_t high = read(offset + 4);
  for (;;) {
    const uint32_t low = read(offset);
    const uint32_t again = read(offset + 4);
    if (again == high) return uint64_t{high} << 32 | low;
    high = again;
  }
}

void Hal::writeWords(uint32_t row_address, std::span<const uint32_t> words) {
  for (size_t i = 0; i < words.size(); ++i) {
    bus_.write32(row_address + static_cast<uint32_t>(4 * i), words[i]);
  }
}

void Hal::activate(uint32_t bank, const PipelineMode& mode) {
  using Reg = regs::ControlReg;
  uint32_t word = Reg::kBank.put(0, bank);
  word = Reg::kAclEnable.put(word, mode.acl);
  word = Reg::kPrefixEnable.put(word, mode.prefixes);
  word = Reg::kFragments.put(word, static_cast<uint32_t>(mode.fragments));
  word = Reg::kDropOptions.put(word, mode.drop_options);
  write(Reg::kOffset, word);
  // Under load in_flight never reads 0; then the time bound is what guarantees it.
  constexpr uint64_t kStepNs = 64;
  for (uint64_t waited = 0; waited < kPipelineNs; waited += kStepNs) {
    if (regs::StatusReg::kInFlight.get(read(regs::StatusReg::kOffset)) == 0) return;
    wait(kStepNs);
  }
}

void Hal::startScrub(regs::ScrubMode mode, uint32_t argument) {
  write(regs::ScrubArgReg::kOffset, argument);
  write(regs::ScrubStartReg::kOffset,
        regs::ScrubStartReg::kMode.put(0, static_cast<uint32_t>(mode)));
}

bool Hal::waitScrub(uint64_t limit_ns) {
  constexpr uint64_t kStepNs = 4096;
  for (uint64_t waited = 0; scrubBusy(); waited += kStepNs) {
    if (waited >= limit_ns) return false;
    wait(kStepNs);
  }
  return true;
}

FlowStats Hal::flowStats() {
  FlowStats stats;
  stats.live = read(regs::FlowLiveReg::kOffset);
  stats.half_open = read(regs::FlowHalfOpenReg::kOffset);
  stats.hits = read64(regs::FlowHitsReg::kOffset);
  stats.misses = read64(regs::FlowMissesReg::kOffset);
  stats.opened = read64(regs::FlowOpenedReg::kOffset);
  stats.closed = read64(regs::FlowClosedReg::kOffset);
  stats.evicted = read64(regs::FlowEvictedReg::kOffset);
  stats.full = read64(regs::FlowFullReg::kOffset);
  stats.alias = read64(regs::FlowAliasReg::kOffset);
  return stats;
}

}  // namespace sluice
