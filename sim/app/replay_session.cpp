// SPDX-License-Identifier: Apache-2.0
#include "sim/app/replay_session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "sim/app/bench_result.h"

namespace sluice {

ReplaySession::ReplaySession(sc_core::sc_module_name name, SessionInput input)
    : sc_core::sc_module(name),
      input_(std::move(input)),
      plane_(*input_.engine.plane),
      appliance_("appliance", plane_, input_.appliance),
      bus_("firmware_bus", appliance_.quantum()),
      hal_(bus_),
      control_(hal_),
      has_cycles_(plane_.clockHz() != 0) {
  bus_.socket.bind(appliance_.registers);
  appliance_.setObserver(this);
  SC_HAS_PROCESS(ReplaySession);
  SC_THREAD(thread);
}

Result<void> ReplaySession::run() {
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO,
                                          sc_core::SC_DO_NOTHING);
  sc_core::sc_start();
  return outcome_;
}

void ReplaySession::thread() {
  outcome_ = replay();
  sc_core::sc_stop();
}

Result<void> ReplaySession::replay() {
  if (auto up = powerUp(); !up.ok()) return up;
  const auto wall = std::chrono::steady_clock::now();
  const double cpu = cpuSeconds();
  pump();
  result_.cpu_seconds = cpuSeconds() - cpu;
  result_.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  if (progress_) progress_->finish();
  if (!outcome_.ok()) return outcome_;
  wrapUp();
  if (!recorder_) return {};
  const auto closed = recorder_->close();
  return closed.ok() ? Result<void>() : closed.error();
}

// Configures the appliance; the replay's time begins when that is done.
Result<void> ReplaySession::powerUp() {
  if (auto applied = control_.apply(input_.config); !applied.ok()) return applied;
  for (const std::string& warning : control_.warnings()) result_.notes.push_back(warning);
  bus_.synchronize();
  advanceTo(plane_.now());
  base_ns_ = plane_.now();
  base_cycles_ = plane_.cycles();
  plane_.startWaves();
  input_.source->peekTime();  // reads ahead, so that the epoch is known
  takeNames();
  takeRings();
  takeTimeouts();
  if (!input_.out_dir.empty()) {
    std::error_code code;
    std::filesystem::create_directories(input_.out_dir, code);
    if (code)
      return Error{ErrorCode::kIo,
                   input_.out_dir + ": cannot create this directory: " + code.message()};
    recorder_ =
        std::make_unique<PortRecorder>(input_.out_dir, input_.source->epochNs(), result_.names);
  }
  progress_.emplace("replay", input_.expected_packets);
  return {};
}

void ReplaySession::pump() {
  FrameSource& source = *input_.source;
  const uint64_t reaction = source.reaction();
  while (outcome_.ok() && offered_ < input_.limit) {
    const uint64_t next = source.peekTime();
    const uint64_t local_now = plane_.now() - std::min(base_ns_, plane_.now());
    if (next_action_ < input_.scenario.size() && input_.scenario[next_action_].at_ns <= next &&
        (next != FrameSource::kNever || appliance_.inFlight() == 0)) {
      act(input_.scenario[next_action_++]);
    } else if (next == FrameSource::kNever) {
      if (appliance_.inFlight() == 0) return;
      advanceTo(plane_.now() + std::min<uint64_t>(reaction, 10'000));
    } else if (appliance_.inFlight() != 0 && reaction != FrameSource::kNever &&
               next > local_now + reaction) {
      // What is out may cause an arrival before the next one.
      advanceTo(plane_.now() + reaction);
    } else {
      FrameIn frame;
      if (source.next(frame)) offer(frame);
    }
  }
  appliance_.drain();
}

void ReplaySession::offer(FrameIn frame) {
  result_.ledger.onOffered(frame);
  // Answers of regenerated servers belong to flows that are counted already.
  if (!input_.answers_enter || frame.port == 0) result_.flows.onFrame(frame.bytes);
  result_.last_arrival_ns = frame.arrival_ns;
  if (recorder_) recorder_->onOffered(frame);
  frame.arrival_ns += base_ns_;
  if (frame.arrival_ns >= control_.nextTick()) {
    advanceTo(std::max(control_.nextTick(), plane_.now()));
    control_.tick(plane_.now());
    bus_.synchronize();
  }
  advanceTo(frame.arrival_ns);
  appliance_.receive(frame);
  ++offered_;
  progress_->update(offered_);
}

// Lets kernel time, and with it the data plane, come within a quantum of a time.
void ReplaySession::advanceTo(uint64_t engine_ns) {
  const sc_core::sc_time target = sc_core::sc_time::from_value(engine_ns * 1000);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (target > now + appliance_.quantum()) {
    wait(target - now);
  } else if (appliance_.inFlight() != 0 && engine_ns > plane_.now()) {
    plane_.runUntil(engine_ns);
  }
}

void ReplaySession::act(const ScenarioAction& action) {
  advanceTo(base_ns_ + action.at_ns);
  const auto done = std::visit([&](const auto& what) { return carryOut(what); }, action.action);
  if (!done.ok()) {
    outcome_ = Error{done.error().code,
                     "scenario line " + std::to_string(action.line) + ": " + done.error().message};
    return;
  }
  bus_.synchronize();
  takeNames();
  takeRings();
  result_.series.mark(action.at_ns, action.text);
}

Result<void> ReplaySession::carryOut(const MemberStateAction& action) {
  constexpr AdminState kStates[] = {AdminState::kUp, AdminState::kDrain, AdminState::kDown};
  const AdminState state = kStates[static_cast<size_t>(action.state)];
  auto done = control_.setMember(action.pool, action.member, state);
  if (!done.ok()) return done;
  if (const auto id = control_.memberId(action.pool, action.member)) {
    if (state == AdminState::kDown) {
      result_.ledger.memberGone(*id);
    } else {
      result_.ledger.memberBack(*id);
    }
  }
  noteRingChange(action.pool);
  return {};
}

Result<void> ReplaySession::carryOut(const MemberWeightAction& action) {
  auto done = control_.setMemberWeight(action.pool, action.member, action.weight);
  if (done.ok()) noteRingChange(action.pool);
  return done;
}

Result<void> ReplaySession::carryOut(const PoolAddAction& action) {
  Member member;
  member.endpoint = action.member;
  member.ratio = action.ratio;
  member.ratio_set = action.ratio != 1;
  auto done = control_.addMember(action.pool, member);
  if (!done.ok()) return done;
  if (const auto id = control_.memberId(action.pool, action.member)) result_.ledger.memberBack(*id);
  noteRingChange(action.pool);
  return {};
}

Result<void> ReplaySession::carryOut(const PoolRemoveAction& action) {
  const auto id = control_.memberId(action.pool, action.member);
  auto done = control_.removeMember(action.pool, action.member);
  if (!done.ok()) return done;
  if (id) result_.ledger.memberGone(*id);
  noteRingChange(action.pool);
  return {};
}

Result<void> ReplaySession::carryOut(const VirtualStateAction& action) {
  return control_.setVirtual(action.name, action.enabled);
}

void ReplaySession::noteRingChange(const std::string& pool) {
  for (const Virtual& v : control_.config().virtuals) {
    if (*v.pool != pool) continue;
    if (const auto id = control_.virtualId(v.name))
      result_.ledger.ringChanged(*id, plane_.now() - base_ns_);
  }
}

void ReplaySession::takeNames() {
  ReplayNames& names = result_.names;
  names.virtuals.resize(regs::VirtualRow::kRows);
  names.members.resize(regs::MemberRow::kRows);
  for (uint16_t id = 0; id < names.virtuals.size(); ++id)
    names.virtuals[id] = control_.virtualName(id);
  for (uint16_t id = 0; id < names.members.size(); ++id) {
    if (const MemberKey* key = control_.memberKey(id)) {
      names.members[id].pool = key->pool;
      names.members[id].member = key->endpoint.toString();
    }
  }
}

// What came till now was dispatched by the rings before.
void ReplaySession::takeRings() {
  expected_.settle(result_.ledger.memberConnections(), result_.tally.members());
  for (const Pool& pool : control_.config().pools) {
    const std::vector<double> shares = control_.expectedShares(pool.name);
    ExpectedShares::Ring ring;
    for (size_t i = 0; i < shares.size() && i < pool.members.size(); ++i) {
      if (const auto id = control_.memberId(pool.name, pool.members[i].endpoint))
        ring.emplace_back(*id, shares[i]);
    }
    expected_.setRing(pool.name, ring);
  }
}

// The timer profile of each virtual. No scenario changes it.
void ReplaySession::takeTimeouts() {
  for (const Virtual& v : control_.config().virtuals) {
    const auto id = control_.virtualId(v.name);
    const Timers* timers = findByName(control_.config().timers, *v.timers);
    if (!id || timers == nullptr) continue;
    result_.ledger.setTimeouts(*id, {.half_open_ns = timers->half_open->value,
                                     .established_ns = timers->established->value,
                                     .closing_half_ns = timers->closing_half->value,
                                     .closing_ns = timers->closing->value,
                                     .one_way_ns = timers->one_way->value,
                                     .two_way_ns = timers->two_way->value});
  }
}

void ReplaySession::wrapUp() {
  bus_.synchronize();
  result_.simulated_ns = plane_.now() - base_ns_;
  result_.cycles = plane_.cycles() - base_cycles_;
  result_.table_capacity = hal_.geometry().flowEntries();
  const FlowStats flows = hal_.flowStats();
  result_.insert_failures = flows.full + flows.alias;
  const IcmpErrorCounts& errors = icmp_.counts();
  if (errors.too_big + errors.time_exceeded != 0) {
    result_.notes.push_back("firmware sent " + std::to_string(errors.too_big) +
                            " ICMP errors about packets longer than the MTU, " +
                            std::to_string(errors.time_exceeded) + " about a TTL that was used up");
  }
  takeRings();
  for (const auto& [id, share] : expected_.shares())
    result_.names.members[id].expected_share = share;
  if (input_.engine.lockstep != nullptr) input_.engine.lockstep->compareState();
}

void ReplaySession::onFrame(const FrameOut& frame) {
  FrameOut local = frame;
  local.result.now -= base_ns_;
  local.result.stamp -= base_ns_;
  local.departure_ns -= base_ns_;
  result_.tally.onFrame(local, has_cycles_);
  result_.ledger.onFrame(local);
  result_.series.onFrame(local);
  if (recorder_) recorder_->onFrame(local);
  answerPunt(local);
  input_.source->onFrame(local);
}

// Clients of a trace do not hear of it: the error is recorded, and goes nowhere.
void ReplaySession::answerPunt(const FrameOut& frame) {
  if (!IcmpResponder::answers(frame.result)) return;
  const auto error = icmp_.answer(frame.result, frame.bytes);
  if (error && recorder_) recorder_->onFirmwareFrame(frame.result.in_port, frame, *error);
}

void ReplaySession::onEvent(const regs::Event& event) {
  control_.onEvent(event);
  result_.ledger.onEvent(event);
  table_entries_ += event.opened;
  table_entries_ -= event.closed != regs::CloseCause::kNone && table_entries_ != 0;
  result_.table_peak = std::max(result_.table_peak, table_entries_);
  result_.series.sampleTable(plane_.now() - base_ns_, table_entries_);
}

}  // namespace sluice
