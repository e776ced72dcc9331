// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_plan.h"

#include <algorithm>
#include <map>

namespace sluice::proxy {
namespace {

std::chrono::nanoseconds duration(const Leaf<Quantity>& leaf) {
  return std::chrono::nanoseconds(leaf->value);
}

PoolPlan::Choice choiceOf(const Pool& pool) {
  if (*pool.algorithm == Pool::Algorithm::kLeastConnections)
    return PoolPlan::Choice::kLeastRequests;
  return pool.effectiveAffinity() == regs::Affinity::kTuple ? PoolPlan::Choice::kRoundRobin
                                                            : PoolPlan::Choice::kSource;
}

std::shared_ptr<const PoolPlan> planPool(const Pool& pool, uint16_t port, const PoolView& view,
                                         CounterRegistry& counters) {
  auto plan = std::make_shared<PoolPlan>();
  plan->name = pool.name;
  plan->choice = choiceOf(pool);
  const std::vector<MemberView> states = view(pool);
  for (size_t i = 0; i < pool.members.size(); ++i) {
    const Member& member = pool.members[i];
    MemberPlan& target = plan->members.emplace_back();
    target.endpoint = member.endpoint;
    if (target.endpoint.port == 0) target.endpoint.port = port;
    target.serving = states[i].serving;
    target.weight = states[i].weight;
    target.limit = member.limit;
    target.counters = counters.member(pool.name, member.endpoint);
  }
  return plan;
}

HttpSettings settingsOf(const Config& config, const Virtual& service) {
  const HttpProfile* profile = findByName(config.http_profiles, *service.http_profile);
  return makeSettings(profile != nullptr ? *profile : HttpProfile{});
}

// The counters of that name, made if nobody holds any. Forgets those that nobody holds.
template <typename Counters, typename IsIt>
std::shared_ptr<Counters> findCounters(std::vector<std::weak_ptr<Counters>>& all, IsIt isIt) {
  std::erase_if(all, [](const auto& entry) { return entry.expired(); });
  for (const auto& entry : all) {
    if (auto held = entry.lock(); held && isIt(*held)) return held;
  }
  auto fresh = std::make_shared<Counters>();
  all.push_back(fresh);
  return fresh;
}

}  // namespace

HttpSettings makeSettings(const HttpProfile& profile) {
  HttpSettings settings;
  settings.head.bytes = *profile.max_head;
  settings.head.target = *profile.max_head;
  settings.head.headers = *profile.max_headers;
  settings.most_body = profile.max_body->value;
  settings.idle_timeout = duration(profile.idle_timeout);
  settings.header_timeout = duration(profile.header_timeout);
  settings.body_timeout = duration(profile.body_timeout);
  settings.connect_timeout = duration(profile.connect_timeout);
  settings.response_timeout = duration(profile.response_timeout);
  settings.forwarded = static_cast<ForwardedPolicy>(*profile.forwarded);
  return settings;
}

PoolView viewOf(const Overrides& overrides, const Operational& operational) {
  return [&](const Pool& pool) {
    std::vector<MemberView> views;
    for (const MemberService& member : servePool(pool, overrides, operational, true).members)
      views.push_back({member.serving, member.weight});
    return views;
  };
}

std::shared_ptr<ServiceCounters> CounterRegistry::service(const std::string& name) {
  auto counters =
      findCounters(services_, [&](const ServiceCounters& other) { return other.name == name; });
  counters->name = name;
  return counters;
}

std::shared_ptr<MemberCounters> CounterRegistry::member(const std::string& pool,
                                                        const Endpoint& endpoint) {
  auto counters = findCounters(members_, [&](const MemberCounters& other) {
    return other.pool == pool && other.endpoint == endpoint;
  });
  if (counters->pool.empty()) {
    counters->pool = pool;
    counters->endpoint = endpoint;
  }
  return counters;
}

ProxyStats CounterRegistry::snapshot() const {
  ProxyStats stats;
  for (const auto& entry : services_) {
    if (const auto held = entry.lock()) stats.services.push_back(snapshotOf(*held));
  }
  for (const auto& entry : members_) {
    if (const auto held = entry.lock()) stats.members.push_back(snapshotOf(*held));
  }
  return stats;
}

std::shared_ptr<const ProxyPlan> makePlan(const Config& config, const Overrides& overrides,
                                          const PoolView& view, CounterRegistry& counters) {
  auto plan = std::make_shared<ProxyPlan>();
  for (const Virtual& service : config.virtuals) {
    if (service.layer7 == Layer7::kNone) continue;
    if (!enabled(service, overrides)) continue;
    auto target = std::make_shared<ServicePlan>();
    target->name = service.name;
    target->listen = {service.destination->prefix.address, service.destination->port};
    target->connection_limit = *service.connection_limit;
    target->http = settingsOf(config, service);
    target->pool =
        planPool(*findByName(config.pools, *service.pool), target->listen.port, view, counters);
    target->counters = counters.service(service.name);
    plan->services.push_back(std::move(target));
  }
  return plan;
}

}  // namespace sluice::proxy
