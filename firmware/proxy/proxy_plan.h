// SPDX-License-Identifier: Apache-2.0
// What the proxy serves: an immutable value, made from the configuration and the state of members,
// swapped as a whole. Requests under way keep the one they began with.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "firmware/control/config.h"
#include "firmware/control/table_builder.h"
#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/proxy_stats.h"

namespace sluice::proxy {

struct HttpSettings {
  HeadLimits head;
  uint64_t most_body = 0;                      // bytes; 0 = no limit
  std::chrono::nanoseconds idle_timeout{};     // of the client, between requests
  std::chrono::nanoseconds header_timeout{};   // of the client: from first to last byte of a head
  std::chrono::nanoseconds body_timeout{};     // of the client, for every KiB of a body, either way
  std::chrono::nanoseconds connect_timeout{};  // of the server
  std::chrono::nanoseconds response_timeout{};  // of the server, for the head and between pieces
  ForwardedPolicy forwarded = ForwardedPolicy::kAppend;
};
HttpSettings makeSettings(const HttpProfile& profile);

struct MemberPlan {
  Endpoint endpoint;    // with the port that is connected to
  bool serving = true;  // gets requests
  uint32_t weight = 1;
  uint32_t limit = 0;  // requests at a time, 0 = no limit
  std::shared_ptr<MemberCounters> counters;
};

struct PoolPlan {
  enum class Choice : uint8_t { kRoundRobin, kLeastRequests, kSource };
  std::string name;
  Choice choice = Choice::kRoundRobin;
  std::vector<MemberPlan> members;
};

struct ServicePlan {
  std::string name;  // of the virtual
  Endpoint listen;
  uint32_t connection_limit = 0;  // 0 = no limit
  HttpSettings http;
  std::shared_ptr<const PoolPlan> pool;
  std::shared_ptr<ServiceCounters> counters;
};

struct ProxyPlan {
  std::vector<std::shared_ptr<const ServicePlan>> services;
};

// Which members of a pool serve, in the order of pool.members: all that the proxy needs to know of
// overrides and health.
struct MemberView {
  bool serving = true;
  uint32_t weight = 1;
};
using PoolView = std::function<std::vector<MemberView>(const Pool&)>;
// By configuration, overrides and what probes found, which the view borrows. Not backup pools.
PoolView viewOf(const Overrides& overrides, const Operational& operational);

// Counters outlive plans: the same virtual or member has the same ones in every plan.
class CounterRegistry {
 public:
  std::shared_ptr<ServiceCounters> service(const std::string& name);
  std::shared_ptr<MemberCounters> member(const std::string& pool, const Endpoint& endpoint);
  // Of everything that some plan still holds.
  ProxyStats snapshot() const;

 private:
  std::vector<std::weak_ptr<ServiceCounters>> services_;
  std::vector<std::weak_ptr<MemberCounters>> members_;
};

// The virtuals of mode http that are in service. `config` has passed checkConfig().
std::shared_ptr<const ProxyPlan> makePlan(const Config& config, const Overrides& overrides,
                                          const PoolView& view, CounterRegistry& counters);

}  // namespace sluice::proxy
