// SPDX-License-Identifier: Apache-2.0
// RTL and model side by side: every packet, event, register and table entry is compared.
//
// The RTL leads; the model gets each packet with the stamps the RTL gave it. Register accesses wait
// until nothing is in flight, so that both see them between the same packets. What differs is kept
// (the first kMaxReports in words) and counted; nothing stops.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/engine/data_plane.h"
#include "sim/model/model_data_plane.h"

namespace sluice {

class LockstepDataPlane : public DataPlane {
 public:
  LockstepDataPlane(std::unique_ptr<DataPlane> rtl, std::unique_ptr<ModelDataPlane> model);
  ~LockstepDataPlane() override;

  void setSink(DataPlaneSink* sink) override;
  uint32_t read32(uint32_t address) override;
  void write32(uint32_t address, uint32_t value) override;
  uint64_t busErrors() const override;
  void offer(const FrameIn& frame) override;
  void runUntil(uint64_t ns) override;
  void drain() override;
  void startWaves() override;
  uint64_t now() const override;
  uint64_t cycles() const override;
  uint64_t evaluatedCycles() const override;
  uint64_t clockHz() const override;

  // Reads every table and register of both and compares. Waits until nothing is in flight.
  void compareState();

  uint64_t mismatches() const;
  // The first mismatches in words, one each.
  const std::vector<std::string>& reports() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace sluice
