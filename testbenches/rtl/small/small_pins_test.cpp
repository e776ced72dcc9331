// SPDX-License-Identifier: Apache-2.0
// sluice_ice40 at its pins: registers over SPI, frames as 16-bit streams, compared with the model.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>

#include "Vsluice_ice40.h"
#include "sim/model/model_data_plane.h"
#include "sim/trace/trace_reader.h"
#include "testbenches/common/packet_dump.h"
#include "testbenches/rtl/small/small_setup.h"
#include "verilated.h"

namespace sluice::small_test {
namespace {

using sluice::testing::tcp;
using sluice::testing::udp;

struct PinFrame {
  Bytes bytes;
  uint8_t port = 0;
};

class Pins {
 public:
  Pins() {
    context_.errorLimit(1000000);
    dut_.spi_cs_n_i = 1;
    dut_.rst_i = 1;
    for (int i = 0; i < 8; ++i) clock();
    dut_.rst_i = 0;
    for (int i = 0; i < 600; ++i) clock();
  }
  ~Pins() { dut_.final(); }

  int assertions() const { return context_.errorCount(); }
  void send(const PinFrame& frame) { waiting_.push_back(frame); }
  std::deque<PinFrame>& out() { return out_; }
  void pause(int percent) { pause_ = percent; }

  void run(int clocks) {
    for (int i = 0; i < clocks; ++i) clock();
  }
  // Until nothing has gone in or come out for longer than any frame takes.
  void drain() {
    size_t waiting = 0, out = 0;
    for (int quiet = 0; quiet < 5'000; ++quiet) {
      clock();
      if (waiting_.size() != waiting || out_.size() != out) quiet = 0;
      waiting = waiting_.size();
      out = out_.size();
    }
  }

  void write(uint16_t address, uint32_t value) {
    select(true);
    shift(0x80, 8);
    shift(address, 16);
    shift(value, 32);
    select(false);
  }
  uint32_t read(uint16_t address) {
    select(true);
    shift(0x00, 8);
    shift(address, 16);
    shift(0, 8);
    const uint32_t value = shift(0, 32);
    select(false);
    return value;
  }
  // The first bits of a write, then the end.
  void cutWrite(uint16_t address, unsigned bits) {
    select(true);
    shift(0x80, 8);
    shift(address, 16);
    shift(0xffffffff, bits);
    select(false);
  }

 private:
  void select(bool on) {
    run(8);
    dut_.spi_cs_n_i = !on;
    run(8);
  }
  uint32_t shift(uint32_t value, unsigned bits) {
    uint32_t answer = 0;
    for (unsigned i = bits; i-- > 0;) {
      dut_.spi_mosi_i = value >> i & 1;
      run(4);
      answer = answer << 1 | dut_.spi_miso_o;  // as it stands at the rising edge
      dut_.spi_sclk_i = 1;
      run(4);
      dut_.spi_sclk_i = 0;
    }
    return answer;
  }

  void clock() {
    drive();
    dut_.tx_ready_i = static_cast<int>(random_() % 100) >= pause_;
    dut_.clk_i = 0;
    dut_.eval();
    if (dut_.tx_valid_o) collect();
    const bool ready = dut_.rx_ready_o;
    dut_.clk_i = 1;
    dut_.eval();
    // A sender that looks at rx_ready_o through a register.
    may_send_ = seen_ready_;
    seen_ready_ = ready;
  }

  void drive() {
    dut_.rx_valid_i = !waiting_.empty() && may_send_;
    if (!dut_.rx_valid_i) return;
    PinFrame& frame = waiting_.front();
    const size_t left = frame.bytes.size() - sent_;
    dut_.rx_data_i =
        static_cast<uint16_t>(frame.bytes[sent_] | (left > 1 ? frame.bytes[sent_ + 1] : 0xee) << 8);
    dut_.rx_last_i = left <= 2;
    dut_.rx_odd_i = left == 1;
    dut_.rx_error_i = 0;
    dut_.rx_port_i = frame.port;
    dut_.rx_dest_i = regs::kPortNone;
    sent_ += 2;
    if (left > 2) return;
    sent_ = 0;
    waiting_.pop_front();
  }

  void collect() {
    partial_.bytes.push_back(static_cast<uint8_t>(dut_.tx_data_o));
    if (!dut_.tx_odd_o) partial_.bytes.push_back(static_cast<uint8_t>(dut_.tx_data_o >> 8));
    partial_.port = dut_.tx_port_o;
    if (!dut_.tx_last_o) {
      EXPECT_FALSE(dut_.tx_odd_o);
      return;
    }
    out_.push_back(std::move(partial_));
    partial_ = {};
  }

  VerilatedContext context_;
  Vsluice_ice40 dut_{&context_};
  std::mt19937_64 random_{1};
  int pause_ = 0;
  bool may_send_ = false, seen_ready_ = false;
  std::deque<PinFrame> waiting_, out_;
  size_t sent_ = 0;
  PinFrame partial_;
};

SmallSetup setup() {
  SmallSetup s;
  s.mac = {2, 0, 0, 0, 0x51, 0};
  s.timers = {1000, 1000, 1000, 1000, 1000, 1000};
  s.neighbors[1] = {0, {}, {2, 0, 0, 0, 0x4e, 1}};
  s.neighbors[2] = {1, 20, {2, 0, 0, 0, 0x4e, 2}};
  s.members = {{{"10.1.0.1", 8080}, 2}, {{"10.1.0.2", 0}, 2}};
  for (int i = 0; i < 251; ++i) s.rings[0].push_back(static_cast<uint8_t>(1 + i % 2));
  s.virtuals = {{.end = {"203.0.113.1", 80}, .client_neighbor = 1},
                {.end = {"203.0.113.1", 0},
                 .proto = {},
                 .mode = regs::VirtualMode::kDsr,
                 .client_neighbor = 1}};
  return s;
}

TEST(SmallPins, RegistersOverSpi) {
  Pins pins;
  EXPECT_EQ(pins.read(kRegisters + kId), kIdValue);
  pins.write(kRegisters + kScratch, 0x80000001);
  EXPECT_EQ(pins.read(kRegisters + kScratch), 0x80000001u);
  pins.cutWrite(kRegisters + kScratch, 31);
  EXPECT_EQ(pins.read(kRegisters + kScratch), 0x80000001u);
  pins.write(kRegisters + kScratch, 0x12345678);
  EXPECT_EQ(pins.read(kRegisters + kScratch), 0x12345678u);
  EXPECT_EQ(pins.read(kCounters), 0u);
  EXPECT_EQ(pins.assertions(), 0);
}

// The model's frames, in order.
class ModelFrames : public DataPlaneSink {
 public:
  void onFrame(const FrameOut& frame) override {
    if (frame.result.verdict == regs::Verdict::kDrop) {
      ++dropped;
    } else {
      frames.push_back({{frame.bytes.begin(), frame.bytes.end()}, frame.result.out_port});
    }
  }
  void onEvent(const regs::Event&) override {}
  std::deque<PinFrame> frames;
  uint32_t dropped = 0;
};

// The same configuration and frames for both.
class PinsAndModel {
 public:
  explicit PinsAndModel(const SmallSetup& setup) {
    writeSetup(setup, [&](uint16_t address, uint32_t value) { pins.write(address, value); });
    model_.setSink(&expected_);
    sluice::testing::SetupWriter(model_).apply(fullSetup(setup));
  }

  void offer(const PinFrame& frame) {
    FrameIn in;
    in.port = frame.port;
    in.bytes = frame.bytes;
    model_.offer(in);
    model_.drain();  // it may keep frames back
    pins.send(frame);
    ++offered_;
  }

  // Frames, their ports and order, and the counters.
  void compare() {
    pins.drain();
    const std::deque<PinFrame>& frames = expected_.frames;
    ASSERT_EQ(pins.out().size(), frames.size());
    for (size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(pins.out()[i].port, frames[i].port) << i;
      ASSERT_EQ(sluice::testing::diffFrames(frames[i].bytes, pins.out()[i].bytes), "") << i;
    }
    EXPECT_EQ(packets(kCountPortIn, 4), offered_);
    EXPECT_EQ(packets(kCountDrop, regs::kDropReasonCount), expected_.dropped);
    EXPECT_EQ(pins.assertions(), 0);
  }
  size_t forwarded() const { return expected_.frames.size(); }

  Pins pins;

 private:
  uint32_t packets(uint16_t first, uint16_t rows) {
    uint32_t sum = 0;
    for (uint16_t row = 0; row < rows; ++row)
      sum += pins.read(static_cast<uint16_t>(kCounters + 2 * (first + row)));
    return sum;
  }

  ModelDataPlane model_{{.flow_banks = kFlowBanks,
                         .flow_ways = kFlowWays,
                         .flow_rows_log2 = kFlowRowsLog2,
                         .data_width = 64}};
  ModelFrames expected_;
  uint32_t offered_ = 0;
};

TEST(SmallPins, FramesAreTheModels) {
  const char* given = std::getenv("SLUICE_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  std::printf("repeat with: SLUICE_SEED=%lu %s --gtest_filter=SmallPins.FramesAreTheModels\n", seed,
              ::testing::internal::GetArgvs()[0].c_str());
  std::mt19937_64 random(seed);
  PinsAndModel both(setup());
  for (const int pause : {0, 40}) {
    both.pins.pause(pause);
    for (int i = 0; i < 400; ++i) {
      const End client{"198.51.100.1", static_cast<uint16_t>(1 + random() % 40)};
      const End there{"203.0.113.1", static_cast<uint16_t>(random() % 2 != 0 ? 80 : 443)};
      auto packet =
          random() % 4 == 0 ? udp(client, there) : tcp(client, there, random() % 3 == 0 ? 2 : 16);
      packet.payload(random() % 10 == 0 ? random() % 1400 : random() % 50);
      if (random() % 2 != 0) packet.vlan(5);
      both.offer({packet.build(), static_cast<uint8_t>(random() % 4)});
    }
    both.pins.drain();
  }
  EXPECT_GT(both.forwarded(), 300u);
  both.compare();
}

// What the full profile, whose model this is, treats alike: TCP and UDP over IPv4. And not what the
// trace's servers sent, which belongs to no connection here.
bool ipv4FromClient(std::span<const uint8_t> frame) {
  constexpr std::array<uint8_t, 3> kVirtualsNetwork = {203, 0, 113};
  return frame.size() >= 34 && frame[12] == 0x08 && frame[13] == 0x00 &&
         (frame[23] == sluice::testing::kProtoTcp || frame[23] == sluice::testing::kProtoUdp) &&
         !std::equal(kVirtualsNetwork.begin(), kVirtualsNetwork.end(), frame.begin() + 26);
}

TEST(SmallPins, ShippedTraceIsTheModels) {
  auto opened = TraceReader::open("testbenches/traces/shipped.pcap.gz");
  ASSERT_TRUE(opened);
  SmallSetup setup = shippedSetup();
  // The trace goes at the speed of the pins: in the time that it takes nothing expires.
  setup.timers = {1000, 1000, 1000, 1000, 1000, 1000};
  PinsAndModel both(setup);
  TraceRecord record;
  for (int packets = 0; packets < 3000;) {
    ASSERT_TRUE((*opened)->next(record));
    if (!ipv4FromClient(record.bytes)) continue;
    both.offer({{record.bytes.begin(), record.bytes.end()}});
    ++packets;
  }
  EXPECT_GT(both.forwarded(), 1000u);
  both.compare();
}

}  // namespace
}  // namespace sluice::small_test
