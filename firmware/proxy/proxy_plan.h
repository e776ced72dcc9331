// SPDX-License-Identifier: Apache-2.0
// What the proxy serves: an immutable value, made from the configuration and the state of members,
// swapped as a whole. Requests under way keep the one they began with.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/control/config.h"
#include "firmware/control/table_builder.h"
#include "firmware/proxy/access_log.h"
#include "firmware/proxy/header_edits.h"
#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/persistence_cookie.h"
#include "firmware/proxy/proxy_assets.h"
#include "firmware/proxy/proxy_stats.h"
#include "firmware/proxy/rules.h"

namespace sluice::proxy {

struct HttpSettings {
  HeadLimits head;
  uint64_t most_body = 0;                      // bytes; 0 = no limit
  std::chrono::nanoseconds idle_timeout{};     // of the client, between requests
  std::chrono::nanoseconds header_timeout{};   // of the client: from first to last byte of a head
  std::chrono::nanoseconds body_timeout{};     // of the client, for every KiB of a body, either way
  std::chrono::nanoseconds connect_timeout{};  // of the server
  std::chrono::nanoseconds response_timeout{};  // of the server, for the head and between pieces
  std::chrono::nanoseconds tunnel_timeout{};    // of both, once their bytes are passed on unread
  bool http2 = true;                            // offered to clients that encrypt
  bool http2_cleartext = false;                 // known to clients that do not
  uint32_t http2_streams = 100;                 // at a time, of a connection
  uint32_t http2_resets = 200;                  // of streams in 10 s, by the client
  bool websocket = true;
  ForwardedPolicy forwarded = ForwardedPolicy::kAppend;
  uint32_t retries = 3;
  uint32_t retry_budget = 20;           // percent of requests
  std::string cookie;                   // how names of persistence cookies begin; empty: none
  std::chrono::seconds cookie_time{0};  // 0: until the browser is closed
  AccessFormat access_format = AccessFormat::kJson;
  std::optional<Persistence> persist;
  std::chrono::nanoseconds persist_time{};
  size_t inspect_body = 8'192;  // bytes
  bool refuse_excess = false;   // bodies that are longer
  uint32_t tarpit_limit = 256;  // requests of a virtual
};
HttpSettings makeSettings(const HttpProfile& profile);

struct MemberPlan {
  Endpoint endpoint;      // with the port that is connected to
  bool serving = true;    // gets requests
  bool draining = false;  // gets those of clients that have come back to it by a cookie
  uint32_t weight = 1;
  uint32_t limit = 0;                               // requests at a time, 0 = no limit
  bool http2 = false;                               // else HTTP/1.1
  std::shared_ptr<const tls::OutboundContext> tls;  // null: in the clear
  std::shared_ptr<MemberCounters> counters;
};

struct PoolPlan {
  enum class Choice : uint8_t { kRoundRobin, kLeastRequests, kSource };
  std::string name;
  Choice choice = Choice::kRoundRobin;
  std::vector<MemberPlan> members;
  std::string cookie;         // name of the persistence cookie; empty: none
  std::string scope;          // of its values
  uint32_t bounded_load = 0;  // percent of the average; 0 = no bound
  std::optional<BreakerRule> member_breaker, breaker;
  std::optional<OutlierRule> outliers;
  std::optional<QueueRule> queue;
  std::shared_ptr<PoolCounters> counters;
};

// A rule of a virtual, with what its requests need.
struct RulePlan {
  struct Share {
    unsigned percent = 0;
    std::shared_ptr<const PoolPlan> pool;
  };
  std::shared_ptr<const Rule> rule;
  std::shared_ptr<const PoolPlan> pool;
  std::vector<Share> shares;  // before `pool`
  std::shared_ptr<const PoolPlan> mirror;
  HeaderEdits request_edits, response_edits;  // the latter with the virtual's
  std::shared_ptr<RuleCounters> counters;
};

// Pools by the host that a client asks for.
class NameTable {
 public:
  // `host` may be *.HOST.
  void add(const std::string& host, std::shared_ptr<const PoolPlan> pool) {
    pools_[host] = std::move(pool);
  }
  // Null: nobody. `host` is in lower case.
  const PoolPlan* find(std::string_view host) const;

 private:
  std::map<std::string, std::shared_ptr<const PoolPlan>> pools_;
};

struct ServicePlan {
  std::string name;  // of the virtual
  Endpoint listen;
  uint32_t connection_limit = 0;  // 0 = no limit
  HttpSettings http;
  std::shared_ptr<const tls::ServerContext> tls;  // null: mode http
  uint16_t https_redirect = 0;                    // not 0: every request is sent to this port
  HeaderEdits response_edits;
  std::shared_ptr<const std::string> sorry_page;  // HTML; null: a sentence
  std::shared_ptr<const PersistenceCookie> cookies;
  std::shared_ptr<PersistenceTable> clients;
  std::shared_ptr<AccessLog> access_log;  // null: none
  std::vector<RulePlan> rules;
  bool all_rules = false;                // that match; else the first of them
  bool looks_at_bodies = false;          // some rule does
  std::shared_ptr<const PoolPlan> pool;  // null with https_redirect; may be with `relay`
  bool relay = false;                    // mode tls: passed on unread
  NameTable names;                       // with relay
  std::optional<ProxyVersion> send_proxy;
  std::vector<IpPrefix> proxies;  // whose connections begin with a PROXY header
  std::shared_ptr<ServiceCounters> counters;

  bool expectsProxyHeader(const IpAddress& peer) const {
    return std::any_of(proxies.begin(), proxies.end(),
                       [&](const IpPrefix& network) { return network.contains(peer); });
  }
};

struct ProxyPlan {
  std::vector<std::shared_ptr<const ServicePlan>> services;
};

// Which members of a pool serve, in the order of its members: all that the proxy needs to know of
// overrides and health.
struct MemberView {
  bool serving = true;
  bool draining = false;
  uint32_t weight = 1;
};
struct PoolState {
  const Pool* pool = nullptr;  // whose members serve: this one's, or its backup's
  std::vector<MemberView> members;
};
using PoolView = std::function<PoolState(const Config&, const Pool&)>;
// By configuration, overrides and what probes found, which the view borrows.
PoolView viewOf(const Overrides& overrides, const Operational& operational);

// Counters outlive plans: the same virtual or member has the same ones in every plan.
class CounterRegistry {
 public:
  std::shared_ptr<ServiceCounters> service(const std::string& name);
  std::shared_ptr<MemberCounters> member(const std::string& pool, const Endpoint& endpoint);
  std::shared_ptr<PoolCounters> pool(const std::string& name);
  std::shared_ptr<RuleCounters> rule(const std::string& service, const std::string& rule);
  // Of everything that some plan still holds.
  ProxyStats snapshot() const;

 private:
  std::vector<std::weak_ptr<ServiceCounters>> services_;
  std::vector<std::weak_ptr<MemberCounters>> members_;
  std::vector<std::weak_ptr<PoolCounters>> pools_;
  std::vector<std::weak_ptr<RuleCounters>> rules_;
};

// The virtuals of mode http, https and tls that are in service. `config` has passed checkConfig(),
// and `assets` were made from it.
std::shared_ptr<const ProxyPlan> makePlan(const Config& config, const Overrides& overrides,
                                          const PoolView& view, const ProxyAssets& assets,
                                          CounterRegistry& counters);

}  // namespace sluice::proxy
