// SPDX-License-Identifier: Apache-2.0
// Registers of an engine in this process: RegisterBus over DataPlane.
#pragma once

#include "firmware/hal/register_bus.h"
#include "sim/engine/data_plane.h"

namespace sluice {

// Borrows the data plane, which must outlive it. wait() advances the engine's time, so frames
// offered before may come out of the data plane's sink while firmware waits.
class DataPlaneBus final : public RegisterBus {
 public:
  explicit DataPlaneBus(DataPlane& plane) : plane_(plane) {}

  uint32_t read32(uint32_t address) override { return plane_.read32(address); }
  void write32(uint32_t address, uint32_t value) override { plane_.write32(address, value); }
  void wait(uint64_t ns) override { plane_.runUntil(plane_.now() + ns); }

 private:
  DataPlane& plane_;
};

}  // namespace sluice
