// SPDX-License-Identifier: Apache-2.0
// The SystemC module around the model engine: frames with their times, registers over TLM-2.0. One
// kernel run for the whole program, as SystemC allows no more.
#include "sim/platform/appliance.h"

#include <gtest/gtest.h>

#include <vector>

#include "sim/model/model_data_plane.h"
#include "sim/platform/tlm_register_bus.h"

namespace sluice {
namespace {

// An ARP request: punted to the CPU port without any configuration.
std::vector<uint8_t> arpFrame() {
  std::vector<uint8_t> frame(60, 0);
  std::fill(frame.begin(), frame.begin() + 6, 0xff);
  frame[12] = 0x08;
  frame[13] = 0x06;
  return frame;
}

struct Seen {
  uint64_t id;
  size_t length;
  sc_core::sc_time at;
};

class Recorder : public FrameIf {
 public:
  void frame(uint64_t id, std::span<const uint8_t> bytes, const sc_core::sc_time& at) override {
    seen.push_back({id, bytes.size(), at});
  }
  std::vector<Seen> seen;
};

class Counter : public DataPlaneSink {
 public:
  void onFrame(const FrameOut& frame) override { frames.push_back(frame.result); }
  void onEvent(const regs::Event&) override {}
  std::vector<regs::Result> frames;
};

// What the driver thread found out, checked when the kernel has stopped.
struct Findings {
  uint32_t id = 0;
  uint32_t scratch = 0;
  tlm::tlm_response_status unmapped = tlm::TLM_INCOMPLETE_RESPONSE;
  tlm::tlm_response_status misaligned = tlm::TLM_INCOMPLETE_RESPONSE;
  tlm::tlm_response_status burst = tlm::TLM_INCOMPLETE_RESPONSE;
  std::array<uint32_t, 2> burst_words{};
  uint64_t left_in_flight = 99;
};

class Driver : public sc_core::sc_module {
 public:
  sc_core::sc_port<FrameIf> port;
  TlmRegisterBus bus;
  Findings findings;

  Driver(sc_core::sc_module_name name, Appliance& appliance)
      : sc_core::sc_module(name), bus("bus", appliance.quantum()), appliance_(appliance) {
    SC_HAS_PROCESS(Driver);
    SC_THREAD(run);
  }

 private:
  void run() {
    registers();
    const auto frame = arpFrame();
    for (uint64_t i = 0; i < 10; ++i) port->frame(i, frame, sc_core::sc_time(10, sc_core::SC_US));
    const std::vector<uint8_t> runt(8, 0);
    port->frame(10, runt, sc_core::sc_time(20, sc_core::SC_US));
    wait(1, sc_core::SC_MS);
    findings.left_in_flight = appliance_.inFlight();
    sc_core::sc_stop();
  }

  void registers() {
    findings.id = bus.read32(regs::IdReg::kOffset);
    bus.write32(regs::ScratchReg::kOffset, 0x12345678);
    findings.scratch = bus.read32(regs::ScratchReg::kOffset);
    findings.unmapped = access(0x00000ffc, 4);
    findings.misaligned = access(2, 4);
    findings.burst = access(regs::IdReg::kOffset, 8);
    std::memcpy(findings.burst_words.data(), data_.data(), 8);
  }

  tlm::tlm_response_status access(uint64_t address, uint32_t length) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(data_.data());
    payload.set_data_length(length);
    sc_core::sc_time delay;
    bus.socket->b_transport(payload, delay);
    return payload.get_response_status();
  }

  Appliance& appliance_;
  std::array<uint8_t, 16> data_{};
};

TEST(ApplianceTest, FramesAndRegisters) {
  ModelDataPlane engine;
  Appliance appliance("appliance", engine, {.quantum_cycles = 100, .port_gbps = {10, 10, 10, 10}});
  Driver driver("driver", appliance);
  Recorder cpu;
  Counter observer;
  appliance.setObserver(&observer);
  driver.port(appliance.in[0]);
  driver.bus.socket.bind(appliance.registers);
  appliance.out[regs::kCpuPort](cpu);
  sc_core::sc_start();

  EXPECT_EQ(driver.findings.id, regs::IdReg::kReset);
  EXPECT_EQ(driver.findings.scratch, 0x12345678u);
  EXPECT_EQ(driver.findings.unmapped, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(driver.findings.misaligned, tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(driver.findings.burst, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(driver.findings.burst_words,
            (std::array<uint32_t, 2>{regs::IdReg::kReset, regs::VersionReg::kReset}));

  ASSERT_EQ(observer.frames.size(), 11u);
  EXPECT_EQ(observer.frames.back().reason, regs::DropReason::kRunt);
  ASSERT_EQ(cpu.seen.size(), 10u);
  EXPECT_EQ(driver.findings.left_in_flight, 0u);
  // Ten frames that were ready at once follow each other at line rate: 84 bytes at 10 Gb/s.
  for (size_t i = 1; i < cpu.seen.size(); ++i) {
    const double gap_ns = (cpu.seen[i].at - cpu.seen[i - 1].at).to_seconds() * 1e9;
    EXPECT_NEAR(gap_ns, 67.2, 1.0) << i;
  }
}

}  // namespace
}  // namespace sluice

// The SystemC library wants one; GoogleTest's main() runs instead.
int sc_main(int, char**) { return 0; }
