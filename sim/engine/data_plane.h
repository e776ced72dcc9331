// SPDX-License-Identifier: Apache-2.0
// The data-plane contract: the only way the rest of Sluice sees packets and registers.
//
// Two engines implement it: RtlDataPlane (the Verilated RTL, cycle-accurate) and ModelDataPlane (an
// independent packet-level model). LockstepDataPlane drives both and compares.
//
// Time is nanoseconds since power-up, 64 bits, never goes back. Ports 0..3 are front ports, port 4
// is the CPU port. Not thread-safe: one thread drives an engine.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

// A frame on its way into the data plane. Bytes without FCS.
struct FrameIn {
  uint64_t id = 0;          // chosen by the caller, comes back in FrameOut
  uint64_t arrival_ns = 0;  // when its last byte has arrived at the port; per port, non-decreasing
  uint8_t port = 0;         // ingress port
  uint8_t cpu_dest =
      7;             // port 4 only: egress port to send it to directly, or 7 = through the pipeline
  bool bad = false;  // the MAC found it damaged (FCS)
  std::span<const uint8_t> bytes;
};

// What became of a frame: one for every frame in, dropped ones included.
struct FrameOut {
  uint64_t id = 0;
  regs::Result result;          // verdict, reason, virtual, member, stamps
  uint64_t departure_ns = 0;    // last beat left the pipeline (or when it was dropped)
  uint32_t latency_cycles = 0;  // first beat in to last beat out; 0 from engines without cycles
  std::span<const uint8_t>
      bytes;  // frame sent or punted; empty if dropped. Valid during the callback.
};

// Receives what the data plane produces, in pipeline order. Called from inside offer(), runUntil()
// and drain().
class DataPlaneSink {
 public:
  virtual ~DataPlaneSink() = default;
  virtual void onFrame(const FrameOut& frame) = 0;
  virtual void onEvent(const regs::Event& event) = 0;
};

class DataPlane {
 public:
  virtual ~DataPlane() = default;

  virtual void setSink(DataPlaneSink* sink) = 0;

  // Registers and tables by byte address (firmware/hal/gen/sluice_regs.h). Unmapped addresses read
  // 0xffffffff and ignore writes, and count in busErrors().
  virtual uint32_t read32(uint32_t address) = 0;
  virtual void write32(uint32_t address, uint32_t value) = 0;
  virtual uint64_t busErrors() const = 0;

  // Hands over a frame. The engine copies the bytes. Frames must be offered in order of arrival_ns
  // (all ports together); time advances as far as it must to keep the engine's own queues bounded.
  virtual void offer(const FrameIn& frame) = 0;

  // Advances time to `ns` (idle time is skipped). Frames that arrived before are accepted; some may
  // be in flight.
  virtual void runUntil(uint64_t ns) = 0;

  // Runs until every offered frame has come out.
  virtual void drain() = 0;

  // A waveform that was asked for begins here, and its times count from here. Engines without
  // waveforms take no notice.
  virtual void startWaves() {}

  virtual uint64_t now() const = 0;  // ns
  virtual uint64_t cycles()
      const = 0;  // clock cycles passed, skipped idle ones included; 0 without a clock
  virtual uint64_t evaluatedCycles() const = 0;  // cycles really simulated
  virtual uint64_t clockHz() const = 0;
};

}  // namespace sluice
