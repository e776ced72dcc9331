// SPDX-License-Identifier: Apache-2.0
// The oracle: a packet-level model of the data plane, written from docs/data-plane.md and from
// nothing else.
//
// It has no clock: a frame is processed at max(arrival, time of the frame before), or, through
// process(), at the time that another engine gave it.
//
// While memory answers for one frame, the model works on others: the last few frames offered wait
// inside, parsed and classified, and come out with later ones, with runUntil() and drain(), and
// before any access to a register or a table. Results are the same as if each frame went through
// alone. now() is the time up to which frames have come out.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/engine/data_plane.h"
#include "sim/model/model_tables.h"

namespace sluice {

class ModelDataPlane : public DataPlane {
 public:
  explicit ModelDataPlane(const model::Geometry& geometry = {});
  ~ModelDataPlane() override;

  void setSink(DataPlaneSink* sink) override;
  uint32_t read32(uint32_t address) override;
  void write32(uint32_t address, uint32_t value) override;
  uint64_t busErrors() const override;
  void offer(const FrameIn& frame) override;
  void runUntil(uint64_t ns) override;
  void drain() override;
  uint64_t now() const override;
  uint64_t cycles() const override { return 0; }
  uint64_t evaluatedCycles() const override { return 0; }
  uint64_t clockHz() const override { return 0; }

  // For lockstep: processes a frame with the stamps that another engine gave it. `overload`: that
  // engine's ingress buffer was full, which the model has none of.
  void process(const FrameIn& frame, uint64_t stamp, uint64_t now, bool bank, bool overload);

  // For copies of another data plane, which hold its configuration and only as much of its state as
  // one packet can see.
  // What the first stages find out about a frame, without any effect.
  struct Preview {
    regs::Parsed parsed;
    regs::Tuple key;  // what virtuals and connections look at
    regs::Classified classified;
    uint64_t dispatch_hash = 0;        // H of section 8
    std::vector<uint32_t> flow_slots;  // that section 7 looks at; empty: none
  };
  Preview preview(const FrameIn& frame, uint64_t now, bool bank);
  // As at power-up, but for registers and tables: no connections, full buckets, counters 0.
  void clearState();
  void setFlow(uint32_t slot, const regs::FlowTagRow& tag, const regs::FlowKeyRow& key);
  void setConnections(uint16_t virtual_id, const regs::VirtualConnectionsRow& row);
  void setConnections(uint16_t member, const regs::MemberConnectionsRow& row);
  void setHalfOpen(uint32_t entries);
  void setSourcesUsed(uint32_t address, uint32_t ports);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace sluice
