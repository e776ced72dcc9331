// SPDX-License-Identifier: Apache-2.0
//
// ingress, at the data width of the model that this is linked with.

#include "testbenches/rtl/ingress/ingress_bench.h"

namespace sluice::rtl_test {
namespace {

using Reason = regs::DropReason;

class Ingress : public IngressBench {
 protected:
  void steps(int count) {
    for (int i = 0; i < count && !HasFatalFailure(); ++i) step();
  }
};

TEST_F(Ingress, QuietAfterReset) {
  steps(20);
  EXPECT_TRUE(out_.empty());
  EXPECT_FALSE(dut_.busy_o);
  EXPECT_EQ(dut_.in_flight_o, 0);
}

TEST_F(Ingress, OneFrame) {
  send(2, frame(60));
  finish();
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(out_[0].meta.port, 2);
}

TEST_F(Ingress, LatencyFromTheLastBeat) {
  const InFrame sent = frame(60);
  send(0, sent);
  steps(sent.beats());
  const uint64_t last_beat = cycle_;
  finish();
  EXPECT_EQ(out_.at(0).cycle - last_beat, 4u + std::min(sent.beats(), kWindowBeats) - 1);
}

TEST_F(Ingress, SizesAroundTheBeatAndTheWindow) {
  for (int length = 14; length <= kWindow + 2 * kBeat + 1; ++length) {
    send(length % kPorts, frame(length));
    if (length % kPorts == 0) finish();
  }
  finish();
  EXPECT_EQ(out_.size(), kWindow + 2 * kBeat + 2 - 14u);
}

TEST_F(Ingress, SmallestFramesBackToBack) {
  for (int i = 0; i < 200; ++i) send(1, frame(kBeat == 8 ? 14 : kBeat));
  finish();
  ASSERT_EQ(out_.size(), 200u);
  const int beats = kBeat == 8 ? 2 : 1;
  EXPECT_EQ(out_.back().cycle - out_.front().cycle, 199u * beats) << "a gap between packets";
}

TEST_F(Ingress, AllPortsShareInTurn) {
  for (int i = 0; i < 10; ++i) {
    for (int port = 0; port < kPorts; ++port) send(port, frame(kBeat * 2));
  }
  finish();
  ASSERT_EQ(out_.size(), 50u);
  for (size_t i = 5; i < out_.size(); ++i) {
    EXPECT_EQ(out_[i].meta.port, (out_[i - 1].meta.port + 1) % kPorts) << "packet " << i;
  }
}

TEST_F(Ingress, CpuDestination) {
  for (int dest = 0; dest < 8; ++dest) {
    InFrame made = frame(64);
    made.dest = dest;
    send(4, made);
    send(1, made);
  }
  finish();
  EXPECT_EQ(out_.size(), 16u);
}

TEST_F(Ingress, BankIsSampledAsThePacketEnters) {
  send(0, frame(64));
  steps(2);
  dut_.bank_i = 1;
  send(0, frame(64));
  finish();
  ASSERT_EQ(out_.size(), 2u);
  EXPECT_TRUE(out_[1].meta.bank);
}

struct DropCase {
  const char* name;
  int length;
  bool bad;
  Reason reason;
};

class IngressDrop : public Ingress, public testing::WithParamInterface<DropCase> {};

TEST_P(IngressDrop, IsReportedAndLeavesNoTrace) {
  dut_.min_frame_i = 60;
  dut_.max_frame_i = 300;
  InFrame made = frame(GetParam().length);
  made.bad = GetParam().bad;
  for (int i = 0; i < 3; ++i) {
    send(3, frame(100));
    send(3, made);
  }
  finish();
  EXPECT_EQ(out_.size(), GetParam().reason == Reason::kNone ? 6u : 3u);
  ASSERT_EQ(dropped_[3].size(), GetParam().reason == Reason::kNone ? 0u : 3u);
  for (const auto& [reason, length] : dropped_[3]) {
    EXPECT_EQ(reason, GetParam().reason);
    EXPECT_EQ(length, GetParam().length);
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, IngressDrop,
                         testing::Values(DropCase{"AtMinimum", 60, false, Reason::kNone},
                                         DropCase{"Runt", 59, false, Reason::kRunt},
                                         DropCase{"OneByte", 1, false, Reason::kRunt},
                                         DropCase{"AtMaximum", 300, false, Reason::kNone},
                                         DropCase{"Oversize", 301, false, Reason::kOversize},
                                         DropCase{"Bad", 100, true, Reason::kIngressError},
                                         DropCase{"BadBeforeRunt", 20, true, Reason::kIngressError},
                                         DropCase{"BadBeforeOversize", 400, true,
                                                  Reason::kIngressError},
                                         DropCase{"OversizeBeforeOverload", kBufferBeats* kBeat + 1,
                                                  false, Reason::kOversize}),
                         [](const auto& info) { return info.param.name; });

TEST_F(Ingress, DropsOnAllPortsInOneCycle) {
  for (int port = 0; port < kPorts; ++port) {
    for (int i = 0; i < 10; ++i) send(port, frame(1 + port));
  }
  steps(10);
  for (int port = 0; port < kPorts; ++port) EXPECT_EQ(dropped_[port].size(), 10u);
  finish();
}

TEST_F(Ingress, LongFramesAreOversizeWhateverTheLimit) {
  dut_.max_frame_i = 16383;
  for (int length : {16383, 16384, 16384 + 14, 20000, 70000}) {
    send(0, frame(length));
    send(0, frame(64));
  }
  finish();
  ASSERT_EQ(dropped_[0].size(), 5u);
  EXPECT_EQ(dropped_[0][0].first,
            Reason::kIngressOverload);  // at the limit, and more than the buffer
  for (int i = 1; i < 5; ++i) EXPECT_EQ(dropped_[0][i].first, Reason::kOversize);
  EXPECT_EQ(out_.size(), 5u);
}

TEST_F(Ingress, FullBufferDropsWholeFrames) {
  dut_.max_frame_i = 16383;
  give_ = [] { return false; };
  for (int i = 0; i < 3 * kBufferBeats; ++i) send(0, frame(kBeat * 3));
  steps(9 * kBufferBeats);
  EXPECT_EQ(out_.size(), size_t{kMaxInFlight}) << "without credits";
  EXPECT_EQ(inside_[0].size(), size_t{std::min(kBufferBeats / 3, kMaxFrames + 1)});
  EXPECT_EQ(dropped_[0].size(), 3 * kBufferBeats - kMaxInFlight - inside_[0].size());
  give_ = [] { return true; };
  finish();
}

TEST_F(Ingress, FullOfFramesOfOneBeat) {
  dut_.min_frame_i = 1;
  give_ = [] { return false; };
  for (int i = 0; i < 3 * kBufferBeats; ++i) send(4, frame(kBeat));
  steps(4 * kBufferBeats);
  EXPECT_EQ(inside_[4].size(), size_t{std::min(kBufferBeats, kMaxFrames + 1)});
  give_ = [] { return true; };
  finish();
}

TEST_F(Ingress, FrameOfTheWholeBuffer) {
  dut_.max_frame_i = 16383;
  send(0, frame(kBufferBeats * kBeat));
  send(0, frame(64));
  finish();
  EXPECT_EQ(dropped_[0].size() + out_.size(), 2u);
  EXPECT_EQ(out_.at(0).meta.len, kBufferBeats * kBeat);
}

TEST_F(Ingress, BodyCreditsHoldFramesBack) {
  dut_.max_frame_i = 16383;
  give_ = [] { return false; };
  for (int port = 0; port < kPorts; ++port) send(port, frame(kBufferBeats * kBeat));
  steps(kBufferBeats * 10);
  EXPECT_EQ(out_.size(), size_t{kBodyBeats / (kBufferBeats - kWindowBeats)});
  give_ = [] { return true; };
  finish();
  EXPECT_EQ(out_.size(), size_t{kPorts});
}

TEST_F(Ingress, ResetForgetsEverything) {
  for (int port = 0; port < kPorts; ++port) send(port, frame(kBeat * 10));
  steps(5);
  for (int port = 0; port < kPorts; ++port) waiting_[port].clear(), inside_[port].clear();
  dut_.s_axis_tvalid_i = 0;
  reset();
  EXPECT_FALSE(dut_.busy_o);
}

TEST_F(Ingress, RandomTraffic) {
  Random random;
  int gap = 0, give = 100;
  gap_ = [&] { return random.percent(gap); };
  give_ = [&] { return random.percent(give); };
  now_step_ = [&] { return random.percent(50) ? 0 : static_cast<int>(random.between(1, 1000)); };
  dut_.min_frame_i = 40;
  dut_.max_frame_i = kBufferBeats * kBeat - 3 * kBeat;
  for (int round = 0; round < 60 && !HasFatalFailure(); ++round) {
    gap = static_cast<int>(random.between(0, 90));
    give = static_cast<int>(random.between(5, 100));
    const int longest = random.percent(30) ? kBufferBeats * kBeat : kWindow + 2 * kBeat;
    for (int i = 0; i < 80; ++i) {
      InFrame made = frame(random.percent(5) ? random.between(1, 40) : random.between(40, longest));
      made.bad = random.percent(5);
      made.dest = random.bits(3);
      send(static_cast<int>(random.between(0, kPorts - 1)), std::move(made));
    }
    for (int i = 0; i < 500; ++i) {
      dut_.bank_i = random.percent(5) ? !dut_.bank_i : dut_.bank_i;
      steps(1);
    }
    if (round % 4 == 0) finish();
  }
  finish();
  size_t drops = 0;
  for (const auto& port : dropped_) drops += port.size();
  EXPECT_EQ(out_.size() + drops, 60u * 80u);
}

}  // namespace
}  // namespace sluice::rtl_test
