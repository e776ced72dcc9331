// SPDX-License-Identifier: Apache-2.0
//
// The Verilated ingress between five MACs and an egress that only gives credits back.
//
// Frames are queued per port and go in by themselves, with `gap_` percent of idle cycles.
// Everything that comes out is checked against what went in: which frames are dropped and why,
// order per port, metadata, window, body. A drop for lack of room is checked for being necessary.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <vector>

#include "Vingress.h"
#include "firmware/hal/gen/sluice_regs.h"
#include "testbenches/rtl/prim/rtl_fixture.h"

namespace sluice::rtl_test {

constexpr int kPorts = 5;
constexpr int kBeat = sizeof(std::remove_reference_t<decltype(Vingress::s_axis_tdata_i)>) / kPorts;
constexpr int kWindow = 128;
constexpr int kWindowBeats = kWindow / kBeat;
// Parameters of the model, see CMakeLists.txt.
constexpr int kBufferBeats = 64;
constexpr int kMaxFrames = MAX_FRAMES;
constexpr int kBodyBeats = 128;
constexpr int kMaxInFlight = 6;

struct InFrame {
  std::vector<uint8_t> bytes;
  bool bad = false;
  uint8_t dest = 7;
  uint64_t stamp = 0;
  bool may_overload = false;  ///< the buffer was too full for it at its first beat

  int beats() const { return (static_cast<int>(bytes.size()) + kBeat - 1) / kBeat; }
  int bodyBeats() const { return std::max(0, beats() - kWindowBeats); }
};

struct OutPacket {
  regs::IngressMeta meta;
  uint64_t cycle;
};

class IngressBench : public RtlFixture<Vingress> {
 protected:
  using Reason = regs::DropReason;

  void SetUp() override {
    dut_.min_frame_i = 14;
    dut_.max_frame_i = 1000;
    RtlFixture::SetUp();
  }

  InFrame frame(size_t length) {
    InFrame made;
    made.bytes.resize(length);
    for (uint8_t& byte : made.bytes) byte = static_cast<uint8_t>(next_byte_ += 0x9d);
    next_byte_ += 7;
    return made;
  }

  void send(int port, InFrame frame) { waiting_[port].push_back(std::move(frame)); }

  /// One clock: drives the ports, checks all outputs, gives credits back.
  void step() {
    const uint64_t now = dut_.now_i;
    const bool bank = dut_.bank_i;
    std::array<bool, kPorts> ended{};
    for (int port = 0; port < kPorts; ++port) ended[port] = drive(port);
    dut_.body_pop_i = body_held_ > 0 && give_();
    dut_.packet_done_i = !held_.empty() && held_.front() == 0 && give_();
    if (dut_.body_pop_i) takeBody();
    if (dut_.packet_done_i) held_.pop_front(), --in_flight_;
    clock();
    ASSERT_EQ(dut_.s_axis_tready_o, 0x1f);
    for (int port = 0; port < kPorts; ++port) checkEnd(port, ended[port]);
    if (dut_.valid_o) checkPacket(now, bank);
    if (dut_.body_valid_o) checkBody();
    ASSERT_LE(body_held_, kBodyBeats);
    ASSERT_LE(in_flight_, kMaxInFlight);
    ASSERT_GE(dut_.in_flight_o, in_flight_);
    bool busy = in_flight_ > 0;
    for (const auto& frames : inside_) busy = busy || !frames.empty();
    ASSERT_LE(busy, dut_.busy_o);
    dut_.now_i = now + now_step_();
  }

  /// Until everything that was sent is accounted for.
  void finish() {
    for (int idle = 0; idle < 40; ++idle) {
      step();
      if (HasFatalFailure()) return;
      for (int port = 0; port < kPorts; ++port) {
        if (!waiting_[port].empty() || !inside_[port].empty()) idle = 0;
      }
      if (body_left_ > 0 || !held_.empty()) idle = 0;
      ASSERT_LT(cycle_, 3000000u) << "does not come to an end";
    }
    EXPECT_FALSE(dut_.busy_o);
    EXPECT_EQ(dut_.in_flight_o, 0);
    EXPECT_EQ(body_held_, 0);
  }

  std::array<std::deque<InFrame>, kPorts> waiting_;  ///< still to go in
  std::array<std::deque<InFrame>, kPorts> inside_;   ///< went in, neither out nor dropped
  std::vector<OutPacket> out_;
  std::array<std::vector<std::pair<Reason, int>>, kPorts> dropped_;
  std::function<bool()> gap_ = [] { return false; };
  std::function<bool()> give_ = [] { return true; };
  std::function<int()> now_step_ = [] { return 4; };

 private:
  /// Puts the next beat of the port on the bus; true if it is the last of its frame.
  bool drive(int port) {
    bytesOf(dut_.s_axis_tkeep_i)[port * kBeat / 8] = 0;
    for (int byte = 0; byte < kBeat; ++byte)
      bytesOf(dut_.s_axis_tdata_i)[port * kBeat + byte] = 0xe5;
    setBit(dut_.s_axis_tvalid_i, port, false);
    setBit(dut_.s_axis_tlast_i, port, true);
    setBit(dut_.s_axis_tuser_i, port, true);
    setDest(port, 5);
    if (waiting_[port].empty() || gap_()) return false;

    InFrame& frame = waiting_[port].front();
    const int offset = sent_[port] * kBeat;
    const int count = std::min<int>(kBeat, static_cast<int>(frame.bytes.size()) - offset);
    const bool last = offset + count == static_cast<int>(frame.bytes.size());
    if (sent_[port] == 0) {
      frame.stamp = dut_.now_i;
      int occupied = frame.beats();
      for (const InFrame& before : inside_[port]) occupied += before.beats();
      frame.may_overload = occupied > kBufferBeats || inside_[port].size() >= size_t{kMaxFrames};
    }
    setBit(dut_.s_axis_tvalid_i, port, true);
    setBit(dut_.s_axis_tlast_i, port, last);
    setBit(dut_.s_axis_tuser_i, port, last && frame.bad);
    setDest(port, frame.dest);
    std::memcpy(bytesOf(dut_.s_axis_tdata_i) + port * kBeat, frame.bytes.data() + offset, count);
    const uint64_t keep = count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
    std::memcpy(bytesOf(dut_.s_axis_tkeep_i) + port * kBeat / 8, &keep, kBeat / 8);
    ++sent_[port];
    if (!last) return false;
    sent_[port] = 0;
    inside_[port].push_back(std::move(frame));
    waiting_[port].pop_front();
    return true;
  }

  /// One cycle after the last beat: dropped or not.
  void checkEnd(int port, bool ended) {
    const bool dropped = dut_.drop_valid_o >> port & 1;
    ASSERT_LE(dropped, ended) << "a drop without a frame, port " << port;
    if (!ended) return;
    const InFrame& frame = inside_[port].back();
    const size_t length = frame.bytes.size();
    Reason expected = Reason::kNone;
    if (frame.bad) {
      expected = Reason::kIngressError;
    } else if (length < dut_.min_frame_i) {
      expected = Reason::kRunt;
    } else if (length > dut_.max_frame_i) {
      expected = Reason::kOversize;
    } else if (dropped) {
      expected = Reason::kIngressOverload;
      EXPECT_TRUE(frame.may_overload) << "dropped although there was room";
    } else if (frame.beats() > kBufferBeats) {
      expected = Reason::kIngressOverload;
    }
    ASSERT_EQ(dropped, expected != Reason::kNone) << "port " << port << " length " << length;
    if (!dropped) return;
    const auto reason = static_cast<Reason>(bytesOf(dut_.drop_reason_o)[port]);
    EXPECT_EQ(reason, expected) << "port " << port << " length " << length;
    const uint32_t got = dropLength(port);
    EXPECT_EQ(got, std::min<size_t>(length, 16383));
    uint64_t stamp;
    std::memcpy(&stamp, bytesOf(dut_.drop_stamp_o) + port * 8, 8);
    EXPECT_EQ(stamp, frame.stamp);
    dropped_[port].emplace_back(reason, got);
    inside_[port].pop_back();
  }

  void checkPacket(uint64_t now, bool bank) {
    const auto meta =
        regs::unpack<regs::IngressMeta>({dut_.meta_o.data(), regs::IngressMeta::kWords});
    ASSERT_LT(meta.port, kPorts);
    ASSERT_FALSE(inside_[meta.port].empty()) << "a packet out of nothing, port " << int{meta.port};
    ASSERT_EQ(body_left_, 0) << "a packet before the body of the one before it is complete";
    const InFrame& frame = inside_[meta.port].front();
    EXPECT_EQ(meta.len, frame.bytes.size());
    EXPECT_EQ(meta.cpu_dest, meta.port == 4 ? frame.dest : 7);
    EXPECT_EQ(meta.bank, bank);
    EXPECT_EQ(meta.stamp, frame.stamp);
    EXPECT_EQ(meta.now, now);
    for (int byte = 0; byte < kWindow; ++byte) {
      const uint8_t expected = byte < static_cast<int>(frame.bytes.size()) ? frame.bytes[byte] : 0;
      ASSERT_EQ(bytesOf(dut_.window_o)[byte], expected)
          << "byte " << byte << " of " << frame.bytes.size();
    }
    out_.push_back({meta, cycle_});
    body_ = frame.bytes;
    body_left_ = frame.bodyBeats();
    body_offset_ = kWindow;
    held_.push_back(body_left_);
    ++in_flight_;
    inside_[meta.port].pop_front();
  }

  void checkBody() {
    ASSERT_GT(body_left_, 0) << "a beat of no body";
    for (int byte = 0; byte < kBeat && body_offset_ + byte < static_cast<int>(body_.size());
         ++byte) {
      ASSERT_EQ(bytesOf(dut_.body_data_o)[byte], body_[body_offset_ + byte]);
    }
    body_offset_ += kBeat;
    --body_left_;
    ++body_held_;
  }

  /// Egress takes a beat: of the first packet that has any left.
  void takeBody() {
    --body_held_;
    for (int& left : held_) {
      if (left > 0) {
        --left;
        return;
      }
    }
  }

  template <typename Port>
  static void setBit(Port& port, int bit, bool value) {
    port = (port & ~(1u << bit)) | (uint32_t{value} << bit);
  }
  void setDest(int port, uint32_t dest) {
    dut_.s_axis_tdest_i = (dut_.s_axis_tdest_i & ~(7u << (3 * port))) | dest << (3 * port);
  }
  uint32_t dropLength(int port) {
    const int bit = port * 14;
    uint64_t words;
    std::memcpy(&words, bytesOf(dut_.drop_len_o) + bit / 32 * 4, 8);
    return words >> (bit % 32) & 0x3fff;
  }

  std::array<int, kPorts> sent_{};  ///< beats of the first waiting frame
  std::vector<uint8_t> body_;       ///< the packet whose body comes out now
  int body_left_ = 0;
  int body_offset_ = 0;
  int body_held_ = 0;     ///< beats in egress's FIFO
  std::deque<int> held_;  ///< packets in egress: beats of body still to take
  int in_flight_ = 0;
  uint32_t next_byte_ = 1;
};

}  // namespace sluice::rtl_test
