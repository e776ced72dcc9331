// SPDX-License-Identifier: Apache-2.0
// Firmware's register bus over TLM-2.0: an initiator for Appliance::registers.
#pragma once

#include <tlm.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <systemc>

#include "firmware/hal/register_bus.h"

namespace sluice {

// Use it from an SC_THREAD only: it waits for its local time whenever that is more than a quantum
// ahead.
class TlmRegisterBus : public sc_core::sc_module, public RegisterBus {
 public:
  tlm_utils::simple_initiator_socket<TlmRegisterBus> socket;

  TlmRegisterBus(sc_core::sc_module_name name, const sc_core::sc_time& quantum);

  uint32_t read32(uint32_t address) override;
  void write32(uint32_t address, uint32_t value) override;
  void wait(uint64_t ns) override;

  // Waits until kernel time has caught up with the bus.
  void synchronize();

 private:
  void transport(tlm::tlm_command command, uint32_t address, uint32_t& word);

  sc_core::sc_time quantum_;
  sc_core::sc_time ahead_;
  tlm::tlm_generic_payload payload_;
};

}  // namespace sluice
