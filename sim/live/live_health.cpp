// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_health.h"

#include <algorithm>

namespace sluice {

namespace {

std::string reasonOf(const MemberStatus& status) {
  if (status.waiting) return status.reason + "; waits to be resumed";
  if (!status.monitored) return "not monitored";
  return status.reason.empty() ? "not checked yet" : status.reason;
}

HealthState stateOf(const MemberStatus& status) {
  if (!status.monitored) return HealthState::kUnmonitored;
  if (!status.proven) return HealthState::kChecking;
  switch (status.state) {
    case AdminState::kUp:
      return HealthState::kUp;
    case AdminState::kDrain:
      return HealthState::kDraining;
    case AdminState::kDown:
      break;
  }
  return HealthState::kDown;
}

HealthState stateOf(CheckState::State state) {
  switch (state) {
    case CheckState::State::kChecking:
      return HealthState::kChecking;
    case CheckState::State::kUp:
      return HealthState::kUp;
    case CheckState::State::kDraining:
      return HealthState::kDraining;
    case CheckState::State::kDown:
      break;
  }
  return HealthState::kDown;
}

}  // namespace

LiveHealth::LiveHealth(boost::asio::io_context& context, Hal& hal, Control& control, EventLog& log,
                       Health::Clock clock)
    : hal_(hal),
      control_(control),
      log_(log),
      clock_(std::move(clock)),
      probes_(context),
      health_(probes_, clock_, [this](const MemberChange& change) { tellMember(change); }),
      drains_([this](const MemberKey& key) { return liveConnections(key); },
              [this](DrainWatch::News news, const MemberKey& key, const DrainWatch::Drain& drain) {
                tellDrain(news, key, drain);
              }) {}

void LiveHealth::configured() {
  health_.setConfig(control_.config());
  due_ns_ = 0;
}

void LiveHealth::run(const std::function<void()>& before) {
  const uint64_t now = clock_();
  // Operators change things, too.
  const bool due = now >= due_ns_ || control_.changes() != changes_seen_;
  if (due) due_ns_ = health_.run();
  if (!health_.takeChanged() && !due) return;
  Operational found = health_.operational();
  drains_.look(control_.config(), control_.overrides(), found, now);
  drains_.addTo(found);
  if (found != control_.operational()) {
    before();
    if (auto set = control_.setOperational(std::move(found)); !set)
      log_.emit<events::kConfigWarning>("health cannot change the tables: " + set.error().message);
  }
  changes_seen_ = control_.changes();
  tellServices();
  due_ns_ = std::min({health_.run(), drains_.due()});
}

uint32_t LiveHealth::liveConnections(const MemberKey& key) {
  const auto id = control_.memberId(key.pool, key.endpoint);
  if (!id) return 0;
  const auto row = hal_.readRow<regs::MemberConnectionsRow>(*id);
  return row.opened - row.closed;
}

void LiveHealth::tellMember(const MemberChange& change) {
  const MemberStatus& status = change.status;
  const std::string member = status.member.endpoint.toString();
  if (status.flapping && flapping_.insert(status.member).second) {
    log_.emit<events::kMemberFlapping>(status.member.pool, member, status.falls);
  } else if (!status.flapping && flapping_.erase(status.member) != 0) {
    log_.emit<events::kMemberSteady>(status.member.pool, member);
  }
  // Drains have events of their own.
  if (status.state == AdminState::kUp && change.before != AdminState::kUp) {
    log_.emit<events::kMemberUp>(status.member.pool, member, reasonOf(status));
  } else if (status.state == AdminState::kDown && status.proven) {
    log_.emit<events::kMemberDown>(status.member.pool, member, reasonOf(status));
  }
}

void LiveHealth::tellDrain(DrainWatch::News news, const MemberKey& key,
                           const DrainWatch::Drain& drain) {
  const std::string member = key.endpoint.toString();
  const uint64_t seconds = (clock_() - drain.since_ns) / 1'000'000'000;
  switch (news) {
    case DrainWatch::News::kBegun: {
      const auto found = health_.operational().members;
      const auto entry = found.find(key);
      const bool probed = entry != found.end() && entry->second.state == AdminState::kDrain;
      const auto override = control_.overrides().members.find(key);
      const bool ordered = override != control_.overrides().members.end() && override->second.admin;
      log_.emit<events::kMemberDraining>(key.pool, member,
                                         ordered  ? "an operator said so"
                                         : probed ? "a monitor found that it wants that"
                                                  : "the configuration says so",
                                         drain.live);
      return;
    }
    case DrainWatch::News::kDrained:
      return log_.emit<events::kMemberDrained>(key.pool, member, seconds);
    case DrainWatch::News::kPastDeadline:
      return log_.emit<events::kMemberDisabled>(
          key.pool, member,
          "its time to drain is over, " + std::to_string(drain.live) + " connections end");
    case DrainWatch::News::kOver:
      break;
  }
  const Pool* pool = findByName(control_.config().pools, key.pool);
  if (pool == nullptr || pool->find(key.endpoint) == nullptr) return;
  const auto status = health_.members();
  for (const MemberStatus& other : status) {
    if (other.member == key && other.state == AdminState::kUp)
      log_.emit<events::kMemberUp>(key.pool, member, "it takes new connections again");
  }
}

// Pools that fail open, virtuals without anybody to serve them.
void LiveHealth::tellServices() {
  const auto& sources = control_.poolSources();
  for (const auto& [pool, source] : sources) {
    const bool open = source == PoolSource::kFailOpen;
    if (open && fail_open_.insert(pool).second) log_.emit<events::kFailOpenBegun>(pool);
    if (!open && fail_open_.erase(pool) != 0) log_.emit<events::kFailOpenEnded>(pool);
  }
  std::set<std::string_view> unproven;
  const std::vector<MemberStatus> members = health_.members();
  for (const MemberStatus& member : members) {
    if (member.monitored && !member.proven) unproven.insert(member.member.pool);
  }
  std::map<std::string, bool> serving;
  std::set<std::string> disabled;
  for (const Virtual& service : control_.config().virtuals) {
    if (!enabled(service, control_.overrides())) {
      disabled.insert(service.name);
      if (disabled_.count(service.name) != 0) continue;
      const bool ordered = control_.overrides().virtuals.count(service.name) != 0;
      log_.emit<events::kVirtualDisabled>(
          service.name, ordered ? "an operator said so" : "the configuration says so");
      continue;
    }
    const auto source = sources.find(*service.pool);
    if (*service.mode == regs::VirtualMode::kLocal || source == sources.end()) continue;
    const bool serves = source->second != PoolSource::kNone;
    const auto before = serving_.find(service.name);
    const bool news = before == serving_.end() || before->second != serves;
    if (!serves && unproven.count(*service.pool) != 0) {
      // It may come up yet.
      if (before != serving_.end()) serving.insert(*before);
      continue;
    }
    serving[service.name] = serves;
    if (!news) continue;
    if (serves) {
      log_.emit<events::kVirtualUp>(service.name, "pool " + *service.pool + " serves");
    } else {
      log_.emit<events::kVirtualDown>(service.name,
                                      "no member of pool " + *service.pool + " can serve");
    }
  }
  serving_ = std::move(serving);
  disabled_ = std::move(disabled);
}

WallTime LiveHealth::wall(uint64_t at_ns) const {
  if (at_ns == 0) return WallTime();
  return std::chrono::time_point_cast<WallTime::duration>(
      log_.now() - std::chrono::nanoseconds(clock_() - at_ns));
}

std::vector<MemberHealth> LiveHealth::members() {
  std::vector<MemberHealth> all;
  const std::vector<CheckStatus> checks = health_.checks();
  for (const MemberStatus& status : health_.members()) {
    MemberHealth member;
    member.pool = status.member.pool;
    member.endpoint = status.member.endpoint;
    member.state = stateOf(status);
    member.reason = reasonOf(status);
    member.since = wall(status.since_ns);
    member.flapping = status.flapping;
    uint64_t last_ns = 0;
    for (const CheckStatus& check : checks) {
      if (check.member != status.member) continue;
      member.checks += check.checks;
      member.failures += check.failures;
      if (check.last_ns < last_ns) continue;
      last_ns = check.last_ns;
      member.duration = std::chrono::nanoseconds(check.duration_ns);
      member.passed = check.passed;
      member.failed = check.failed;
    }
    member.last_check = wall(last_ns);
    all.push_back(std::move(member));
  }
  for (const Pool& pool : control_.config().pools) {
    const PoolService service =
        servePool(pool, control_.overrides(), control_.operational(), false);
    for (MemberHealth& member : all) {
      const auto found = control_.operational().members.find({member.pool, member.endpoint});
      if (member.pool != pool.name || found == control_.operational().members.end() ||
          found->second.percent == 100)
        continue;
      for (size_t i = 0; i < pool.members.size(); ++i) {
        if (pool.members[i].endpoint == member.endpoint) member.weight = service.members[i].weight;
      }
    }
  }
  return all;
}

std::vector<MemberHealth> LiveHealth::checks() {
  std::vector<MemberHealth> all;
  for (const CheckStatus& check : health_.checks()) {
    all.push_back({check.member.pool, check.member.endpoint, check.monitor, stateOf(check.state),
                   check.waiting ? check.reason + "; waits to be resumed" : check.reason,
                   wall(check.since_ns), wall(check.last_ns),
                   std::chrono::nanoseconds(check.duration_ns), check.passed, check.failed,
                   check.checks, check.failures, check.flapping, 0});
  }
  return all;
}

std::vector<CheckRecord> LiveHealth::log(std::string_view monitor, size_t most) {
  std::vector<CheckRecord> all;
  const auto& records = health_.log();
  for (auto record = records.rbegin(); record != records.rend() && all.size() < most; ++record) {
    if (!monitor.empty() && record->monitor != monitor) continue;
    all.push_back({wall(record->at_ns), record->member.pool, record->member.endpoint,
                   record->monitor, record->verdict != Verdict::kBad, record->reason,
                   std::chrono::nanoseconds(record->duration_ns)});
  }
  std::reverse(all.begin(), all.end());
  return all;
}

Result<void> LiveHealth::resume(std::string_view pool, const Endpoint& endpoint) {
  auto resumed = health_.resume(pool, endpoint);
  due_ns_ = 0;
  return resumed;
}

}  // namespace sluice
