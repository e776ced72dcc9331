// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_health.h"

#include <algorithm>

namespace sluice {

namespace {

std::string reasonOf(const MemberStatus& status) {
  if (status.waiting) return status.reason + "; waits to be resumed";
  if (!status.monitored && status.reason.empty()) return "not monitored";
  return status.reason.empty() ? "not checked yet" : status.reason;
}

HealthState stateOf(const MemberStatus& status) {
  if (status.held) return HealthState::kDown;
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

template <typename Row>
uint32_t liveOf(Hal& hal, uint16_t id) {
  const auto row = hal.readRow<Row>(id);
  return row.opened - row.closed;
}

}  // namespace

LiveHealth::LiveHealth(boost::asio::io_context& context, Hal& hal, Control& control,
                       const ConnectionSlots& slots, EventLog& log, Health::Clock clock,
                       ConnectionResets::Send send)
    : hal_(hal),
      control_(control),
      log_(log),
      clock_(std::move(clock)),
      probes_(context),
      health_(probes_, clock_, [this](const MemberChange& change) { tellMember(change); }),
      drains_([this](const MemberKey& key) { return liveConnections(key); },
              [this](DrainWatch::News news, const MemberKey& key, const DrainWatch::Drain& drain) {
                tellDrain(news, key, drain);
              }),
      passive_(
          [this](uint16_t id) {
            constexpr uint32_t kReverse = regs::MemberCountersRow::kRows / 2;
            return PassiveWatch::Packets{
                hal_.readRow<regs::MemberCountersRow>(id).packets,
                hal_.readRow<regs::MemberCountersRow>(kReverse + id).packets};
          },
          [this](const MemberKey& key, const std::string& reason) {
            log_.emit<events::kMemberFailing>(key.pool, key.endpoint.toString(), reason);
            health_.fail(key, reason);
          }),
      member_limits_([this](uint16_t id) { return liveOf<regs::MemberConnectionsRow>(hal_, id); },
                     [this](uint16_t id, bool full, uint32_t limit) {
                       const MemberKey* key = control_.memberKey(id);
                       if (key == nullptr) return;
                       const std::string member = key->endpoint.toString();
                       if (full) return log_.emit<events::kMemberFull>(key->pool, member, limit);
                       log_.emit<events::kMemberRelieved>(key->pool, member);
                     }),
      virtual_limits_([this](uint16_t id) { return liveOf<regs::VirtualConnectionsRow>(hal_, id); },
                      [this](uint16_t id, bool full, uint32_t limit) {
                        const std::string name(control_.virtualName(id));
                        if (full) return log_.emit<events::kVirtualFull>(name, limit);
                        log_.emit<events::kVirtualRelieved>(name);
                      }),
      resets_(hal, control, slots, std::move(send),
              [this](const MemberKey& key, uint64_t connections, uint64_t clients) {
                log_.emit<events::kMemberReset>(key.pool, key.endpoint.toString(), connections,
                                                clients);
              }) {}

// Whom traffic may accuse, and in which virtuals.
void LiveHealth::watchTraffic() {
  std::vector<PassiveWatch::Member> members;
  for (const Pool& pool : control_.config().pools) {
    if (!pool.passive.set) continue;
    for (const Member& member : pool.members) {
      if (const auto id = control_.memberId(pool.name, member.endpoint))
        members.push_back({{pool.name, member.endpoint}, *id, *pool.passive});
    }
  }
  std::set<uint16_t> virtuals;
  for (const Virtual& service : control_.config().virtuals) {
    const auto id = control_.virtualId(service.name);
    if (id && service.showsTcpAnswers()) virtuals.insert(*id);
  }
  passive_.setMembers(members, std::move(virtuals), clock_());
}

void LiveHealth::watchLimits() {
  std::map<uint16_t, uint32_t> members, virtuals;
  for (const Pool& pool : control_.config().pools) {
    for (const Member& member : pool.members) {
      const auto id = control_.memberId(pool.name, member.endpoint);
      if (id && member.limit != 0) members[*id] = member.limit;
    }
  }
  for (const Virtual& service : control_.config().virtuals) {
    const auto id = control_.virtualId(service.name);
    if (id && *service.connection_limit != 0) virtuals[*id] = *service.connection_limit;
  }
  member_limits_.setLimits(members);
  virtual_limits_.setLimits(virtuals);
}

void LiveHealth::onEvent(const regs::Event& event) {
  passive_.onEvent(event, clock_());
  if (event.opened) {
    member_limits_.touch(event.member);
    virtual_limits_.touch(event.virtual_id);
  }
  if (event.closed != regs::CloseCause::kNone) {
    member_limits_.touch(event.closed_member);
    virtual_limits_.touch(event.closed_virtual);
  }
}

// What is known besides what probes found.
void LiveHealth::addTo(Operational& operational) const {
  drains_.addTo(operational);
  resets_.addTo(operational);
  for (const uint16_t id : member_limits_.full()) {
    if (const MemberKey* key = control_.memberKey(id)) operational.members[*key].full = true;
  }
}

Operational LiveHealth::operationalFor(const Config& config) const {
  Operational found = health_.operationalFor(config);
  addTo(found);
  return found;
}

void LiveHealth::configured() {
  health_.setConfig(control_.config());
  watchTraffic();
  watchLimits();
  due_ns_ = 0;
}

void LiveHealth::run(const std::function<void()>& before) {
  const uint64_t now = clock_();
  passive_.run(now);
  virtual_limits_.run(now);
  const bool news = resets_.run(now) | member_limits_.run(now);
  // Operators change things, too.
  const bool due = news || now >= due_ns_ || control_.changes() != changes_seen_;
  if (due) due_ns_ = health_.run();
  if (!health_.takeChanged() && !due) return;
  Operational found = health_.operational();
  drains_.look(control_.config(), control_.overrides(), found, now);
  resets_.look(found, now);
  addTo(found);
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
  return id ? liveOf<regs::MemberConnectionsRow>(hal_, *id) : 0;
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

void LiveHealth::tellOverflow(const std::string& pool, PoolSource source) {
  const auto& members = control_.operational().members;
  const bool full = std::any_of(members.begin(), members.end(), [&](const auto& entry) {
    return entry.first.pool == pool && entry.second.full;
  });
  const bool overflows = full && (source == PoolSource::kFull || source == PoolSource::kBackup);
  if (!overflows) {
    if (overflowing_.erase(pool) != 0) log_.emit<events::kPoolRelieved>(pool);
    return;
  }
  if (!overflowing_.insert(pool).second) return;
  log_.emit<events::kPoolOverflow>(pool, source == PoolSource::kBackup
                                             ? "its backup takes new connections"
                                             : "new connections are dropped");
}

// Pools that fail open, virtuals without anybody to serve them.
void LiveHealth::tellServices() {
  const auto& sources = control_.poolSources();
  for (const auto& [pool, source] : sources) {
    const bool open = source == PoolSource::kFailOpen;
    if (open && fail_open_.insert(pool).second) log_.emit<events::kFailOpenBegun>(pool);
    if (!open && fail_open_.erase(pool) != 0) log_.emit<events::kFailOpenEnded>(pool);
    tellOverflow(pool, source);
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
    const auto known = control_.operational().members.find(status.member);
    member.full = known != control_.operational().members.end() && known->second.full;
    member.observed_failures = passive_.failures(status.member);
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

Result<void> LiveHealth::resume(std::string_view pool, const Endpoint& endpoint,
                                const std::string& who) {
  auto resumed = health_.resume(pool, endpoint, "resumed by " + who);
  if (resumed) log_.emit<events::kMemberResumed>(std::string(pool), endpoint.toString(), who);
  due_ns_ = 0;
  return resumed;
}

}  // namespace sluice
