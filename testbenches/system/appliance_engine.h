// SPDX-License-Identifier: Apache-2.0
// The whole appliance (SystemC module, MAC ports, TLM-2.0 registers, RTL inside) as one more engine
// for the system tests.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <systemc>

#include "sim/platform/appliance.h"

namespace sluice::testing {

// Time passes only in runUntil() and drain(). One per process: SystemC elaborates once.
class ApplianceEngine : public sc_core::sc_module, public DataPlane {
 public:
  ApplianceEngine(sc_core::sc_module_name name, std::unique_ptr<DataPlane> inside);

  void setSink(DataPlaneSink* sink) override { appliance_.setObserver(sink); }
  uint32_t read32(uint32_t address) override;
  void write32(uint32_t address, uint32_t value) override;
  uint64_t busErrors() const override { return bus_errors_; }
  void offer(const FrameIn& frame) override;
  void runUntil(uint64_t ns) override;
  void drain() override;
  uint64_t now() const override { return inside_->now(); }
  uint64_t cycles() const override { return inside_->cycles(); }
  uint64_t evaluatedCycles() const override { return inside_->evaluatedCycles(); }
  uint64_t clockHz() const override { return inside_->clockHz(); }

 private:
  bool transport(tlm::tlm_command command, uint32_t address, uint32_t& word);

  std::unique_ptr<DataPlane> inside_;
  Appliance appliance_;
  tlm_utils::simple_initiator_socket<ApplianceEngine> socket_;
  uint64_t bus_errors_ = 0;
};

}  // namespace sluice::testing
