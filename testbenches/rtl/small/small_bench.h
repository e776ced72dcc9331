// SPDX-License-Identifier: Apache-2.0
// What drives sluice_small, and compares it with the model packet by packet.
//
// Works with any Vsluice_small: Verilated from the RTL or from a netlist with the same ports.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>

#include "Vsluice_small.h"
#include "sim/model/model_data_plane.h"
#include "testbenches/common/packet_dump.h"
#include "testbenches/rtl/small/small_setup.h"
#include "verilated.h"

namespace sluice::small_test {

struct Frame {
  Bytes bytes;
  uint8_t port = 0;
  uint8_t cpu_dest = regs::kPortNone;
  bool bad = false;
};

// What became of a frame; the fields of the result record that the small profile has. Members as in
// the full profile.
struct Outcome {
  regs::Verdict verdict{};
  regs::DropReason reason{};
  regs::PuntCause cause{};
  uint8_t in_port = 0, out_port = regs::kPortNone;
  regs::Direction direction{};
  bool has_virtual = false;
  uint16_t virtual_id = 0;
  bool has_member = false;
  uint16_t member = 0;
  regs::FlowResult flow{};
  regs::CloseCause close_cause{};
  bool acl_hit = false;
  uint8_t acl_rule = 0;
  uint16_t in_len = 0, out_len = 0;

  bool operator==(const Outcome&) const = default;
};

inline std::string text(const Outcome& o) {
  std::string s(regs::name(o.verdict));
  s +=
      " reason " + std::string(regs::name(o.reason)) + " cause " + std::string(regs::name(o.cause));
  s += " port " + std::to_string(o.in_port) + ">" + std::to_string(o.out_port);
  s += o.direction == regs::Direction::kReverse ? " reverse" : " forward";
  if (o.has_virtual) s += " virtual " + std::to_string(o.virtual_id);
  if (o.has_member) s += " member " + std::to_string(o.member);
  s += " flow " + std::string(regs::name(o.flow)) + " close " +
       std::string(regs::name(o.close_cause));
  if (o.acl_hit) s += " rule " + std::to_string(o.acl_rule);
  return s + " length " + std::to_string(o.in_len) + ">" + std::to_string(o.out_len);
}

struct Got {
  Outcome outcome;
  Bytes bytes;
  uint64_t cycle = 0;  // of the result
};

// The clock, the streams and the bus of the device under test.
class SmallDriver {
 public:
  SmallDriver() {
    context_.errorLimit(1000000);  // count failing assertions, go on
    dut_.rst_i = 1;
    for (int i = 0; i < 4; ++i) clock();
    dut_.rst_i = 0;
    for (int i = 0; i < 600; ++i) clock();  // it clears its tables
  }
  ~SmallDriver() { dut_.final(); }

  int assertions() const { return context_.errorCount(); }
  uint64_t cycles() const { return cycles_; }
  void tick(uint32_t value) { dut_.tick_i = value; }
  // Percent of clocks in which the source pauses, and in which the sink is not ready.
  void pauses(int source, int sink) {
    source_pause_ = source;
    sink_pause_ = sink;
  }

  void send(const Frame& frame) {
    ASSERT_FALSE(frame.bytes.empty());
    waiting_.push_back(frame);
  }
  size_t outstanding() const { return waiting_.size() + unfinished_; }

  // Clocks until all frames have come out.
  void drain() {
    uint64_t quiet = 0;
    while ((outstanding() != 0 || flying_ != 0) && quiet < 20000) {
      const size_t before = results_;
      clock();
      quiet = results_ == before ? quiet + 1 : 0;
    }
    EXPECT_EQ(outstanding(), 0u) << "frames never came out";
  }

  std::deque<Got>& out() { return done_; }

  void write(uint16_t address, uint32_t value) {
    dut_.bus_write_i = 1;
    dut_.bus_wdata_i = value;
    access(address);
  }
  uint32_t read(uint16_t address) {
    dut_.bus_write_i = 0;
    return access(address);
  }

  void clock() {
    drive();
    dut_.m_axis_tready_i = !chance(sink_pause_);
    dut_.clk_i = 0;
    dut_.eval();
    const bool taken = dut_.s_axis_tvalid_i && dut_.s_axis_tready_o;
    collect();
    dut_.clk_i = 1;
    dut_.eval();
    if (taken) advance();
    ++cycles_;
  }

 private:
  bool chance(int percent) { return percent != 0 && static_cast<int>(random_() % 100) < percent; }

  uint32_t access(uint16_t address) {
    dut_.bus_address_i = address;
    dut_.bus_valid_i = 1;
    for (int i = 0; i < 1000; ++i) {
      clock();
      if (!dut_.bus_ack_o) continue;
      const uint32_t value = dut_.bus_rdata_o;
      dut_.bus_valid_i = 0;
      clock();
      return value;
    }
    ADD_FAILURE() << "no answer from the bus at " << address;
    dut_.bus_valid_i = 0;
    return 0;
  }

  // The next beat, which stays until it is taken.
  void drive() {
    if (dut_.s_axis_tvalid_i && !advanced_) return;
    advanced_ = false;
    dut_.s_axis_tvalid_i = !waiting_.empty() && !chance(source_pause_);
    if (!dut_.s_axis_tvalid_i) return;
    const Frame& frame = waiting_.front();
    const size_t left = frame.bytes.size() - sent_;
    uint64_t data = random_();  // behind the end there is anything
    std::memcpy(&data, frame.bytes.data() + sent_, std::min<size_t>(left, 8));
    dut_.s_axis_tdata_i = data;
    dut_.s_axis_tkeep_i = left >= 8 ? 0xff : (1u << left) - 1;
    dut_.s_axis_tlast_i = left <= 8;
    dut_.s_axis_tuser_i = frame.bad;
    dut_.s_axis_tid_i = frame.port;
    dut_.s_axis_tdest_i = frame.cpu_dest;
  }
  void advance() {
    advanced_ = true;
    sent_ += 8;
    if (!dut_.s_axis_tlast_i) return;
    sent_ = 0;
    waiting_.pop_front();
    ++unfinished_;
  }

  uint32_t bits(unsigned low, unsigned width) const {
    uint32_t value = 0;
    for (unsigned i = 0; i < width; ++i)
      value |= (dut_.result_o[(low + i) / 32] >> ((low + i) % 32) & 1) << i;
    return value;
  }

  void collect() {
    if (dut_.m_axis_tvalid_o && dut_.m_axis_tready_i) beat();
    if (dut_.result_valid_o) result();
  }

  void result() {
    Got got;
    Outcome& o = got.outcome;
    unsigned at = 0;
    const auto field = [&](unsigned width) {
      const uint32_t value = bits(at, width);
      at += width;
      return value;
    };
    o.out_len = static_cast<uint16_t>(field(14));
    o.in_len = static_cast<uint16_t>(field(14));
    o.acl_rule = static_cast<uint8_t>(field(3));
    o.acl_hit = field(1);
    o.close_cause = static_cast<regs::CloseCause>(field(3));
    o.flow = static_cast<regs::FlowResult>(field(3));
    o.member = static_cast<uint16_t>(field(4));
    o.has_member = field(1);
    if (o.has_member) ++o.member;
    o.virtual_id = static_cast<uint16_t>(field(3));
    o.has_virtual = field(1);
    o.direction = static_cast<regs::Direction>(field(1));
    o.out_port = static_cast<uint8_t>(field(3));
    o.in_port = static_cast<uint8_t>(field(3));
    o.cause = static_cast<regs::PuntCause>(field(4));
    o.reason = static_cast<regs::DropReason>(field(8));
    o.verdict = static_cast<regs::Verdict>(field(2));
    got.cycle = cycles_;
    ++results_;
    EXPECT_GT(unfinished_, 0u) << "a result of no frame";
    if (unfinished_ > 0) --unfinished_;
    if (o.verdict == regs::Verdict::kDrop && flying_ == 0) {
      done_.push_back(got);
    } else {
      flying_ += o.verdict != regs::Verdict::kDrop;
      pending_.push_back(got);
    }
  }

  // A beat of the oldest result that was not a drop.
  void beat() {
    if (flying_ == 0) {
      ADD_FAILURE() << "a beat of no frame";
      return;
    }
    Got& got = pending_.front();
    const int count = __builtin_popcount(dut_.m_axis_tkeep_o);
    EXPECT_EQ(dut_.m_axis_tkeep_o, dut_.m_axis_tlast_o ? (1u << count) - 1 : 0xffu);
    EXPECT_EQ(dut_.m_axis_tdest_o, got.outcome.out_port);
    const uint64_t data = dut_.m_axis_tdata_o;
    const auto* from = reinterpret_cast<const uint8_t*>(&data);
    got.bytes.insert(got.bytes.end(), from, from + count);
    if (!dut_.m_axis_tlast_o) return;
    --flying_;
    do {
      done_.push_back(std::move(pending_.front()));
      pending_.pop_front();
    } while (!pending_.empty() && pending_.front().outcome.verdict == regs::Verdict::kDrop);
  }

  VerilatedContext context_;
  Vsluice_small dut_{&context_};
  std::mt19937_64 random_{1};
  int source_pause_ = 0, sink_pause_ = 0;
  uint64_t cycles_ = 0;
  std::deque<Frame> waiting_;
  size_t sent_ = 0;
  bool advanced_ = true;
  size_t unfinished_ = 0;  // taken whole, no result yet
  size_t results_ = 0;
  size_t flying_ = 0;  // results whose frames are on their way out
  std::deque<Got> pending_, done_;
};

// The device under test beside the model, with the same configuration.
class SmallLockstep : private DataPlaneSink {
 public:
  SmallLockstep()
      : model_({.flow_banks = kFlowBanks,
                .flow_ways = kFlowWays,
                .flow_rows_log2 = kFlowRowsLog2,
                .data_width = 64}),
        writer_(model_) {
    model_.setSink(this);
  }
  ~SmallLockstep() override { model_.setSink(nullptr); }

  SmallDriver& driver() { return driver_; }
  ModelDataPlane& model() { return model_; }
  uint64_t compared() const { return compared_; }
  uint64_t count(regs::DropReason reason) const { return reasons_[static_cast<size_t>(reason)]; }
  uint64_t count(regs::PuntCause cause) const { return causes_[static_cast<size_t>(cause)]; }
  uint64_t count(regs::FlowResult flow) const { return flows_[static_cast<size_t>(flow)]; }
  uint64_t count(regs::CloseCause cause) const { return closes_[static_cast<size_t>(cause)]; }
  const Got& last() const { return last_; }

  void configure(const SmallSetup& setup) {
    drain();
    setup_ = setup;
    writeSetup(setup, [&](uint16_t address, uint32_t value) { driver_.write(address, value); });
    writer_.apply(fullSetup(setup));
    ASSERT_EQ(writer_.lostKeys(), 0u);
  }

  // Frames with one tick may be in the device at the same time.
  void offer(const Frame& frame, uint64_t ns) {
    const auto tick = static_cast<uint32_t>(ns >> regs::kAgeTickShift);
    if (tick != tick_) {
      drain();
      tick_ = tick;
      driver_.tick(tick & 0x1fffff);
    }
    expected_.push_back({frame, {}, {}});
    if (!deviates(expected_.back())) {
      FrameIn in;
      in.arrival_ns = ns;
      in.port = frame.port;
      in.cpu_dest = frame.cpu_dest;
      in.bad = frame.bad;
      in.bytes = frame.bytes;
      model_.offer(in);
      model_.drain();  // it may keep frames back
      puntErrors(expected_.back());
    }
    driver_.send(frame);
    if (driver_.outstanding() > 64) drain();
  }

  void drain() {
    driver_.drain();
    for (Got& got : driver_.out()) compare(got);
    driver_.out().clear();
    EXPECT_TRUE(expected_.empty());
    expected_.clear();
    EXPECT_EQ(driver_.assertions(), 0) << "an assertion of the RTL failed";
  }

 private:
  struct Expected {
    Frame frame;
    Outcome outcome;
    Bytes bytes;
  };

  // The model's answer, into the newest expectation.
  void onFrame(const FrameOut& frame) override {
    const regs::Result& r = frame.result;
    expected_.back().outcome = {r.verdict,    r.reason,    r.cause,       r.in_port,
                                r.out_port,   r.direction, r.has_virtual, r.virtual_id,
                                r.has_member, r.member,    r.flow,        r.close_cause,
                                r.acl_hit,    r.acl_rule,  r.in_len,      r.out_len};
    expected_.back().bytes.assign(frame.bytes.begin(), frame.bytes.end());
  }
  void onEvent(const regs::Event&) override {}

  static uint16_t word(const Bytes& b, size_t at) {
    return at + 1 < b.size() ? static_cast<uint16_t>(b[at] << 8 | b[at + 1]) : uint16_t{0};
  }
  static bool isTag(uint16_t type) { return type == 0x8100 || type == 0x88a8; }

  static void expectPunt(Expected& e, regs::PuntCause cause) {
    e.outcome = {};
    e.outcome.verdict = regs::Verdict::kPunt;
    e.outcome.cause = cause;
    e.outcome.in_port = e.frame.port;
    e.outcome.out_port = regs::kCpuPort;
    e.outcome.in_len = e.outcome.out_len = static_cast<uint16_t>(e.frame.bytes.size());
    e.bytes = e.frame.bytes;
  }

  // Frames that the small profile treats otherwise by design (rtl/small/README.md): a second VLAN
  // tag is one too many, IPv6 goes to the CPU. They never reach the model.
  bool deviates(Expected& e) const {
    const Bytes& b = e.frame.bytes;
    if (e.frame.bad || b.size() < kMinFrame || b.size() > kMaxFrame) return false;
    if (e.frame.port == regs::kCpuPort && e.frame.cpu_dest != regs::kPortNone) return false;
    const bool filtered = (setup_.mac_filter >> e.frame.port & 1) && !(b[0] & 1) &&
                          std::memcmp(b.data(), setup_.mac.data(), 6) != 0;
    if (filtered) return false;
    const bool tagged = isTag(word(b, 12));
    if (tagged && b.size() < 18) return false;
    const uint16_t type = word(b, tagged ? 16 : 12);
    if (isTag(type)) {
      e.outcome.verdict = regs::Verdict::kDrop;
      e.outcome.reason = regs::DropReason::kVlanDepth;
      e.outcome.in_port = e.frame.port;
      e.outcome.in_len = static_cast<uint16_t>(b.size());
      return true;
    }
    if (type != 0x86dd) return false;
    expectPunt(e, regs::PuntCause::kLocal);
    return true;
  }

  // ICMP errors that pass all checks before the packet inside goes to the CPU. The model has looked
  // at it, which leaves no trace in its connections.
  static void puntErrors(Expected& e) {
    const Bytes& b = e.frame.bytes;
    const size_t l3 = isTag(word(b, 12)) ? 18 : 14;
    const Outcome& o = e.outcome;
    if (word(b, l3 - 2) != 0x0800 || b.size() < l3 + 20 || b[l3 + 9] != 1) return;
    const bool early =
        o.reason != regs::DropReason::kNone && o.reason < regs::DropReason::kIcmpHeader;
    const bool direct = e.frame.port == regs::kCpuPort && e.frame.cpu_dest != regs::kPortNone;
    if (early || direct || o.cause == regs::PuntCause::kFragment) return;
    const size_t header = (b[l3] & 15) * 4;
    if (word(b, l3 + 2) < header + 8) return;
    const uint8_t type = b[l3 + header];
    if (type == 3 || type == 4 || type == 5 || type == 11 || type == 12)
      expectPunt(e, regs::PuntCause::kIcmp);
  }

  void compare(Got& got) {
    ASSERT_FALSE(expected_.empty()) << "one frame too many came out";
    const Expected& e = expected_.front();
    EXPECT_EQ(text(e.outcome), text(got.outcome))
        << "packet " << compared_ << "\n"
        << sluice::testing::dumpFrame(
               std::span(e.frame.bytes).first(std::min<size_t>(e.frame.bytes.size(), 100)));
    if (e.bytes != got.bytes)
      ADD_FAILURE() << "packet " << compared_ << "\n"
                    << sluice::testing::diffFrames(e.bytes, got.bytes);
    ++compared_;
    ++reasons_[static_cast<size_t>(got.outcome.reason)];
    ++causes_[static_cast<size_t>(got.outcome.cause)];
    ++flows_[static_cast<size_t>(got.outcome.flow)];
    ++closes_[static_cast<size_t>(got.outcome.close_cause)];
    last_ = got;
    expected_.pop_front();
  }

  SmallDriver driver_;
  ModelDataPlane model_;
  sluice::testing::SetupWriter writer_;
  SmallSetup setup_;
  std::deque<Expected> expected_;
  uint32_t tick_ = 0;
  uint64_t compared_ = 0;
  Got last_;
  std::array<uint64_t, 256> reasons_{};
  std::array<uint64_t, 16> causes_{};
  std::array<uint64_t, 8> flows_{}, closes_{};
};

}  // namespace sluice::small_test
