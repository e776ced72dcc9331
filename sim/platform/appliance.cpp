// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/appliance.h"

#include <cstring>

namespace sluice {
namespace {

uint64_t picoseconds(const sc_core::sc_time& time) { return time.value(); }
sc_core::sc_time fromPicoseconds(uint64_t ps) { return sc_core::sc_time::from_value(ps); }

sc_core::sc_time quantumOf(const DataPlane& engine, uint32_t cycles) {
  const uint64_t hz = engine.clockHz() != 0 ? engine.clockHz() : 250'000'000;
  return fromPicoseconds(1'000'000'000'000 / hz * cycles);
}

}  // namespace

Appliance::Appliance(sc_core::sc_module_name name, DataPlane& engine,
                     const ApplianceOptions& options)
    : sc_core::sc_module(name),
      registers("registers"),
      engine_(engine),
      quantum_(quantumOf(engine, options.quantum_cycles)) {
  for (uint8_t p = 0; p < regs::kPortCount; ++p) {
    inputs_[p].bind(this, p);
    in[p].bind(inputs_[p]);
  }
  for (size_t p = 0; p < options.port_gbps.size(); ++p) {
    receive_lines_[p] = send_lines_[p] = MacLine(options.port_gbps[p]);
  }
  registers.register_b_transport(this, &Appliance::transport);
  engine_.setSink(this);
  SC_HAS_PROCESS(Appliance);
  SC_THREAD(run);
}

void Appliance::Input::frame(uint64_t id, std::span<const uint8_t> bytes,
                             const sc_core::sc_time& at) {
  FrameIn in;
  in.id = id;
  in.port = port_;
  in.bytes = bytes;
  in.arrival_ns = picoseconds(at) / 1000;
  appliance_->receive(in);
}

void Appliance::receive(FrameIn frame) {
  if (frame.port < receive_lines_.size()) {
    frame.arrival_ns =
        receive_lines_[frame.port].send(frame.arrival_ns * 1000, frame.bytes.size()) / 1000;
  }
  if (in_flight_++ == 0) wake_.notify(sc_core::SC_ZERO_TIME);
  engine_.offer(frame);
}

void Appliance::drain() { engine_.drain(); }

// Lets the data plane follow kernel time while it holds frames; nobody else would push them out.
void Appliance::run() {
  for (;;) {
    if (in_flight_ == 0) {
      wait(wake_);
    } else {
      wait(quantum_);
    }
    engine_.runUntil(picoseconds(sc_core::sc_time_stamp()) / 1000);
  }
}

void Appliance::onFrame(const FrameOut& frame) {
  --in_flight_;
  if (observer_ != nullptr) observer_->onFrame(frame);
  const uint8_t port = frame.result.out_port;
  if (frame.result.verdict == regs::Verdict::kDrop || port >= out.size() || out[port].size() == 0)
    return;
  uint64_t at = frame.departure_ns * 1000;
  if (port < send_lines_.size()) at = send_lines_[port].send(at, frame.bytes.size());
  out[port]->frame(frame.id, frame.bytes, fromPicoseconds(at));
}

void Appliance::onEvent(const regs::Event& event) {
  if (observer_ != nullptr) observer_->onEvent(event);
}

void Appliance::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const uint64_t address = payload.get_address();
  const uint32_t length = payload.get_data_length();
  if (address % 4 != 0 || length % 4 != 0 || length == 0 ||
      payload.get_byte_enable_ptr() != nullptr || address + length > uint64_t{1} << 32) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const uint64_t errors = engine_.busErrors();
  for (uint32_t at = 0; at < length; at += 4) {
    uint32_t word;
    if (payload.is_write()) {
      std::memcpy(&word, payload.get_data_ptr() + at, 4);
      engine_.write32(static_cast<uint32_t>(address + at), word);
    } else {
      word = engine_.read32(static_cast<uint32_t>(address + at));
      std::memcpy(payload.get_data_ptr() + at, &word, 4);
    }
  }
  // The engine has moved on by the cycles that the bus took; the initiator catches up with it.
  const uint64_t engine_ps = engine_.now() * 1000;
  const uint64_t local_ps = picoseconds(sc_core::sc_time_stamp() + delay);
  if (engine_ps > local_ps) delay += fromPicoseconds(engine_ps - local_ps);
  payload.set_response_status(engine_.busErrors() == errors ? tlm::TLM_OK_RESPONSE
                                                            : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

}  // namespace sluice
