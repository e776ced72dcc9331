// SPDX-License-Identifier: Apache-2.0
// The narrowest way to a data plane: 32-bit words by byte address, and time passing.
//
// Everything firmware does to the hardware goes through this. Real engines are reached by
// DataPlaneBus, tests use FakeRegisterBus. Not thread-safe: one thread drives a bus.
#pragma once

#include <cstdint>

namespace sluice {

class RegisterBus {
 public:
  virtual ~RegisterBus() = default;

  // Word-aligned byte addresses of firmware/hal/gen/sluice_regs.h. Unmapped addresses read
  // 0xffffffff.
  virtual uint32_t read32(uint32_t address) = 0;
  virtual void write32(uint32_t address, uint32_t value) = 0;

  // Lets at least `ns` nanoseconds of data-plane time pass: the only way firmware waits for the
  // hardware.
  virtual void wait(uint64_t ns) = 0;
};

}  // namespace sluice
