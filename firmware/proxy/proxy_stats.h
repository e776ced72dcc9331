// SPDX-License-Identifier: Apache-2.0
// What the proxy counts, per virtual and per member. Workers write the counters, anyone reads them;
// they live as long as somebody holds them, whatever the configuration does meanwhile.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "firmware/base/ip_address.h"
#include "firmware/proxy/circuit_breaker.h"
#include "firmware/proxy/http_flaw.h"
#include "firmware/proxy/latency_histogram.h"
#include "firmware/proxy/outlier.h"
#include "firmware/proxy/rate_table.h"
#include "firmware/proxy/retry_budget.h"
#include "firmware/tls/handshake_failure.h"

namespace sluice::proxy {

// Why the appliance, and not a server, answered a request or ended it.
enum class Cause : uint8_t {
  kNone,
  kBadRequest,       // see flaws
  kHeaderTimeout,    // the client did not finish its head
  kBodyTimeout,      // or its body
  kClientGone,       // closed in the middle of a request or response
  kNoMember,         // all members are down, drained or at their limit
  kConnectFailed,    // no member that was tried took a connection
  kServerClosed,     // without a whole response head
  kServerTimeout,    // no response, or it stopped
  kBadResponse,      // what the server said is no valid response
  kServerTruncated,  // the response ended before its end
  kRedirected,       // as the configuration says
  kResponded,        // by a rule, likewise
  kProxyMissing,     // a trusted load balancer did not say who its client is
  kProxyMalformed,   // or not so that it can be understood
  kRateLimited,      // by a rule
  kTarpitted,        // likewise, after a while
  kBodyInspected,    // too long for the conditions that look at it
  kQueueFull,        // all members are at their limit, and too many requests wait
  kQueueTimeout,     // it waited in vain
  kCircuitOpen,      // too many requests to the pool failed
  kNoWebSocket,      // asked for, and the pool speaks HTTP/2
};
inline constexpr size_t kCauseCount = static_cast<size_t>(Cause::kNoWebSocket) + 1;
std::string_view name(Cause cause);
std::string_view name(CircuitBreaker::State state);

// Why a connection of HTTP/2 was told GOAWAY.
enum class Http2End : uint8_t {
  kClosing,   // the virtual or the appliance goes
  kIdle,      // no request came in time
  kProtocol,  // the client broke the rules
  kCalm,      // too many resets, or frames that ask for nothing
};
inline constexpr size_t kHttp2EndCount = static_cast<size_t>(Http2End::kCalm) + 1;
std::string_view name(Http2End end);

using Counter = std::atomic<uint64_t>;
inline void count(Counter& counter, uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

// Something that goes on for as long as this lives: a request that a virtual has, a connection.
class Active {
 public:
  explicit Active(Counter& active) : active_(active) { count(active_); }
  ~Active() { active_.fetch_sub(1, std::memory_order_relaxed); }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;

 private:
  Counter& active_;
};

// The clock of breakers, rates and tables: it does not jump.
inline std::chrono::nanoseconds steadyTime() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

// 1xx to 5xx.
using StatusClasses = std::array<uint64_t, 5>;
struct StatusCounters {
  std::array<Counter, 5> classes{};
  void add(int status);
  StatusClasses snapshot() const;
};

struct ServiceCounters {
  std::string name;
  Counter connections{}, active_connections{}, refused_connections{};
  Counter handshakes_full{}, handshakes_resumed{};
  std::array<Counter, tls::kHandshakeFailureCount> handshake_failures{};
  Counter active_requests{}, retries{}, retries_refused{};
  Counter held_up{};    // requests in a tarpit
  Counter came_back{};  // requests that a cookie said the member of, and that it got
  RetryBudget retry_budget;
  Counter bytes_received{}, bytes_sent{};  // of bodies
  Counter websockets{}, active_websockets{};
  Counter http2_connections{}, http2_active_connections{};
  Counter http2_streams{}, http2_active_streams{};
  Counter http2_resets{};  // of streams, by clients
  std::array<Counter, kHttp2EndCount> http2_ends{};
  StatusCounters by_server, by_appliance;
  std::array<Counter, kFlawCount> flaws{};
  std::array<Counter, kCauseCount> causes{};
  LatencyHistogram handshake, connect, first_byte, total;
};

struct MemberCounters {
  std::string pool;
  Endpoint endpoint;
  CircuitBreaker breaker;
  Outlier outlier;
  Counter active{};  // requests under way
  Counter connections{}, reused{}, connect_failures{}, failures{};
  Counter http2_active_connections{}, http2_streams{}, http2_active_streams{};
  Counter http2_resets{};    // of streams, by the member
  Counter http2_goaways{};   // from it
  Counter http2_refusals{};  // connections on which it did not speak HTTP/2
  Counter handshakes_full{}, handshakes_resumed{};
  std::array<Counter, tls::kHandshakeFailureCount> handshake_failures{};  // among connect_failures
  StatusCounters by_server;
  LatencyHistogram first_byte;
};

struct PoolCounters {
  std::string name;
  CircuitBreaker breaker;
  Counter waiting{};  // requests, now
  Counter queued{}, queue_full{}, queue_timeouts{};
  Counter refused{};  // while the breaker was open
  LatencyHistogram waited;
};

// Of a rule in one virtual.
struct RuleCounters {
  std::string service, rule;
  Counter requests{};                      // that it matched and counted for
  Counter limited{};                       // over its rate limit
  Counter tarpitted{}, tarpits_skipped{};  // the latter: too many were held up
  Counter mirrored{}, mirrors_skipped{};   // the latter: too many or too much to copy
  RateTable rates;
};

struct ServiceStats {
  std::string name;
  uint64_t connections = 0, active_connections = 0, refused_connections = 0;
  uint64_t handshakes_full = 0, handshakes_resumed = 0;
  std::array<uint64_t, tls::kHandshakeFailureCount> handshake_failures{};
  uint64_t active_requests = 0, retries = 0, retries_refused = 0, came_back = 0;
  uint64_t bytes_received = 0, bytes_sent = 0;
  uint64_t websockets = 0, active_websockets = 0;
  uint64_t http2_connections = 0, http2_active_connections = 0;
  uint64_t http2_streams = 0, http2_active_streams = 0, http2_resets = 0;
  std::array<uint64_t, kHttp2EndCount> http2_ends{};
  StatusClasses by_server{}, by_appliance{};
  std::array<uint64_t, kFlawCount> flaws{};
  std::array<uint64_t, kCauseCount> causes{};
  LatencySnapshot handshake, connect, first_byte, total;

  uint64_t requests() const;
};

struct MemberStats {
  std::string pool;
  Endpoint endpoint;
  uint64_t active = 0, connections = 0, reused = 0, connect_failures = 0, failures = 0;
  uint64_t http2_active_connections = 0, http2_streams = 0, http2_active_streams = 0;
  uint64_t http2_resets = 0, http2_goaways = 0, http2_refusals = 0;
  uint64_t handshakes_full = 0, handshakes_resumed = 0;
  std::array<uint64_t, tls::kHandshakeFailureCount> handshake_failures{};
  StatusClasses by_server{};
  LatencySnapshot first_byte;
  CircuitBreaker::State breaker = CircuitBreaker::State::kClosed;
  bool ejected = false;
  uint64_t opened = 0, ejections = 0;
};

struct PoolStats {
  std::string pool;
  uint64_t waiting = 0, queued = 0, queue_full = 0, queue_timeouts = 0, refused = 0;
  CircuitBreaker::State breaker = CircuitBreaker::State::kClosed;
  uint64_t opened = 0;
  LatencySnapshot waited;
};

struct RuleStats {
  std::string service, rule;
  uint64_t requests = 0, limited = 0, tarpitted = 0, tarpits_skipped = 0;
  uint64_t mirrored = 0, mirrors_skipped = 0;
};

struct AccessLogStats {
  std::string file;
  uint64_t written = 0, lost = 0;  // lines
};

struct ProxyStats {
  std::vector<ServiceStats> services;
  std::vector<MemberStats> members;
  std::vector<PoolStats> pools;
  std::vector<RuleStats> rules;
  std::vector<AccessLogStats> access_logs;
};

ServiceStats snapshotOf(const ServiceCounters& counters);
MemberStats snapshotOf(const MemberCounters& counters);
PoolStats snapshotOf(const PoolCounters& counters);
RuleStats snapshotOf(const RuleCounters& counters);

}  // namespace sluice::proxy
