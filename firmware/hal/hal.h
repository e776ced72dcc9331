// SPDX-License-Identifier: Apache-2.0
// The data plane as firmware sees it: typed rows, counters, scrub engine, bank flip.
//
// Knows the register map (firmware/hal/gen/sluice_regs.h) and nothing of configuration. Call
// probe() first; the rest is undefined on hardware that probe() refused. Nothing here blocks for
// longer than the bound its comment gives, in data-plane time.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/base/result.h"
#include "firmware/hal/gen/sluice_regs.h"
#include "firmware/hal/register_bus.h"

namespace sluice {

struct Geometry {
  uint32_t data_width = 0;  // bits per beat
  uint32_t flow_banks = 0;
  uint32_t flow_ways = 0;
  uint32_t flow_rows = 0;  // per bank
  uint64_t flowEntries() const { return uint64_t{flow_banks} * flow_ways * flow_rows; }
};

// What the pipeline does besides its tables; changes together with the bank.
struct PipelineMode {
  bool acl = false;
  bool prefixes = false;
  regs::FragmentAction fragments = regs::FragmentAction::kDrop;
  bool drop_options = false;
  bool operator==(const PipelineMode&) const = default;
};

struct FlowStats {
  uint32_t live = 0;       // entries that are not free
  uint32_t half_open = 0;  // entries in state half_open
  uint64_t hits = 0, misses = 0, opened = 0, closed = 0, evicted = 0, full = 0, alias = 0;
};

class Hal {
 public:
  // Longest stay of a packet between pipeline entry and egress; after this, no packet uses the old
  // bank.
  static constexpr uint64_t kPipelineNs = 16'384;

  // Borrows the bus, which must outlive this.
  explicit Hal(RegisterBus& bus) : bus_(bus) {}

  // Checks ID, VERSION (same major) and that SCRATCH holds what is written. kIo if not, and nothing
  // else was touched.
  Result<void> probe();

  Geometry geometry();

  uint32_t read(uint32_t offset) { return bus_.read32(offset); }
  void write(uint32_t offset, uint32_t value) { bus_.write32(offset, value); }
  // A counter of two words that may count while it is read.
  uint64_t read64(uint32_t offset);

  template <typename Row>
  void writeRow(uint32_t row, const Row& value, uint32_t bank = 0) {
    std::array<uint32_t, Row::kWords> words{};
    regs::pack(value, words);
    writeWords(Row::rowAddress(row, bank), words);
  }

  template <typename Row>
  Row readRow(uint32_t row, uint32_t bank = 0) {
    std::array<uint32_t, Row::kWords> words{};
    for (uint32_t i = 0; i < Row::kWords; ++i) {
      words[i] = bus_.read32(Row::rowAddress(row, bank) + 4 * i);
    }
    return regs::unpack<Row>(words);
  }

  // A row that is packed already. The last word makes the row take effect.
  void writeWords(uint32_t row_address, std::span<const uint32_t> words);

  uint32_t activeBank() { return regs::ControlReg::kBank.get(read(regs::ControlReg::kOffset)); }

  // Makes `bank` and `mode` what packets entering the pipeline use, in one write, and waits (at
  // most kPipelineNs) until no packet in the pipeline entered before.
  void activate(uint32_t bank, const PipelineMode& mode);

  bool scrubBusy() { return regs::StatusReg::kScrubBusy.get(read(regs::StatusReg::kOffset)) != 0; }
  // Starts a pass over the connection table; a pass that is running starts over in the new mode.
  void startScrub(regs::ScrubMode mode, uint32_t argument);
  // Waits for the pass to end. False if it still runs after `limit_ns`.
  bool waitScrub(uint64_t limit_ns);
  uint32_t scrubFreed() { return read(regs::ScrubFreedReg::kOffset); }

  FlowStats flowStats();

  void wait(uint64_t ns) { bus_.wait(ns); }

 private:
  RegisterBus& bus_;
};

}  // namespace sluice
