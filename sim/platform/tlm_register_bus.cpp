// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/tlm_register_bus.h"

namespace sluice {

TlmRegisterBus::TlmRegisterBus(sc_core::sc_module_name name, const sc_core::sc_time& quantum)
    : sc_core::sc_module(name), socket("socket"), quantum_(quantum) {}

uint32_t TlmRegisterBus::read32(uint32_t address) {
  uint32_t word = 0xffffffff;
  transport(tlm::TLM_READ_COMMAND, address, word);
  return word;
}

void TlmRegisterBus::write32(uint32_t address, uint32_t value) {
  transport(tlm::TLM_WRITE_COMMAND, address, value);
}

void TlmRegisterBus::wait(uint64_t ns) {
  ahead_ += sc_core::sc_time(static_cast<double>(ns), sc_core::SC_NS);
  synchronize();
}

void TlmRegisterBus::synchronize() {
  if (ahead_ == sc_core::SC_ZERO_TIME) return;
  const sc_core::sc_time by = ahead_;
  ahead_ = sc_core::SC_ZERO_TIME;
  sc_core::wait(by);
}

void TlmRegisterBus::transport(tlm::tlm_command command, uint32_t address, uint32_t& word) {
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
  payload_.set_data_length(4);
  payload_.set_streaming_width(4);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  socket->b_transport(payload_, ahead_);
  if (command == tlm::TLM_READ_COMMAND && payload_.is_response_error()) word = 0xffffffff;
  if (ahead_ > quantum_) synchronize();
}

}  // namespace sluice
