// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/health.h"

#include <algorithm>
#include <cmath>

namespace sluice {

namespace {

// First probes do not wait for their place in a long interval.
constexpr uint64_t kFirstSpreadNs = 500'000'000;

Endpoint targetOf(const Monitor& monitor, Endpoint endpoint) {
  if (*monitor.port != 0) endpoint.port = static_cast<uint16_t>(*monitor.port);
  return endpoint;
}

// Fractions of 1 that are far apart however many are taken.
double spreadPhase(uint32_t index) {
  constexpr double kGolden = 0.618033988749895;
  const double turns = (index + 1) * kGolden;
  return turns - std::floor(turns);
}

uint64_t part(double fraction, uint64_t of) {
  return static_cast<uint64_t>(fraction * static_cast<double>(of));
}

// How many of a member's monitors must be good.
size_t needed(const MonitorRule& rule, size_t monitors) {
  switch (rule.kind) {
    case MonitorRule::Kind::kAll:
      return monitors;
    case MonitorRule::Kind::kAny:
      return std::min<size_t>(monitors, 1);
    case MonitorRule::Kind::kAtLeast:
      break;
  }
  return std::min<size_t>(rule.count, monitors);
}

void lookUpTls(const Config& config, Monitor& monitor) {
  if (!monitor.server_tls.set) return;
  ServerTls& tls = monitor.tls.emplace();
  tls.profile = *findByName(config.server_tls_profiles, *monitor.server_tls);
  if (tls.profile.certificate.set)
    tls.certificate = *findByName(config.certificates, *tls.profile.certificate);
}

std::vector<const Monitor*> monitorsOf(const Config& config, const Pool& pool,
                                       const Member& member) {
  std::vector<const Monitor*> monitors;
  const auto add = [&](const std::string& name) {
    if (const Monitor* monitor = findByName(config.monitors, name)) monitors.push_back(monitor);
  };
  if (member.monitor) {
    if (*member.monitor != "none") add(*member.monitor);
    return monitors;
  }
  for (const MonitorRef& monitor : pool.monitors) add(monitor.name);
  return monitors;
}

}  // namespace

void Health::setConfig(const Config& config) {
  const uint64_t now = clock_();
  const Config kept = std::exchange(config_, Config());  // until all checks have left its monitors
  std::map<MemberKey, Entry> old;
  for (Entry& entry : members_) old.emplace(entry.key, std::move(entry));
  config_.monitors = config.monitors;
  for (Monitor& monitor : config_.monitors) lookUpTls(config, monitor);
  config_.pools = config.pools;
  members_.clear();
  due_.clear();
  spread_.clear();
  for (const Pool& pool : config_.pools) {
    for (const Member& member : pool.members) addMember(pool, member, old, now);
  }
  for (Entry& entry : members_) {
    for (const auto& check : entry.checks) due_.emplace(check->due_ns, check.get());
    judge(entry, nullptr, now);
  }
  weigh_ns_ = now;
  changed_ = true;
}

void Health::addMember(const Pool& pool, const Member& member, std::map<MemberKey, Entry>& old,
                       uint64_t now) {
  Entry entry;
  const auto before = old.find(MemberKey{pool.name, member.endpoint});
  const bool known = before != old.end();
  const auto monitors = monitorsOf(config_, pool, member);
  if (known) {
    entry = std::move(before->second);
  } else {
    entry.key = {pool.name, member.endpoint};
    entry.since_ns = now;
    if (!monitors.empty()) entry.state = AdminState::kDown;
  }
  entry.pool = &pool;
  if (!pool.passive.set) entry.held_until_ns = 0;
  entry.weight.setAgent(std::nullopt);
  auto checks = std::exchange(entry.checks, {});
  // A member that serves goes on until a probe says otherwise.
  const bool trusted = known && entry.state == AdminState::kUp;
  for (const Monitor* monitor : monitors) {
    const auto same = std::find_if(checks.begin(), checks.end(), [&](const auto& check) {
      return check && check->monitor->name == monitor->name;
    });
    std::unique_ptr<Check> check =
        same != checks.end()
            ? std::move(*same)
            : std::make_unique<Check>(*monitor, CheckState(*monitor, trusted, now));
    check->member = members_.size();
    check->phase = spreadPhase(spread_[monitor->name]++);
    // One that did not change goes on as if nothing had happened: edits keep no failure from being
    // found.
    if (same == checks.end() || *check->monitor != *monitor) {
      check->probe.reset();
      check->due_ns = now + part(check->phase, std::min(kFirstSpreadNs, check->state.interval()));
    }
    check->monitor = monitor;
    check->state.setMonitor(*monitor);
    if (check->percent) entry.weight.setAgent(check->percent);
    entry.checks.push_back(std::move(check));
  }
  members_.push_back(std::move(entry));
}

uint64_t Health::run() {
  const uint64_t now = clock_();
  while (!due_.empty() && due_.begin()->first <= now) {
    Check& check = *due_.begin()->second;
    if (check.probe) {
      check.probe.reset();
      finish(
          check,
          {Verdict::kBad, "no answer within " + formatDuration(check.monitor->timeout->value), {}});
    } else {
      start(check, now);
    }
  }
  if (held_due_ns_ <= now) releaseDue(now);
  if (weigh_ns_ <= now) weigh(now);
  return std::min({due_.empty() ? UINT64_MAX : due_.begin()->first, weigh_ns_, held_due_ns_});
}

// Members whose hold time is over.
void Health::releaseDue(uint64_t now) {
  held_due_ns_ = UINT64_MAX;
  for (Entry& entry : members_) {
    if (entry.held_until_ns == 0) continue;
    if (entry.held_until_ns <= now) {
      release(entry, "its hold time is over", now);
    } else {
      held_due_ns_ = std::min(held_due_ns_, entry.held_until_ns);
    }
  }
}

void Health::schedule(Check& check, uint64_t due_ns) {
  due_.erase({check.due_ns, &check});
  check.due_ns = due_ns;
  due_.emplace(due_ns, &check);
}

void Health::start(Check& check, uint64_t now) {
  check.started_ns = now;
  schedule(check, now + check.monitor->timeout->value);
  check.probe =
      probes_.start(*check.monitor, targetOf(*check.monitor, members_[check.member].key.endpoint),
                    [this, &check](const ProbeOutcome& outcome) {
                      const auto ended = std::move(check.probe);
                      finish(check, outcome);
                    });
}

void Health::finish(Check& check, const ProbeOutcome& outcome) {
  const uint64_t now = clock_();
  Entry& entry = members_[check.member];
  const bool first = check.checks++ == 0;
  check.failures += outcome.verdict == Verdict::kBad;
  check.last_ns = now;
  check.duration_ns = now - check.started_ns;
  check.reason = outcome.reason;
  log_.push_back(
      {now, entry.key, check.monitor->name, outcome.verdict, outcome.reason, check.duration_ns});
  if (log_.size() > kLogged) log_.pop_front();
  if (outcome.verdict != Verdict::kBad) entry.weight.measure(check.duration_ns);
  if (outcome.percent) {
    check.percent = outcome.percent;
    entry.weight.setAgent(outcome.percent);
  }
  check.state.take(outcome.verdict, now);
  // The second probe takes its place in the interval.
  const uint64_t interval = check.state.interval();
  const uint64_t wait = first ? part(0.5 + check.phase / 2, interval) : interval;
  schedule(check, std::max(check.started_ns + wait, now));
  judge(entry, &check, now);
}

// What the member is, now that `check` (null: an operator, the configuration) has news.
void Health::judge(Entry& entry, const Check* check, uint64_t now) {
  const Finding before = entry;
  size_t up = 0, alive = 0;
  entry.held = entry.held_until_ns != 0;
  entry.proven = entry.held;
  entry.flapping = entry.waiting = false;
  for (const auto& each : entry.checks) {
    const AdminState counts = each->state.counts();
    up += counts == AdminState::kUp;
    alive += counts != AdminState::kDown;
    entry.proven |= each->state.state() != CheckState::State::kChecking;
    entry.flapping |= each->state.flapping();
    entry.waiting |= each->state.waiting();
  }
  const size_t enough = needed(*entry.pool->monitor_rule, entry.checks.size());
  entry.state = entry.held        ? AdminState::kDown
                : up >= enough    ? AdminState::kUp
                : alive >= enough ? AdminState::kDrain
                                  : AdminState::kDown;
  if (entry.state != before.state) {
    entry.since_ns = now;
    if (before.state == AdminState::kDown)
      entry.weight.startSlowly(now, entry.pool->slow_start->value);
    weigh_ns_ = now;
  }
  entry.percent = entry.weight.percent(now);
  // Of monitors that disagree, the one that says what the member is has the reason; a good probe is
  // no reason to be down.
  const bool rises = check != nullptr && entry.state == AdminState::kDown &&
                     check->state.passed() != 0 && !check->state.waiting();
  if (check != nullptr && check->state.counts() == entry.state && !rises)
    entry.reason = check->monitor->name + ": " + check->reason;
  const bool news = entry.state != before.state || entry.proven != before.proven ||
                    entry.flapping != before.flapping || entry.waiting != before.waiting ||
                    entry.held != before.held;
  if (news) tell_({statusOf(entry), before.state});
  changed_ |= news || entry.percent != before.percent;
  if (*entry.pool->weight_by != Pool::WeightBy::kRatio)
    weigh_ns_ = std::min(weigh_ns_, now + MemberWeight::kStepNs);
  weigh_ns_ = std::min(weigh_ns_, entry.weight.nextStep(now));
}

void Health::fail(const MemberKey& member, const std::string& reason) {
  const auto entry = std::find_if(members_.begin(), members_.end(),
                                  [&](const Entry& other) { return other.key == member; });
  if (entry == members_.end() || !entry->pool->passive.set) return;
  const PassiveRule& rule = *entry->pool->passive;
  const uint64_t now = clock_();
  const bool down = rule.then == PassiveRule::Then::kDown;
  if (down) {
    entry->held_until_ns = now + rule.hold.value;
    held_due_ns_ = std::min(held_due_ns_, entry->held_until_ns);
  }
  for (const auto& check : entry->checks) {
    if (down) {
      check->state.fail(now);
    } else {
      check->state.take(Verdict::kBad, now);
    }
  }
  const std::string before = std::exchange(entry->reason, "passive: " + reason);
  const AdminState was = entry->state;
  judge(*entry, nullptr, now);
  if (!down && entry->state == was) entry->reason = before;
}

// What held a member down by what traffic showed is over.
void Health::release(Entry& entry, const std::string& why, uint64_t now) {
  entry.held_until_ns = 0;
  if (entry.checks.empty()) entry.reason = why;
  for (const auto& check : entry.checks) {
    if (check->state.counts() == AdminState::kUp)
      entry.reason = check->monitor->name + ": " + check->reason;
  }
  judge(entry, nullptr, now);
}

// Speeds relative to the fastest of the pool, steps of slow starts.
void Health::weigh(uint64_t now) {
  std::map<const Pool*, double> fastest;
  weigh_ns_ = UINT64_MAX;
  for (const Entry& entry : members_) {
    if (*entry.pool->weight_by != Pool::WeightBy::kResponseTime || !entry.weight.measured() ||
        entry.state != AdminState::kUp)
      continue;
    const auto [best, fresh] = fastest.emplace(entry.pool, entry.weight.responseNs());
    if (!fresh) best->second = std::min(best->second, entry.weight.responseNs());
    weigh_ns_ = now + MemberWeight::kStepNs;
  }
  for (Entry& entry : members_) {
    const auto best = fastest.find(entry.pool);
    if (best != fastest.end() && entry.weight.measured()) {
      entry.weight.setSpeed(
          static_cast<uint32_t>(std::max(1.0, 100 * best->second / entry.weight.responseNs())));
    } else {
      entry.weight.setSpeed(100);
    }
    weigh_ns_ = std::min(weigh_ns_, entry.weight.nextStep(now));
    const uint32_t percent = entry.weight.percent(now);
    changed_ |= std::exchange(entry.percent, percent) != percent;
  }
}

Operational Health::operational() const {
  Operational found;
  for (const Entry& entry : members_) {
    const Operational::OfMember member{entry.state, entry.percent, false};
    if (member != Operational::OfMember()) found.members[entry.key] = member;
  }
  return found;
}

Operational Health::operationalFor(const Config& config) const {
  Operational found = operational();
  std::set<MemberKey> known, held;
  for (const Entry& entry : members_) {
    known.insert(entry.key);
    if (entry.held) held.insert(entry.key);
  }
  for (const Pool& pool : config.pools) {
    for (const Member& member : pool.members) {
      MemberKey key{pool.name, member.endpoint};
      const bool monitored = !monitorsOf(config, pool, member).empty();
      if (!monitored && !(pool.passive.set && held.count(key) != 0)) {
        found.members.erase(key);
      } else if (known.count(key) == 0) {
        found.members[std::move(key)].state = AdminState::kDown;
      }
    }
  }
  return found;
}

MemberStatus Health::statusOf(const Entry& entry) const {
  MemberStatus status;
  status.member = entry.key;
  status.monitored = !entry.checks.empty();
  status.proven = entry.proven;
  status.state = entry.state;
  status.reason = entry.reason;
  status.since_ns = entry.since_ns;
  status.percent = entry.percent;
  status.flapping = entry.flapping;
  status.waiting = entry.waiting;
  status.held = entry.held;
  for (const auto& check : entry.checks)
    status.falls = std::max(status.falls, static_cast<uint32_t>(check->state.falls()));
  return status;
}

std::vector<MemberStatus> Health::members() const {
  std::vector<MemberStatus> all;
  for (const Entry& entry : members_) all.push_back(statusOf(entry));
  return all;
}

std::vector<CheckStatus> Health::checks() const {
  std::vector<CheckStatus> all;
  for (const Entry& entry : members_) {
    for (const auto& check : entry.checks) {
      all.push_back({entry.key, check->monitor->name, check->state.state(), check->reason,
                     check->state.since(), check->last_ns, check->duration_ns,
                     check->state.passed(), check->state.failed(), check->checks, check->failures,
                     check->state.flapping(), check->state.waiting()});
    }
  }
  return all;
}

Result<void> Health::resume(std::string_view pool, const Endpoint& endpoint,
                            const std::string& reason) {
  const uint64_t now = clock_();
  const auto entry = std::find_if(members_.begin(), members_.end(), [&](const Entry& other) {
    return other.key.pool == pool && other.key.endpoint == endpoint;
  });
  const std::string name = "member " + endpoint.toString() + " of pool '" + std::string(pool) + "'";
  if (entry == members_.end()) return Error{ErrorCode::kNotFound, "there is no " + name};
  bool resumed = std::exchange(entry->held_until_ns, 0) != 0;
  for (const auto& check : entry->checks) resumed |= check->state.resume(now);
  if (!resumed) {
    return Error{ErrorCode::kInvalidInput,
                 name +
                     " does not wait to be resumed; only members do that are good again after a "
                     "failure and have a monitor with `manual-resume`, or that `passive` holds "
                     "down"};
  }
  entry->reason = reason;
  judge(*entry, nullptr, now);
  return {};
}

}  // namespace sluice
