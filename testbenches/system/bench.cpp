// SPDX-License-Identifier: Apache-2.0
#include "testbenches/system/bench.h"

#include <sstream>

namespace sluice::testing {
namespace {

constexpr uint64_t kStepNs = 10'000;
constexpr uint64_t kBucketsFullNs = uint64_t{20} << 30;  // more than 2^24 rate ticks
constexpr uint32_t kVirtualsShown = kTunnel + 12;
constexpr uint32_t kMembersShown = 32;
constexpr uint32_t kRulesShown = 16;

std::string numbered(const char* what, uint64_t id, bool reverse = false) {
  return std::string(what) + " " + std::to_string(id) + (reverse ? " reverse" : "");
}

template <class Row>
void addRow(Tally& tally, DataPlane& plane, uint32_t row, const std::string& name) {
  const Row counter = readRow<Row>(plane, row);
  tally.add(name + " packets", counter.packets);
  tally.add(name + " bytes", counter.bytes);
}

template <class Row>
void addConnections(Tally& tally, DataPlane& plane, uint32_t row, const std::string& name) {
  const Row counter = readRow<Row>(plane, row);
  tally.add(name + " opened", counter.opened);
  tally.add(name + " closed", counter.closed);
}

std::string dropName(uint32_t reason) {
  return "drop " + std::string(regs::name(static_cast<regs::DropReason>(reason)));
}
std::string puntName(uint32_t cause) {
  return "punt " + std::string(regs::name(static_cast<regs::PuntCause>(cause)));
}

void addPackets(Tally& tally, const std::string& name, uint64_t bytes) {
  tally.add(name + " packets", 1);
  tally.add(name + " bytes", bytes);
}

}  // namespace

Tally Tally::operator-(const Tally& before) const {
  Tally difference;
  for (const auto& [name, value] : values) {
    const auto at = before.values.find(name);
    difference.add(name, value - (at == before.values.end() ? 0 : at->second));
  }
  return difference;
}

Bench::Bench(const EngineFactory& factory) : plane_(factory.make()), writer_(*plane_) {
  plane_->setSink(this);
  const uint32_t geometry = plane_->read32(regs::GeometryReg::kOffset);
  flow_ways_ =
      regs::GeometryReg::kFlowBanks.get(geometry) * regs::GeometryReg::kFlowWays.get(geometry);
}

Bench::~Bench() { plane_->setSink(nullptr); }

void Bench::prepare(const DataPlaneSetup& setup) {
  plane_->drain();
  clock_ += kBucketsFullNs;
  clock_ = ((clock_ >> regs::kAgeTickShift) + 1) << regs::kAgeTickShift;
  plane_->runUntil(clock_);
  plane_->write32(regs::EventEnableReg::kOffset, 0);
  if (plane_->read32(regs::FlowLiveReg::kOffset) != 0) scrub(regs::ScrubMode::kAll, 0);
  plane_->write32(regs::EventEnableReg::kOffset, setup.events);
  writer_.apply(setup, 0);
  clock_ = std::max(clock_, plane_->now());  // the bus takes time
  takeFrames();
  takeEvents();
}

void Bench::reconfigure(const DataPlaneSetup& setup, bool other_bank) {
  plane_->drain();
  writer_.apply(setup, other_bank ? 1 - writer_.bank() : writer_.bank());
  clock_ = std::max(clock_, plane_->now());
}

void Bench::send(const Step& step, const Bytes& bytes) {
  clock_ = std::max(clock_, plane_->now()) + kStepNs;  // looking at counters takes bus time
  plane_->runUntil(clock_);
  FrameIn frame;
  frame.id = next_id_++;
  frame.arrival_ns = clock_;
  frame.port = step.port;
  frame.cpu_dest = step.cpu_dest;
  frame.bad = step.bad;
  frame.bytes = bytes;
  plane_->offer(frame);
  plane_->drain();
}

void Bench::scrub(regs::ScrubMode mode, uint32_t argument) {
  plane_->runUntil(clock_);
  plane_->write32(regs::ScrubArgReg::kOffset, argument);
  plane_->write32(regs::ScrubStartReg::kOffset, static_cast<uint32_t>(mode));
  do {
    plane_->runUntil(plane_->now() + 100);  // every poll is a few clocks by itself
  } while (regs::StatusReg::kScrubBusy.get(plane_->read32(regs::StatusReg::kOffset)) != 0);
  clock_ = std::max(clock_, plane_->now());
}

void Bench::onFrame(const FrameOut& frame) {
  frames_.push_back({frame.id, frame.result, Bytes(frame.bytes.begin(), frame.bytes.end())});
}

uint64_t Bench::counter64(uint32_t offset) {
  const uint64_t low = plane_->read32(offset);
  return low | uint64_t{plane_->read32(offset + 4)} << 32;
}

SourceBase Bench::sourceBase() {
  const auto opened = [&](VirtualId id) {
    return readRow<regs::VirtualConnectionsRow>(*plane_, id).opened;
  };
  return {opened(kFull4) + opened(kFullDns4), opened(kFull6) + opened(kFullDns6)};
}

regs::FlowState Bench::stateOf(uint32_t slot) {
  return readRow<regs::FlowTagRow>(*plane_, slot).state;
}

Tally Bench::tally() {
  Tally t;
  for (uint32_t i = 0; i < 2 * kVirtualsShown; ++i) {
    const uint32_t id = i / 2, reverse = i % 2;
    addRow<regs::VirtualCountersRow>(t, *plane_, reverse * 1024 + id,
                                     numbered("virtual", id, reverse));
  }
  for (uint32_t i = 0; i < 2 * kMembersShown; ++i) {
    const uint32_t id = i / 2, reverse = i % 2;
    addRow<regs::MemberCountersRow>(t, *plane_, reverse * 4096 + id,
                                    numbered("member", id, reverse));
  }
  for (uint32_t id = 0; id < kVirtualsShown; ++id) {
    addConnections<regs::VirtualConnectionsRow>(t, *plane_, id, numbered("virtual", id));
  }
  for (uint32_t id = 0; id < kMembersShown; ++id) {
    addConnections<regs::MemberConnectionsRow>(t, *plane_, id, numbered("member", id));
  }
  for (uint32_t i = 0; i < 13; ++i) {
    addRow<regs::PortCountersRow>(t, *plane_, i,
                                  numbered(i < 8 ? "received on" : "sent to", i % 8));
  }
  for (uint32_t i = 0; i < regs::kDropReasonCount; ++i)
    addRow<regs::DropCountersRow>(t, *plane_, i, dropName(i));
  for (uint32_t i = 0; i < regs::kPuntCauseCount; ++i)
    addRow<regs::PuntCountersRow>(t, *plane_, i, puntName(i));
  for (uint32_t i = 0; i < kRulesShown; ++i)
    addRow<regs::AclCountersRow>(t, *plane_, i, numbered("rule", i));
  t.add("flow hits", counter64(regs::FlowHitsReg::kOffset));
  t.add("flow misses", counter64(regs::FlowMissesReg::kOffset));
  t.add("flow opened", counter64(regs::FlowOpenedReg::kOffset));
  t.add("flow closed", counter64(regs::FlowClosedReg::kOffset));
  t.add("flow evicted", counter64(regs::FlowEvictedReg::kOffset));
  t.add("flow full", counter64(regs::FlowFullReg::kOffset));
  t.add("flow alias", counter64(regs::FlowAliasReg::kOffset));
  return t;
}

void addExpected(Tally& t, const Step& step, size_t in_length, size_t out_length) {
  const regs::Result& r = step.result;
  const bool reverse = r.direction == regs::Direction::kReverse;
  addPackets(t, numbered("received on", step.port), in_length);
  if (r.verdict == regs::Verdict::kDrop) {
    addPackets(t, dropName(static_cast<uint32_t>(r.reason)), in_length);
  } else {
    addPackets(t, numbered("sent to", r.out_port), out_length);
  }
  if (r.verdict == regs::Verdict::kPunt)
    addPackets(t, puntName(static_cast<uint32_t>(r.cause)), in_length);
  if (r.acl_hit) addPackets(t, numbered("rule", r.acl_rule), in_length);
  if (r.has_virtual) addPackets(t, numbered("virtual", r.virtual_id, reverse), in_length);
  if (r.has_member && r.verdict == regs::Verdict::kForward) {
    addPackets(t, numbered("member", r.member, reverse), in_length);
  }
  if (r.flow != regs::FlowResult::kNone) {
    t.add(r.flow == regs::FlowResult::kHit || step.found_live ? "flow hits" : "flow misses", 1);
  }
  if (r.flow == regs::FlowResult::kOpened) {
    t.add("flow opened", 1);
    t.add(numbered("virtual", r.virtual_id) + " opened", 1);
    t.add(numbered("member", r.member) + " opened", 1);
  }
  if (r.close_cause != regs::CloseCause::kNone) {
    t.add("flow closed", 1);
    t.add(numbered("virtual", step.closed_virtual) + " closed", 1);
    t.add(numbered("member", step.closed_member) + " closed", 1);
  }
  t.add("flow evicted", r.close_cause == regs::CloseCause::kEvicted);
  t.add("flow full", r.flow == regs::FlowResult::kUntrackedFull);
  t.add("flow alias", r.flow == regs::FlowResult::kUntrackedAlias);
}

std::string describe(const regs::Result& r) {
  std::ostringstream out;
  out << regs::name(r.verdict) << " reason " << regs::name(r.reason) << " cause "
      << regs::name(r.cause) << " ports " << int{r.in_port} << ">" << int{r.out_port} << " "
      << regs::name(r.direction) << " virtual ";
  out << (r.has_virtual ? "" : "-") << r.virtual_id << " member " << (r.has_member ? "" : "-")
      << r.member;
  out << " flow " << regs::name(r.flow) << " closed " << regs::name(r.close_cause) << " rule "
      << (r.acl_hit ? "" : "-") << int{r.acl_rule} << " bytes " << r.in_len << ">" << r.out_len;
  return out.str();
}

std::string describe(const regs::Event& e) {
  std::ostringstream out;
  out << (e.opened ? "opened" : "not opened") << " failed " << regs::name(e.failed) << " virtual "
      << e.virtual_id << " member " << e.member << " closed " << regs::name(e.closed) << " virtual "
      << e.closed_virtual << " member " << e.closed_member << " slot " << e.slot << " tick "
      << e.age_tick;
  return out.str();
}

}  // namespace sluice::testing
