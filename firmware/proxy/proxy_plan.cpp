// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_plan.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "firmware/proxy/client_hash.h"

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

// What members are spoken to with; null: in the clear.
using Outbound = std::shared_ptr<const tls::OutboundContext>;

template <typename T>
std::optional<T> given(const Leaf<T>& leaf) {
  return leaf.set ? std::optional<T>(*leaf) : std::nullopt;
}

std::shared_ptr<PoolPlan> planPool(const Pool& pool, const PoolState& state, uint16_t port,
                                   const Outbound& outbound, CounterRegistry& counters) {
  auto plan = std::make_shared<PoolPlan>();
  plan->name = pool.name;
  plan->choice = choiceOf(*state.pool);
  plan->bounded_load = *pool.bounded_load;
  plan->member_breaker = given(pool.member_breaker);
  plan->breaker = given(pool.pool_breaker);
  plan->outliers = given(pool.outliers);
  plan->queue = given(pool.queue);
  plan->counters = counters.pool(pool.name);
  for (size_t i = 0; i < state.pool->members.size(); ++i) {
    const Member& member = state.pool->members[i];
    MemberPlan& target = plan->members.emplace_back();
    target.endpoint = member.endpoint;
    if (target.endpoint.port == 0) target.endpoint.port = port;
    target.serving = state.members[i].serving;
    target.draining = state.members[i].draining;
    target.weight = state.members[i].weight;
    target.limit = member.limit;
    target.http2 = state.pool->speaksHttp2();
    target.tls = outbound;
    target.counters = counters.member(state.pool->name, member.endpoint);
  }
  return plan;
}

// Pools of a virtual have cookies of their own: a rule may choose another one for each request. The
// name shows that there are several, not which.
std::string cookieName(const std::string& begin, const std::string& pool) {
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", static_cast<unsigned>(hashOf(pool)));
  return begin + "-" + digits;
}

HttpSettings settingsOf(const Config& config, const Virtual& service) {
  const HttpProfile* profile = findByName(config.http_profiles, *service.http_profile);
  return makeSettings(profile != nullptr ? *profile : HttpProfile{});
}

// Strict-Transport-Security (RFC 6797) in place of what servers say: the last one would not count.
HeaderEdits responseEdits(const Config& config, const Virtual& service) {
  HeaderEdits edits;
  if (service.layer7 != Layer7::kHttps) return edits;
  const Leaf<Quantity>& hsts = findByName(config.tls_profiles, *service.tls_profile)->hsts;
  if (hsts.set)
    edits.set("Strict-Transport-Security",
              "max-age=" + std::to_string(hsts->value / 1'000'000'000));
  return edits;
}

// Plans one virtual; pools that several of its rules use are planned once.
class ServicePlanner {
 public:
  ServicePlanner(const Config& config, const Virtual& service, const PoolView& view,
                 const ProxyAssets& assets, CounterRegistry& counters)
      : config_(config),
        service_(service),
        view_(view),
        assets_(assets),
        counters_(counters),
        http_(settingsOf(config, service)) {}

  std::shared_ptr<const ServicePlan> plan() {
    auto plan = std::make_shared<ServicePlan>();
    plan->name = service_.name;
    plan->listen = {service_.destination->prefix.address, service_.destination->port};
    plan->connection_limit = *service_.connection_limit;
    plan->http = http_;
    plan->cookies = assets_.cookies;
    plan->clients = assets_.clients;
    if (const auto page = assets_.sorry_pages.find(*service_.http_profile);
        page != assets_.sorry_pages.end())
      plan->sorry_page = page->second;
    if (const auto log = assets_.access_logs.find(*service_.http_profile);
        log != assets_.access_logs.end())
      plan->access_log = log->second;
    plan->response_edits = responseEdits(config_, service_);
    plan->counters = counters_.service(service_.name);
    if (service_.layer7 == Layer7::kHttps) {
      plan->tls = assets_.contexts.at(service_.name);
    } else {
      plan->https_redirect = static_cast<uint16_t>(*service_.https_redirect);
    }
    for (const ProxyPeer& source : service_.accept_proxy) plan->proxies.push_back(source.network);
    if (plan->https_redirect != 0) return plan;
    if (service_.pool.set) plan->pool = pool(*service_.pool);
    plan->relay = service_.layer7 == Layer7::kTls;
    if (service_.send_proxy.set) plan->send_proxy = *service_.send_proxy;
    for (const ServerName& name : service_.server_names)
      plan->names.add(name.host, pool(name.pool));
    plan->all_rules = *service_.rule_mode == Virtual::RuleMode::kAll;
    for (const auto& rule : rulesOf(config_, service_, assets_.groups)) {
      plan->rules.push_back(planRule(rule, plan->response_edits));
      plan->looks_at_bodies |= rule->looksAtBody();
    }
    return plan;
  }

 private:
  std::shared_ptr<const PoolPlan> pool(const std::string& name) {
    auto& planned = pools_[name];
    if (planned) return planned;
    const Pool& pool = *findByName(config_.pools, name);
    const PoolState state = view_(config_, pool);
    auto plan =
        planPool(pool, state, service_.destination->port, outboundOf(*state.pool), counters_);
    if (!http_.cookie.empty()) plan->cookie = cookieName(http_.cookie, name);
    plan->scope = service_.name + "/" + name;
    return planned = std::move(plan);
  }

  // Mode tls passes on what is encrypted already.
  Outbound outboundOf(const Pool& pool) const {
    const bool encrypts = pool.server_tls.set && service_.layer7 != Layer7::kTls;
    return encrypts ? assets_.outbound.at(*pool.server_tls) : nullptr;
  }

  RulePlan planRule(const std::shared_ptr<const Rule>& rule, const HeaderEdits& of_service) {
    const HttpRule& config = rule->config();
    RulePlan plan;
    plan.rule = rule;
    plan.pool = pool(config.pool.set ? *config.pool : *service_.pool);
    for (const PoolShare& share : config.splits)
      plan.shares.push_back({share.percent, pool(share.pool)});
    if (config.mirror.set) plan.mirror = pool(config.mirror->pool);
    plan.request_edits = editsOf(config, false);
    plan.response_edits = editsOf(config, true);
    plan.response_edits.append(of_service);
    plan.counters = counters_.rule(service_.name, config.name);
    return plan;
  }

  const Config& config_;
  const Virtual& service_;
  const PoolView& view_;
  const ProxyAssets& assets_;
  CounterRegistry& counters_;
  const HttpSettings http_;
  std::map<std::string, std::shared_ptr<const PoolPlan>> pools_;
};

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
  settings.tunnel_timeout = duration(profile.tunnel_timeout);
  settings.http2 = *profile.http2;
  settings.http2_cleartext = *profile.http2_cleartext;
  settings.http2_streams = *profile.http2_streams;
  settings.http2_resets = *profile.http2_resets;
  settings.websocket = *profile.websocket;
  settings.forwarded = static_cast<ForwardedPolicy>(*profile.forwarded);
  settings.access_format = *profile.access_log_format == HttpProfile::LogFormat::kJson
                               ? AccessFormat::kJson
                               : AccessFormat::kCommon;
  settings.persist = given(profile.persist);
  settings.persist_time = duration(profile.persist_time);
  settings.inspect_body = *profile.inspect_body;
  settings.refuse_excess = *profile.inspect_excess == HttpProfile::Excess::kRefuse;
  settings.tarpit_limit = *profile.tarpit_limit;
  settings.retries = *profile.retries;
  settings.retry_budget = *profile.retry_budget;
  settings.cookie = *profile.cookie;
  settings.cookie_time =
      std::chrono::duration_cast<std::chrono::seconds>(duration(profile.cookie_time));
  return settings;
}

const PoolPlan* NameTable::find(std::string_view host) const {
  auto found = pools_.find(std::string(host));
  if (const size_t dot = host.find('.'); found == pools_.end() && dot != std::string_view::npos)
    found = pools_.find("*" + std::string(host.substr(dot)));
  return found != pools_.end() ? found->second.get() : nullptr;
}

PoolView viewOf(const Overrides& overrides, const Operational& operational) {
  return [&](const Config& config, const Pool& pool) {
    const PoolChoice choice = choosePool(config, pool, overrides, operational);
    const bool own = choice.backup == nullptr;
    PoolState state{own ? &pool : choice.backup, {}};
    for (const MemberService& member : (own ? choice.own : choice.of_backup).members)
      state.members.push_back({member.serving, member.state == AdminState::kDrain, member.weight});
    return state;
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

std::shared_ptr<PoolCounters> CounterRegistry::pool(const std::string& name) {
  auto counters =
      findCounters(pools_, [&](const PoolCounters& other) { return other.name == name; });
  counters->name = name;
  return counters;
}

std::shared_ptr<RuleCounters> CounterRegistry::rule(const std::string& service,
                                                    const std::string& rule) {
  auto counters = findCounters(rules_, [&](const RuleCounters& other) {
    return other.service == service && other.rule == rule;
  });
  counters->service = service;
  counters->rule = rule;
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
  for (const auto& entry : pools_) {
    if (const auto held = entry.lock()) stats.pools.push_back(snapshotOf(*held));
  }
  for (const auto& entry : rules_) {
    if (const auto held = entry.lock()) stats.rules.push_back(snapshotOf(*held));
  }
  return stats;
}

std::shared_ptr<const ProxyPlan> makePlan(const Config& config, const Overrides& overrides,
                                          const PoolView& view, const ProxyAssets& assets,
                                          CounterRegistry& counters) {
  auto plan = std::make_shared<ProxyPlan>();
  for (const Virtual& service : config.virtuals) {
    if (service.layer7 != Layer7::kNone && enabled(service, overrides))
      plan->services.push_back(ServicePlanner(config, service, view, assets, counters).plan());
  }
  return plan;
}

}  // namespace sluice::proxy
