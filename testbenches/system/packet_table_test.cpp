// SPDX-License-Identifier: Apache-2.0
// Runs the packet table (packet_table.h) on every engine, one test per row.
#include <gtest/gtest.h>

#include <cctype>
#include <set>

#include "testbenches/common/packet_dump.h"
#include "testbenches/system/bench.h"

namespace sluice::testing {
namespace {

using regs::CloseCause;
using regs::FlowResult;
using regs::Verdict;

// One bench per engine for the whole program: tables are large, rows are many.
Bench& benchOf(const EngineFactory& factory) {
  static std::map<std::string, std::unique_ptr<Bench>> benches;
  std::unique_ptr<Bench>& bench = benches[factory.name];
  if (bench == nullptr) bench = std::make_unique<Bench>(factory);
  return *bench;
}

class RowRunner {
 public:
  RowRunner(Bench& bench, const Row& row) : bench_(bench), row_(row) {}

  void run() {
    for (const Change& change : row_.changes) change(setup_);
    bench_.prepare(setup_);
    const Tally before = bench_.tally();
    const std::vector<Step> steps = row_.after ? row_.after(bench_.sourceBase()) : row_.steps;
    for (size_t i = 0; i < steps.size() && !::testing::Test::HasFatalFailure(); ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      runStep(steps[i]);
    }
    compareTally(bench_.tally() - before);
    EXPECT_EQ(bench_.plane().busErrors(), 0u);
  }

 private:
  void runStep(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kPacket:
        return runPacket(step);
      case Step::Kind::kChange:
      case Step::Kind::kFlip:
        step.change(setup_);
        return bench_.reconfigure(setup_, step.kind == Step::Kind::kFlip);
      case Step::Kind::kWait:
        return bench_.wait(step.ns);
      case Step::Kind::kScrub:
        return runScrub(step);
    }
  }

  void runPacket(const Step& step) {
    const Bytes bytes = step.packet.build();
    SCOPED_TRACE("packet in: " + dumpFrame(bytes));
    bench_.send(step, bytes);
    const std::vector<FrameSeen> frames = bench_.takeFrames();
    ASSERT_EQ(frames.size(), 1u);
    const Bytes out = step.out                                ? step.out->build()
                      : step.result.verdict == Verdict::kPunt ? bytes
                                                              : Bytes();
    ASSERT_TRUE(step.out || step.result.verdict != Verdict::kForward) << "the row has no verdict";
    addExpected(expected_, step, bytes.size(), out.size());
    compareResult(step, bytes.size(), out.size(), frames[0].result);
    EXPECT_TRUE(out == frames[0].bytes) << diffFrames(out, frames[0].bytes);
    compareEvent(step, frames[0].result);
    if (step.state) {
      EXPECT_EQ(regs::name(bench_.stateOf(slot_)), regs::name(*step.state));
    }
  }

  void compareResult(const Step& step, size_t in_length, size_t out_length, regs::Result got) {
    EXPECT_LE(got.stamp, got.now);
    EXPECT_LE(bench_.clock() >> regs::kAgeTickShift, got.now >> regs::kAgeTickShift);
    got.stamp = got.now = 0;
    regs::Result want = step.result;
    want.in_port = step.port;
    want.in_len = static_cast<uint16_t>(in_length);
    want.out_len = static_cast<uint16_t>(out_length);
    EXPECT_TRUE(want == got) << "expected " << describe(want) << "\n     got " << describe(got);
  }

  regs::Event expectedEvent(const Step& step, uint64_t now) const {
    regs::Event event;
    const regs::Result& r = step.result;
    event.opened = r.flow == FlowResult::kOpened;
    const bool failed = r.flow >= FlowResult::kUntrackedAlias;
    event.failed = failed ? r.flow : FlowResult::kNone;
    if (event.opened || failed) {
      event.virtual_id = r.virtual_id;
      event.member = r.member;
    }
    event.closed = r.close_cause;
    event.closed_virtual = step.closed_virtual;
    event.closed_member = step.closed_member;
    event.age_tick = (now >> regs::kAgeTickShift) & 0xffffff;
    return event;
  }

  // The packet's event, with all kinds enabled; rows that disable some say so by the setup.
  void compareEvent(const Step& step, const regs::Result& got) {
    regs::Event want = expectedEvent(step, got.now);
    if (!(setup_.events & 1) && want.opened) want.opened = false, want.virtual_id = want.member = 0;
    if (!(setup_.events & 4) && want.failed != FlowResult::kNone) {
      want.failed = FlowResult::kNone;
      want.virtual_id = want.member = 0;
    }
    if (!(setup_.events & 2))
      want.closed = CloseCause::kNone, want.closed_virtual = want.closed_member = 0;
    const bool any =
        want.opened || want.failed != FlowResult::kNone || want.closed != CloseCause::kNone;
    std::vector<regs::Event> events = bench_.takeEvents();
    ASSERT_EQ(events.size(), any ? 1u : 0u) << describe(want);
    if (!any) return;
    if (want.opened) slot_ = events[0].slot;
    if (want.opened || want.closed != CloseCause::kNone) want.slot = events[0].slot;
    EXPECT_TRUE(want == events[0])
        << "expected event " << describe(want) << "\n           got " << describe(events[0]);
  }

  void runScrub(const Step& step) {
    bench_.scrub(step.scrub_mode, step.scrub_arg);
    EXPECT_EQ(bench_.plane().read32(regs::ScrubFreedReg::kOffset), step.scrub_freed);
    const std::vector<regs::Event> events = bench_.takeEvents();
    ASSERT_EQ(events.size(), step.scrub_freed);
    const bool expired = step.scrub_mode == regs::ScrubMode::kExpired;
    for (const regs::Event& event : events) {
      EXPECT_EQ(event.closed, expired ? CloseCause::kExpired : CloseCause::kPurged)
          << describe(event);
      EXPECT_EQ(event.closed_virtual, step.closed_virtual);
      EXPECT_EQ(event.closed_member, step.closed_member);
      EXPECT_FALSE(event.opened);
    }
    expected_.add("flow closed", step.scrub_freed);
    expected_.add("virtual " + std::to_string(step.closed_virtual) + " closed", step.scrub_freed);
    expected_.add("member " + std::to_string(step.closed_member) + " closed", step.scrub_freed);
  }

  void compareTally(const Tally& got) {
    for (const auto& [name, value] : got.values) {
      const auto at = expected_.values.find(name);
      EXPECT_EQ(value, at == expected_.values.end() ? 0 : at->second) << name;
    }
    for (const auto& [name, value] : expected_.values)
      EXPECT_TRUE(got.values.contains(name)) << name;
    const auto of = [&](const char* name) {
      const auto at = expected_.values.find(name);
      return at == expected_.values.end() ? 0 : at->second;
    };
    EXPECT_EQ(bench_.plane().read32(regs::FlowLiveReg::kOffset),
              of("flow opened") - of("flow closed"));
  }

  Bench& bench_;
  const Row& row_;
  DataPlaneSetup setup_ = standardSetup();
  Tally expected_;
  uint32_t slot_ = 0;
};

struct Case {
  const EngineFactory* engine;
  const Row* row;
};

std::vector<Case> allCases() {
  std::vector<Case> cases;
  for (const EngineFactory& engine : engines()) {
    for (const Row& row : packetTable()) cases.push_back({&engine, &row});
  }
  return cases;
}

std::string caseName(const ::testing::TestParamInfo<Case>& info) {
  std::string name = info.param.engine->name + "_";
  for (const char c : info.param.row->name) {
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  }
  return name;
}

void PrintTo(const Case& c, std::ostream* out) { *out << c.row->name << " on " << c.engine->name; }

class PacketTable : public ::testing::TestWithParam<Case> {};

TEST_P(PacketTable, Row) { RowRunner(benchOf(*GetParam().engine), *GetParam().row).run(); }

INSTANTIATE_TEST_SUITE_P(, PacketTable, ::testing::ValuesIn(allCases()), caseName);

// Collects, over all packet steps of the table, what `pick` finds; nullopt finds nothing.
template <class Pick>
auto collect(Pick pick) {
  std::set<typename decltype(pick(Step{}))::value_type> found;
  for (const Row& row : packetTable()) {
    for (const Step& step : row.steps) {
      if (step.kind != Step::Kind::kPacket) continue;
      if (const auto value = pick(step)) found.insert(*value);
    }
  }
  return found;
}

// Every named value of an enum that is neither found nor excused.
template <class Enum>
std::string missing(const std::set<Enum>& found, size_t count, std::set<Enum> excused = {}) {
  std::string names;
  for (size_t i = 0; i < count; ++i) {
    const auto value = static_cast<Enum>(i);
    if (regs::name(value) == "?" || found.contains(value) || excused.contains(value)) continue;
    names += std::string(regs::name(value)) + " ";
  }
  return names;
}

TEST(PacketTableCoverage, EveryValueOccurs) {
  const auto reasons = collect([](const Step& s) { return std::optional(s.result.reason); });
  EXPECT_EQ(missing(reasons, regs::kDropReasonCount, {regs::DropReason::kIngressOverload}), "");
  const auto causes = collect([](const Step& s) { return std::optional(s.result.cause); });
  EXPECT_EQ(missing(causes, regs::kPuntCauseCount), "");
  const auto flows = collect([](const Step& s) { return std::optional(s.result.flow); });
  EXPECT_EQ(missing(flows, regs::kFlowResultCount), "");
  const auto closes = collect([](const Step& s) { return std::optional(s.result.close_cause); });
  EXPECT_EQ(missing(closes, regs::kCloseCauseCount, {CloseCause::kPurged}), "");
  const auto states = collect([](const Step& s) { return s.state; });
  EXPECT_EQ(missing(states, regs::kFlowStateCount), "");
}

// Forwarded (local: punted) packets of each mode and family of the packet.
TEST(PacketTableCoverage, EveryModeAndFamilyOccurs) {
  const DataPlaneSetup setup = standardSetup();
  for (const bool v6 : {false, true}) {
    const auto modes = collect([&](const Step& s) -> std::optional<regs::VirtualMode> {
      if (!s.result.has_virtual || s.result.verdict == Verdict::kDrop || s.packet.v6() != v6)
        return {};
      return setup.virtuals.at(s.result.virtual_id).mode;
    });
    EXPECT_EQ(missing(modes, regs::kVirtualModeCount), "") << (v6 ? "IPv6" : "IPv4");
  }
}

TEST(PacketTableCoverage, NamesAreUnique) {
  std::set<std::string> names;
  for (const Row& row : packetTable()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
  EXPECT_GE(names.size(), 150u);
}

}  // namespace
}  // namespace sluice::testing
