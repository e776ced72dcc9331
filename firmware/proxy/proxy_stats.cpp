// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_stats.h"

#include <algorithm>
#include <numeric>

namespace sluice::proxy {
namespace {

uint64_t get(const Counter& counter) { return counter.load(std::memory_order_relaxed); }

template <size_t N>
std::array<uint64_t, N> getAll(const std::array<Counter, N>& counters) {
  std::array<uint64_t, N> values{};
  for (size_t i = 0; i < N; ++i) values[i] = get(counters[i]);
  return values;
}

constexpr std::array<std::string_view, kCauseCount> kCauseNames = {"none",
                                                                   "bad_request",
                                                                   "header_timeout",
                                                                   "body_timeout",
                                                                   "client_gone",
                                                                   "no_member",
                                                                   "connect_failed",
                                                                   "server_closed",
                                                                   "server_timeout",
                                                                   "bad_response",
                                                                   "server_truncated",
                                                                   "redirected",
                                                                   "responded",
                                                                   "proxy_header_missing",
                                                                   "proxy_header_malformed",
                                                                   "rate_limited",
                                                                   "tarpitted",
                                                                   "body_inspected",
                                                                   "queue_full",
                                                                   "queue_timeout",
                                                                   "circuit_open",
                                                                   "no_websocket"};

constexpr std::array<std::string_view, kHttp2EndCount> kHttp2EndNames = {"closing", "idle",
                                                                         "protocol", "calm"};

}  // namespace

std::string_view name(CircuitBreaker::State state) {
  constexpr std::string_view kNames[] = {"closed", "open", "trial"};
  return kNames[static_cast<size_t>(state)];
}

std::string_view name(Cause cause) { return kCauseNames[static_cast<size_t>(cause)]; }

std::string_view name(Http2End end) { return kHttp2EndNames[static_cast<size_t>(end)]; }

void StatusCounters::add(int status) {
  count(classes[static_cast<size_t>(std::clamp(status / 100, 1, 5)) - 1]);
}

StatusClasses StatusCounters::snapshot() const { return getAll(classes); }

uint64_t ServiceStats::requests() const {
  return std::accumulate(by_server.begin(), by_server.end(), uint64_t{0}) +
         std::accumulate(by_appliance.begin(), by_appliance.end(), uint64_t{0});
}

ServiceStats snapshotOf(const ServiceCounters& c) {
  return {c.name,
          get(c.connections),
          get(c.active_connections),
          get(c.refused_connections),
          get(c.handshakes_full),
          get(c.handshakes_resumed),
          getAll(c.handshake_failures),
          get(c.active_requests),
          get(c.retries),
          get(c.retries_refused),
          get(c.came_back),
          get(c.bytes_received),
          get(c.bytes_sent),
          get(c.websockets),
          get(c.active_websockets),
          get(c.http2_connections),
          get(c.http2_active_connections),
          get(c.http2_streams),
          get(c.http2_active_streams),
          get(c.http2_resets),
          getAll(c.http2_ends),
          c.by_server.snapshot(),
          c.by_appliance.snapshot(),
          getAll(c.flaws),
          getAll(c.causes),
          c.handshake.snapshot(),
          c.connect.snapshot(),
          c.first_byte.snapshot(),
          c.total.snapshot()};
}

MemberStats snapshotOf(const MemberCounters& c) {
  return {c.pool,
          c.endpoint,
          get(c.active),
          get(c.connections),
          get(c.reused),
          get(c.connect_failures),
          get(c.failures),
          get(c.http2_active_connections),
          get(c.http2_streams),
          get(c.http2_active_streams),
          get(c.http2_resets),
          get(c.http2_goaways),
          get(c.http2_refusals),
          get(c.handshakes_full),
          get(c.handshakes_resumed),
          getAll(c.handshake_failures),
          c.by_server.snapshot(),
          c.first_byte.snapshot(),
          c.breaker.state(steadyTime()),
          c.outlier.ejected(steadyTime()),
          c.breaker.opened(),
          c.outlier.ejections()};
}

PoolStats snapshotOf(const PoolCounters& c) {
  return {c.name,
          get(c.waiting),
          get(c.queued),
          get(c.queue_full),
          get(c.queue_timeouts),
          get(c.refused),
          c.breaker.state(steadyTime()),
          c.breaker.opened(),
          c.waited.snapshot()};
}

RuleStats snapshotOf(const RuleCounters& c) {
  return {c.service,        c.rule,
          get(c.requests),  get(c.limited),
          get(c.tarpitted), get(c.tarpits_skipped),
          get(c.mirrored),  get(c.mirrors_skipped)};
}

}  // namespace sluice::proxy
