// SPDX-License-Identifier: Apache-2.0
// The appliance as a SystemC module: packets in and out of five ports, registers behind a TLM-2.0
// target socket.
//
//   sc_core::sc_export<FrameIf> in[p]   whole frames into port p (0..3 front, 4 CPU)
//   sc_core::sc_port<FrameIf>  out[p]   whole frames out of port p (may stay unbound)
//   registers                           32-bit loosely timed target, addresses of
//   docs/registers/README.md
//
// Temporal decoupling (IEEE 1666-2011, 11.1): the data plane runs ahead of the kernel by at most
// `quantum` of cycles (100 or more; one kernel event per quantum, none while nothing is in flight).
// Frames carry their exact time as an argument: going in, at most a quantum ahead of
// sc_time_stamp() and, all ports together, in order; coming out, within a quantum of it. The
// SystemC time resolution must be 1 ps.
#pragma once

#include <tlm.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <memory>
#include <span>
#include <systemc>

#include "sim/engine/data_plane.h"
#include "sim/platform/mac.h"

namespace sluice {

// Somebody who takes frames. Bytes without FCS, valid during the call. `at` is when the last byte
// is through.
class FrameIf : public virtual sc_core::sc_interface {
 public:
  virtual void frame(uint64_t id, std::span<const uint8_t> bytes, const sc_core::sc_time& at) = 0;
};

struct ApplianceOptions {
  uint32_t quantum_cycles = 1000;
  std::array<uint32_t, 4> port_gbps = {100, 100, 100, 100};
};

class Appliance : public sc_core::sc_module, public DataPlaneSink {
 public:
  std::array<sc_core::sc_export<FrameIf>, regs::kPortCount> in;
  std::array<sc_core::sc_port<FrameIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND>, regs::kPortCount> out;
  tlm_utils::simple_target_socket<Appliance> registers;

  // The engine must have no sink yet and outlive the appliance.
  Appliance(sc_core::sc_module_name name, DataPlane& engine, const ApplianceOptions& options = {});

  // Told of every frame and event, dropped frames included, before they leave by `out`. May be
  // null.
  void setObserver(DataPlaneSink* observer) { observer_ = observer; }

  // A frame into any port, for those who need more than FrameIf says (CPU destination, damaged
  // frames): the arrival is when the frame is ready to be sent to the port; line rate is added
  // here.
  void receive(FrameIn frame);

  sc_core::sc_time quantum() const { return quantum_; }
  // Frames in the data plane.
  uint64_t inFlight() const { return in_flight_; }
  // Runs the data plane until every frame is out.
  void drain();

  void onFrame(const FrameOut& frame) override;
  void onEvent(const regs::Event& event) override;

 private:
  // Takes frames from outside into one port.
  class Input : public FrameIf {
   public:
    void bind(Appliance* appliance, uint8_t port) {
      appliance_ = appliance;
      port_ = port;
    }
    void frame(uint64_t id, std::span<const uint8_t> bytes, const sc_core::sc_time& at) override;

   private:
    Appliance* appliance_ = nullptr;
    uint8_t port_ = 0;
  };

  void run();
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  DataPlane& engine_;
  DataPlaneSink* observer_ = nullptr;
  sc_core::sc_time quantum_;
  std::array<Input, regs::kPortCount> inputs_;
  std::array<MacLine, 4> receive_lines_;
  std::array<MacLine, 4> send_lines_;
  uint64_t in_flight_ = 0;
  sc_core::sc_event wake_;
};

}  // namespace sluice
