// SPDX-License-Identifier: Apache-2.0
#include "testbenches/system/packet_table.h"

#include <cassert>

namespace sluice::testing {

using regs::FlowResult;
using regs::Verdict;

namespace {

// A copy with `edit` done to it: steps are values, rows stay declarative.
template <class Edit>
Step with(const Step& step, Edit edit) {
  Step copy = step;
  edit(copy);
  return copy;
}

}  // namespace

Step Step::to(uint8_t egress, Packet expected) const {
  return with(*this, [&](Step& s) {
    s.result.verdict = Verdict::kForward;
    s.result.out_port = egress;
    s.out = std::move(expected);
  });
}
Step Step::drop(regs::DropReason reason) const {
  return with(*this, [&](Step& s) {
    s.result.verdict = Verdict::kDrop;
    s.result.reason = reason;
    s.result.out_port = regs::kPortNone;
  });
}
Step Step::punt(regs::PuntCause cause) const {
  return with(*this, [&](Step& s) {
    s.result.verdict = Verdict::kPunt;
    s.result.cause = cause;
    s.result.out_port = regs::kCpuPort;
  });
}
Step Step::via(uint16_t virtual_id) const {
  return with(*this, [&](Step& s) {
    s.result.has_virtual = true;
    s.result.virtual_id = virtual_id;
  });
}
Step Step::at(uint16_t member) const {
  return with(*this, [&](Step& s) {
    s.result.has_member = true;
    s.result.member = member;
  });
}
Step Step::back() const {
  return with(*this, [](Step& s) { s.result.direction = regs::Direction::kReverse; });
}
Step Step::opens() const { return flow(FlowResult::kOpened); }
Step Step::hits() const { return flow(FlowResult::kHit); }
Step Step::misses() const { return flow(FlowResult::kMiss); }
Step Step::flow(FlowResult result) const {
  return with(*this, [&](Step& s) { s.result.flow = result; });
}
Step Step::rule(uint8_t acl_rule) const {
  return with(*this, [&](Step& s) {
    s.result.acl_hit = true;
    s.result.acl_rule = acl_rule;
  });
}
Step Step::closes(regs::CloseCause cause) const {
  return closes(cause, result.virtual_id, result.member);
}
Step Step::closes(regs::CloseCause cause, uint16_t virtual_id, uint16_t member) const {
  return with(*this, [&](Step& s) {
    s.result.close_cause = cause;
    s.closed_virtual = virtual_id;
    s.closed_member = member;
    s.found_live |= cause == regs::CloseCause::kReuse || cause == regs::CloseCause::kMemberDown;
  });
}
Step Step::found() const {
  return with(*this, [](Step& s) { s.found_live = true; });
}
Step Step::leaves(regs::FlowState state) const {
  return with(*this, [&](Step& s) { s.state = state; });
}
Step Step::direct(uint8_t egress) const {
  return with(*this, [&](Step& s) { s.cpu_dest = egress; });
}
Step Step::damaged() const {
  return with(*this, [](Step& s) { s.bad = true; });
}

Step in(uint8_t port, Packet packet) {
  Step step;
  step.port = port;
  step.packet = std::move(packet);
  return step;
}
Step change(Change change) {
  Step step;
  step.kind = Step::Kind::kChange;
  step.change = std::move(change);
  return step;
}
Step flip(Change change) {
  Step step;
  step.kind = Step::Kind::kFlip;
  step.change = std::move(change);
  return step;
}
Step waitNs(uint64_t ns) {
  Step step;
  step.kind = Step::Kind::kWait;
  step.ns = ns;
  return step;
}
Step waitTicks(uint32_t age_ticks) { return waitNs(uint64_t{age_ticks} << regs::kAgeTickShift); }
Step scrub(regs::ScrubMode mode, uint32_t argument, uint32_t freed, uint16_t virtual_id,
           uint16_t member) {
  Step step;
  step.kind = Step::Kind::kScrub;
  step.scrub_mode = mode;
  step.scrub_arg = argument;
  step.scrub_freed = freed;
  step.closed_virtual = virtual_id;
  step.closed_member = member;
  return step;
}

Change useMember(uint16_t pool, std::vector<uint16_t> members, regs::Algorithm algorithm) {
  return [=](DataPlaneSetup& setup) { setup.addPool(pool, members, algorithm); };
}

const Table& packetTable() {
  static const Table table = [] {
    Table rows;
    addIngressRows(rows);
    addParseRows(rows);
    addIpv6ParseRows(rows);
    addClassifyRows(rows);
    addPoliceRows(rows);
    addFlowRows(rows);
    addFlowLimitRows(rows);
    addDispatchRows(rows);
    addEditRows(rows);
    addIcmpErrorRows(rows);
    addFullNatRows(rows);
    return rows;
  }();
  return table;
}

}  // namespace sluice::testing
