// SPDX-License-Identifier: Apache-2.0
// Random configurations and frames on every engine for it. The engine checks itself if it can; what
// holds for every data plane is checked here.
//
//   SLUICE_SEED=N SLUICE_PACKETS=N random_test      repeats a run or makes a longer one
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "testbenches/system/engines.h"
#include "testbenches/system/random_stimulus.h"

namespace sluice::testing {
namespace {

constexpr uint64_t kDefaultPackets = 1'000'000;
constexpr uint64_t kPacketsPerRound = 25'000;

uint64_t fromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

class RandomRun : private DataPlaneSink {
 public:
  RandomRun(DataPlane& plane, uint64_t seed) : plane_(plane), writer_(plane), stimulus_(seed) {
    plane_.setSink(this);
  }

  void run(uint64_t packets) {
    while (offered_ < packets && !::testing::Test::HasFailure()) {
      stimulus_.newRound();
      scrub(regs::ScrubMode::kAll, 0);
      plane_.drain();
      writer_.apply(stimulus_.setup(), writer_.bank());
      const uint64_t end = std::min(packets, offered_ + kPacketsPerRound);
      while (offered_ < end) burst(std::min<uint64_t>(end - offered_, 1 + stimulus_.below(1500)));
      checkTotals();
    }
    plane_.setSink(nullptr);
  }

 private:
  void burst(uint64_t packets) {
    for (uint64_t i = 0; i < packets; ++i) plane_.offer(stimulus_.nextFrame());
    offered_ += packets;
    if (stimulus_.percent(50)) {
      plane_.drain();
      stimulus_.mutate();
      const bool flip = stimulus_.percent(50);
      writer_.apply(stimulus_.setup(), flip ? 1 - writer_.bank() : writer_.bank());
    }
    stimulus_.idle();
    if (stimulus_.percent(5))
      scrub(static_cast<regs::ScrubMode>(stimulus_.below(4)), stimulus_.below(24));
  }

  void scrub(regs::ScrubMode mode, uint32_t argument) {
    plane_.drain();
    plane_.runUntil(stimulus_.now());
    plane_.write32(regs::ScrubArgReg::kOffset, argument);
    plane_.write32(regs::ScrubStartReg::kOffset, static_cast<uint32_t>(mode));
    do {
      plane_.runUntil(plane_.now() + 100);  // every poll is a few clocks by itself
    } while (regs::StatusReg::kScrubBusy.get(plane_.read32(regs::StatusReg::kOffset)) != 0);
    stimulus_.notBefore(plane_.now());
  }

  void onFrame(const FrameOut& frame) override {
    ++verdicts_[static_cast<size_t>(frame.result.verdict)];
    ++reasons_[static_cast<size_t>(frame.result.reason)];
    ++flows_[static_cast<size_t>(frame.result.flow)];
    ++closes_[static_cast<size_t>(frame.result.close_cause)];
    const bool dropped = frame.result.verdict == regs::Verdict::kDrop;
    EXPECT_EQ(frame.bytes.empty(), dropped);
    EXPECT_EQ(frame.result.reason != regs::DropReason::kNone, dropped);
    EXPECT_EQ(frame.result.cause != regs::PuntCause::kNone,
              frame.result.verdict == regs::Verdict::kPunt);
    EXPECT_EQ(frame.result.out_len, frame.bytes.size());
    EXPECT_GE(frame.result.now, frame.result.stamp);
    const bool reverse = frame.result.direction == regs::Direction::kReverse;
    if (reverse && frame.result.flow == regs::FlowResult::kHit)
      full_nat_answers_ += stimulus_.setup().virtuals.at(frame.result.virtual_id).mode ==
                           regs::VirtualMode::kFullnat;
    stimulus_.hear(frame.bytes);
  }
  void onEvent(const regs::Event&) override { ++events_; }

  template <class Row>
  uint64_t sum(uint32_t from, uint32_t count) {
    uint64_t packets = 0;
    for (uint32_t i = 0; i < count; ++i) packets += readRow<Row>(plane_, from + i).packets;
    return packets;
  }
  uint64_t register64(uint32_t offset) {
    return plane_.read32(offset) | uint64_t{plane_.read32(offset + 4)} << 32;
  }

  // in = forwarded + dropped + punted, counters say the same, live = opened - closed.
  void checkTotals() {
    plane_.drain();
    EXPECT_EQ(verdicts_[0] + verdicts_[1] + verdicts_[2], offered_);
    EXPECT_EQ(sum<regs::PortCountersRow>(0, 5), offered_);
    EXPECT_EQ(sum<regs::PortCountersRow>(8, 5), verdicts_[0] + verdicts_[2]);
    EXPECT_EQ(sum<regs::DropCountersRow>(0, regs::kDropReasonCount), verdicts_[1]);
    EXPECT_EQ(sum<regs::PuntCountersRow>(0, regs::kPuntCauseCount), verdicts_[2]);
    const uint64_t live = plane_.read32(regs::FlowLiveReg::kOffset);
    EXPECT_EQ(register64(regs::FlowOpenedReg::kOffset) - register64(regs::FlowClosedReg::kOffset),
              live);
    EXPECT_EQ(register64(regs::FlowOpenedReg::kOffset),
              flows_[static_cast<size_t>(regs::FlowResult::kOpened)]);
    uint64_t by_virtual = 0, by_member = 0;
    for (uint32_t i = 0; i < 32; ++i) {
      const auto v = readRow<regs::VirtualConnectionsRow>(plane_, i);
      const auto m = readRow<regs::MemberConnectionsRow>(plane_, i);
      by_virtual += v.opened - v.closed;
      by_member += m.opened - m.closed;
    }
    EXPECT_EQ(by_virtual, live);
    EXPECT_EQ(by_member, live);
    EXPECT_EQ(plane_.busErrors(), 0u);
  }

 public:
  void print() const {
    std::printf("forwarded %lu dropped %lu punted %lu, flow", verdicts_[0], verdicts_[1],
                verdicts_[2]);
    for (size_t i = 0; i < flows_.size(); ++i)
      std::printf(" %s %lu", regs::name(static_cast<regs::FlowResult>(i)).data(), flows_[i]);
    std::printf(", closed");
    for (size_t i = 0; i < closes_.size(); ++i)
      std::printf(" %s %lu", regs::name(static_cast<regs::CloseCause>(i)).data(), closes_[i]);
    std::printf(", %lu events, %lu answers through full NAT, dropped", events_, full_nat_answers_);
    for (size_t i = 1; i < reasons_.size(); ++i) {
      if (reasons_[i] == 0) continue;
      std::printf(" %s %lu", regs::name(static_cast<regs::DropReason>(i)).data(), reasons_[i]);
    }
    std::printf("\n");
  }

  // The stimulus reaches what it is for.
  void expectVariety() const {
    for (size_t i = 0; i < flows_.size(); ++i)
      EXPECT_GT(flows_[i], 0u) << regs::name(static_cast<regs::FlowResult>(i));
    for (size_t i = 0; i + 1 < closes_.size(); ++i)
      EXPECT_GT(closes_[i], 0u) << regs::name(static_cast<regs::CloseCause>(i));
    EXPECT_GT(full_nat_answers_, 0u);
  }

 private:
  DataPlane& plane_;
  SetupWriter writer_;
  RandomStimulus stimulus_;
  uint64_t offered_ = 0;
  std::array<uint64_t, regs::kVerdictCount> verdicts_{};
  std::array<uint64_t, regs::kDropReasonCount> reasons_{};
  std::array<uint64_t, regs::kFlowResultCount> flows_{};
  std::array<uint64_t, regs::kCloseCauseCount> closes_{};
  uint64_t events_ = 0;
  uint64_t full_nat_answers_ = 0;
};

class RandomPackets : public ::testing::TestWithParam<EngineFactory> {};

TEST_P(RandomPackets, HoldTogether) {
  const auto clock =
      static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  const uint64_t seed = fromEnvironment("SLUICE_SEED", clock % 1'000'000'000);
  const uint64_t packets = fromEnvironment("SLUICE_PACKETS", kDefaultPackets);
  char again[200];
  std::snprintf(again, sizeof again, "SLUICE_SEED=%lu SLUICE_PACKETS=%lu %s --gtest_filter=*%s",
                seed, packets, ::testing::internal::GetArgvs()[0].c_str(), GetParam().name.c_str());
  std::printf("repeat with: %s\n", again);
  SCOPED_TRACE(again);
  const std::unique_ptr<DataPlane> plane = GetParam().make();
  RandomRun run(*plane, seed);
  run.run(packets);
  run.print();
  if (packets >= kDefaultPackets && !HasFailure()) run.expectVariety();
  if (GetParam().findings) {
    for (const std::string& finding : GetParam().findings(*plane)) ADD_FAILURE() << finding;
  }
}

INSTANTIATE_TEST_SUITE_P(, RandomPackets, ::testing::ValuesIn(randomEngines()),
                         [](const auto& info) { return info.param.name; });

}  // namespace

void PrintTo(const EngineFactory& factory, std::ostream* out) { *out << factory.name; }

}  // namespace sluice::testing
