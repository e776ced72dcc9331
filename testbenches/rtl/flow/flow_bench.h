// SPDX-License-Identifier: Apache-2.0
//
// The Verilated `flow` beside the golden: every packet's result, every event, and on demand every
// slot and counter are compared.
//
// tick() is one clock with a packet or without. The golden takes a packet, or a scrub step, in the
// cycle in which the RTL shows its event (kEventLatency after the input), in the order of inputs.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "Vflow.h"
#include "gtest/gtest.h"
#include "testbenches/rtl/flow/flow_golden.h"
#include "verilated.h"

namespace sluice::flow_test {

using Row = std::array<uint32_t, 12>;

/// The geometry this program was built with; see CMakeLists.txt.
Geometry builtGeometry();

class FlowBench : public testing::Test {
 protected:
  static constexpr size_t kLatency = 6;
  static constexpr size_t kEventLatency = 5;
  /// The policer's verdict comes with the decision, four cycles behind the packet.
  static constexpr size_t kPoliced = 3;
  static constexpr int kPatience = 5000;

  FlowBench() : geometry_(builtGeometry()), golden_(geometry_) {}

  void SetUp() override;
  void TearDown() override;

  void tick(const std::optional<Packet>& packet = std::nullopt);
  /// Cycles without packets until everything on its way has arrived.
  void drain();

  /// A row of a table, through the bus; packets from `traffic_` go in meanwhile.
  Row readRow(uint32_t table, uint32_t row, uint32_t bank = 0);
  void writeRow(uint32_t table, uint32_t row, uint32_t bank, const Row& data);
  template <typename T>
  T read(uint32_t row, uint32_t bank = 0) {
    T value;
    unpack(readRow(T::kTableId, row, bank), value);
    return value;
  }
  template <typename T>
  void write(const T& value, uint32_t row, uint32_t bank = 0) {
    Row data{};
    pack(value, data);
    writeRow(T::kTableId, row, bank, data);
  }

  /// Registers and tables of the RTL as the golden has them.
  void loadRegisters();
  void loadTables();

  void startScrub(regs::ScrubMode mode, uint32_t argument);
  /// Runs the pass to its end without packets.
  void finishScrub();

  /// Every slot, every counter.
  void compareState();
  void compareTotals();

  /// The last packet's result, as the RTL gave it.
  const regs::Routed& lastRouted() const { return last_routed_; }
  const std::vector<regs::Event>& events() const { return events_; }

  const Geometry geometry_;
  FlowGolden golden_;
  VerilatedContext context_;
  Vflow dut_{&context_};
  std::function<std::optional<Packet>()> traffic_;
  uint64_t now_ = uint64_t{1} << 40;
  uint64_t scrub_now_ = 0;  // when the running or last pass was started
  uint64_t packets_ = 0;
  bool failed_ = false;
  /// How often each outcome was met.
  std::map<std::string, uint64_t> seen_;

 private:
  struct Slot {
    std::optional<Packet> packet;
    regs::Routed routed;
    uint64_t now = 0;
    bool early = false;
  };

  std::optional<regs::Event> expectedEvent(Slot& slot);
  void checkEvent();
  void checkRouted();

  std::deque<Slot> pipeline_;
  regs::Routed last_routed_;
  std::vector<regs::Event> events_;
  regs::ScrubMode scrub_mode_{};
  uint32_t scrub_argument_ = 0;
  uint32_t scrub_row_ = 0;
  uint32_t scrub_freed_ = 0;
};

/// "{field = value, ...}" for messages.
std::string describe(const regs::Routed& routed);
std::string describe(const regs::Event& event);
std::string describe(const Packet& packet);

}  // namespace sluice::flow_test
