// SPDX-License-Identifier: Apache-2.0
//
// egress, at the data width of the model that this is linked with.

#include "testbenches/rtl/egress/egress_bench.h"

namespace sluice::rtl_test {
namespace {

using regs::DropReason;
using regs::PuntCause;
using regs::Verdict;

class Egress : public EgressBench {
 protected:
  /// A frame of `length` bytes of which the first `strip` become `prefix_len` others.
  Packet forwarded(int length, int strip = 14, int prefix_len = 14) {
    Packet made;
    made.bytes.resize(length);
    for (uint8_t& byte : made.bytes) byte = static_cast<uint8_t>(next_byte_ += 0x9d);
    for (uint8_t& byte : made.prefix) byte = static_cast<uint8_t>(next_byte_ += 0x5b);
    next_byte_ += 3;
    made.meta.len = length;
    made.meta.port = length % kPorts;
    made.meta.cpu_dest = 7;
    made.meta.now = now_ += now_step_;
    made.meta.stamp = now_ - 50;
    made.strip = strip;
    made.prefix_len = prefix_len;
    made.out_len = length - strip + prefix_len;
    return made;
  }

  Packet dropped(int length, DropReason reason) {
    Packet made = forwarded(length);
    made.routed.verdict = Verdict::kDrop;
    made.routed.reason = reason;
    return made;
  }

  /// What edit leaves on out_len and so on does not matter.
  Packet punted(int length, PuntCause cause) {
    Packet made = forwarded(length, 18, 34);
    made.out_len = 77;
    made.routed.verdict = Verdict::kPunt;
    made.routed.cause = cause;
    return made;
  }

  void steps(int count) {
    for (int i = 0; i < count && !HasFatalFailure(); ++i) step();
  }

  uint32_t next_byte_ = 1;
  uint64_t now_ = 5000000;
  uint64_t now_step_ = 100;
};

TEST_F(Egress, QuietAfterReset) {
  steps(20);
  EXPECT_TRUE(results_.empty());
}

TEST_F(Egress, OnePacket) {
  decide(forwarded(64));
  finish();
  ASSERT_EQ(results_.size(), 1u);
}

TEST_F(Egress, LatencyOfTheFirstBeat) {
  decide(forwarded(14));
  const uint64_t start = cycle_;
  while (!dut_.m_axis_tvalid_o && cycle_ < start + 10) step();
  EXPECT_EQ(cycle_ - start, 6u);
}

TEST_F(Egress, SizesAroundTheBeatAndTheWindow) {
  for (int length = 15; length <= kWindow + 3 * kBeat + 1; ++length) decide(forwarded(length));
  finish();
}

TEST_F(Egress, AnyFront) {
  for (int prefix_len = 0; prefix_len <= kPrefix; ++prefix_len) {
    for (int strip : {0, 1, 7, 14, 18, 22, 63, 64, 65, 126, 127}) {
      decide(forwarded(128 + (prefix_len * 5 + strip) % (3 * kBeat), strip, prefix_len));
    }
  }
  finish();
}

TEST_F(Egress, PaddingIsCutOff) {
  for (int length : {60, 64, 65, 128, 129, 300, 1000}) {
    for (int cut : {1, 14, 46}) {
      Packet made = forwarded(length);
      made.out_len -= cut;
      decide(made);
    }
    Packet header_only = forwarded(length, 14, 34);
    header_only.out_len = 35;
    decide(header_only);
    Packet one_byte = forwarded(length);
    one_byte.out_len = 1;
    decide(one_byte);
  }
  finish();
}

TEST_F(Egress, OneBeatPacketsEveryCycle) {
  for (int i = 0; i < 100; ++i)
    decide(forwarded(kBeat < 14 ? 8 : 64, kBeat < 14 ? 4 : 14, kBeat < 14 ? 4 : 14));
  finish();
  const int beats = kBeat < 14 ? 1 : 64 / kBeat;
  EXPECT_EQ(results_.back().first - results_.front().first, 99u * beats) << "a gap between packets";
}

TEST_F(Egress, ShiftedPacketsWithoutGaps) {
  for (int i = 0; i < 50; ++i) decide(forwarded(kWindow + 4 * kBeat, 14, 34));
  body_ = [] { return true; };
  finish();
  const int beats = (kWindow + 4 * kBeat + 20 + kBeat - 1) / kBeat;
  EXPECT_EQ(results_.back().first - results_[10].first, 39u * beats) << "a gap between packets";
}

TEST_F(Egress, DropsEveryCycle) {
  for (int i = 0; i < 100; ++i) decide(dropped(64, DropReason::kNoVirtual));
  finish();
  EXPECT_EQ(results_.back().first - results_.front().first, 99u);
  EXPECT_EQ(popped_, 0u);
}

TEST_F(Egress, DropDiscardsTheBody) {
  for (int length : {128, 129, 500, 1400}) {
    decide(dropped(length, DropReason::kLand));
    decide(forwarded(length));
  }
  finish();
}

TEST_F(Egress, PuntIsTheWholeFrameToTheCpu) {
  for (int length : {14, 60, 64, 127, 128, 129, 700}) decide(punted(length, PuntCause::kArp));
  finish();
  EXPECT_EQ(counts_[(std::pair{21u, 12u})].packets, 7u);
}

TEST_F(Egress, PuntsBeyondTheRateBecomeDrops) {
  setPolicer(PuntCause::kTtl, 1 << 24, 3);
  now_step_ = 0;
  for (int i = 0; i < 5; ++i) decide(punted(100, PuntCause::kTtl));
  decide(punted(100, PuntCause::kMtu));
  now_ += 2048;
  for (int i = 0; i < 5; ++i) decide(punted(300, PuntCause::kTtl));
  finish();
  EXPECT_EQ(counts_[(std::pair{23u, 8u})].packets, 5u);
  EXPECT_EQ(counts_[(std::pair{23u, 9u})].packets, 1u);
  EXPECT_EQ(counts_[(std::pair{22u, 66u})].packets, 5u);
  checkCounters();
}

TEST_F(Egress, FieldsThatDoNotApplyAreZero) {
  Packet made = forwarded(64);
  made.routed.virtual_id = 5;
  made.routed.member = 9;
  made.routed.reason = DropReason::kLand;
  made.routed.cause = PuntCause::kAcl;
  made.acl_rule = 3;
  decide(made);
  finish();
}

TEST_F(Egress, BodyAfterTheDecision) {
  int wait = 0;
  body_ = [&] { return wait-- < 0; };
  for (int length : {200, 500, 1200}) {
    wait = 60;
    decide(forwarded(length));
    decide(dropped(length, DropReason::kLand));
    finish();
  }
}

TEST_F(Egress, CountersByDirection) {
  for (int direction = 0; direction < 2; ++direction) {
    for (int i = 0; i <= direction; ++i) {
      Packet made = forwarded(100 + i);
      made.routed.direction = static_cast<regs::Direction>(direction);
      made.routed.has_virtual = made.routed.has_member = true;
      made.routed.virtual_id = kVirtuals - 1;
      made.routed.member = kMembers - 1;
      made.acl_hit = true;
      made.acl_rule = kRules - 1;
      decide(made);
      made = dropped(90, DropReason::kMemberDown);
      made.routed.has_virtual = made.routed.has_member = true;
      decide(made);
    }
  }
  finish();
  checkCounters();
}

TEST_F(Egress, CounterTablesAreReadOnly) {
  decide(forwarded(64));
  finish();
  const Row junk{1, 2, 3, 4};
  for (uint32_t id = 19; id <= 24; ++id) access(id, 4, &junk);
  checkCounters();
}

TEST_F(Egress, PolicerTableReadsBack) {
  const Row row{0x12345678, 0xabcdef9a, 0x55};
  access(15, 6, &row);
  EXPECT_EQ(access(15, 6), row);
  EXPECT_EQ(access(15, 16), Row{});
}

TEST_F(Egress, ResetForgetsPackets) {
  for (int i = 0; i < 5; ++i) decide(forwarded(1000));
  steps(15);
  dut_.rst_i = 1;
  dut_.valid_i = dut_.body_valid_i = 0;
  for (int i = 0; i < 3; ++i) clock();
  dut_.rst_i = 0;
  for (int i = 0; i < 40; ++i) {
    clock();
    ASSERT_FALSE(dut_.m_axis_tvalid_o || dut_.result_valid_o || dut_.packet_done_o);
  }
}

TEST_F(Egress, RandomPackets) {
  rtl_test::Random random;
  int decision_chance = 100, body_chance = 100;
  decision_ = [&] { return random.percent(decision_chance); };
  body_ = [&] { return random.percent(body_chance); };
  for (int cause = 1; cause < 10; cause += 2) {
    setPolicer(static_cast<PuntCause>(cause), random.bits(40) >> random.between(8, 30),
               random.between(0, 20));
  }
  auto make = [&](int longest) {
    const int length = static_cast<int>(random.between(14, longest));
    const bool shifts = random.percent(50);
    const int strip = static_cast<int>(random.between(0, std::min(127, length - 1)));
    Packet made = shifts ? forwarded(length, strip, static_cast<int>(random.between(0, kPrefix)))
                         : forwarded(length, std::min(strip, kPrefix), std::min(strip, kPrefix));
    made.out_len =
        static_cast<int>(random.percent(50) ? made.out_len : random.between(1, made.out_len));
    now_ +=
        random.percent(50) ? random.bits(4) : random.bits(static_cast<int>(random.between(0, 36)));
    made.meta.now = now_;
    made.meta.port = random.between(0, 4);
    made.out_port = random.between(0, 4);
    made.acl_hit = random.percent(30);
    made.acl_rule = random.between(0, kRules - 1);
    made.routed.direction = static_cast<regs::Direction>(random.bits(1));
    made.routed.has_virtual = random.percent(70);
    made.routed.virtual_id = random.between(0, kVirtuals - 1);
    made.routed.has_member = random.percent(70);
    made.routed.member = random.between(0, kMembers - 1);
    made.routed.result = static_cast<regs::FlowResult>(random.between(0, 6));
    made.routed.close_cause = static_cast<regs::CloseCause>(random.between(0, 6));
    made.routed.verdict = static_cast<Verdict>(random.percent(60) ? 0 : random.between(1, 2));
    if (made.routed.verdict == Verdict::kDrop)
      made.routed.reason = static_cast<DropReason>(random.between(8, 66));
    if (made.routed.verdict == Verdict::kPunt)
      made.routed.cause = static_cast<PuntCause>(random.between(1, 9));
    return made;
  };
  for (int round = 0; round < 60 && !HasFatalFailure(); ++round) {
    decision_chance = static_cast<int>(random.between(10, 100));
    body_chance = static_cast<int>(random.between(20, 100));
    const int longest = random.percent(50) ? 200 : 1600;
    for (int i = 0; i < 60; ++i) decide(make(longest));
    steps(200);
    if (round % 5 == 0) {
      finish();
      // Between two results of the same cycle nothing is missing: a read while packets flow.
      for (int i = 0; i < 60; ++i) decide(make(128));
      for (int i = 0; i < 20 && !HasFatalFailure(); ++i) {
        const auto key = std::pair{21u, static_cast<uint32_t>(random.between(0, 4))};
        const Count before = counts_[key];
        const Count got = readCount(key.first, key.second);
        EXPECT_GE(got.packets, before.packets);
        EXPECT_GE(got.bytes, before.bytes);
        EXPECT_LE(got.packets, counts_[key].packets);
      }
    }
  }
  finish();
  EXPECT_EQ(done_, results_.size());
  checkCounters();
}

}  // namespace
}  // namespace sluice::rtl_test
