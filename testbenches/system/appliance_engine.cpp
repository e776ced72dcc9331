// SPDX-License-Identifier: Apache-2.0
#include "testbenches/system/appliance_engine.h"

namespace sluice::testing {

ApplianceEngine::ApplianceEngine(sc_core::sc_module_name name, std::unique_ptr<DataPlane> inside)
    : sc_core::sc_module(name),
      inside_(std::move(inside)),
      appliance_("appliance", *inside_),
      socket_("socket") {
  socket_.bind(appliance_.registers);
}

uint32_t ApplianceEngine::read32(uint32_t address) {
  uint32_t word = 0;
  return transport(tlm::TLM_READ_COMMAND, address, word) ? word : 0xffffffff;
}

void ApplianceEngine::write32(uint32_t address, uint32_t value) {
  transport(tlm::TLM_WRITE_COMMAND, address, value);
}

bool ApplianceEngine::transport(tlm::tlm_command command, uint32_t address, uint32_t& word) {
  if (!sc_core::sc_is_running()) runUntil(inside_->now());  // elaborates
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
  payload.set_data_length(4);
  payload.set_streaming_width(4);
  sc_core::sc_time delay;
  socket_->b_transport(payload, delay);
  const bool good = payload.is_response_ok();
  bus_errors_ += !good;
  return good;
}

void ApplianceEngine::offer(const FrameIn& frame) {
  runUntil(frame.arrival_ns);
  appliance_.receive(frame);
}

// The kernel follows the data plane, which register accesses move on; then both go to `ns`.
void ApplianceEngine::runUntil(uint64_t ns) {
  const sc_core::sc_time target = sc_core::sc_time::from_value(std::max(ns, inside_->now()) * 1000);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  sc_core::sc_start(target > now ? target - now : sc_core::SC_ZERO_TIME);
  inside_->runUntil(ns);
}

void ApplianceEngine::drain() {
  appliance_.drain();
  runUntil(inside_->now());
}

}  // namespace sluice::testing

// The SystemC library wants one; GoogleTest's main() runs instead.
extern "C" int sc_main(int, char**) { return 0; }
