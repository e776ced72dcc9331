// SPDX-License-Identifier: Apache-2.0
#include "sim/live/http_report.h"

#include <cstdio>

namespace sluice {
namespace {

using Json = nlohmann::ordered_json;
using proxy::LatencySnapshot;

Json classesJson(const proxy::StatusClasses& classes) {
  Json object = Json::object();
  for (size_t i = 0; i < classes.size(); ++i) {
    if (classes[i] != 0) object[std::to_string(i + 1) + "xx"] = classes[i];
  }
  return object;
}

template <size_t N, typename NameOf>
Json namedCounts(const std::array<uint64_t, N>& counts, NameOf nameOf) {
  Json object = Json::object();
  for (size_t i = 1; i < N; ++i) {  // 0 is "none"
    if (counts[i] != 0) object[std::string(nameOf(i))] = counts[i];
  }
  return object;
}

Json goawaysJson(const std::array<uint64_t, proxy::kHttp2EndCount>& counts) {
  Json object = Json::object();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) object[std::string(name(proxy::Http2End(i)))] = counts[i];
  }
  return object;
}

Json latencyJson(const LatencySnapshot& latency) {
  return {{"p50", latency.percentile(0.50).count()},
          {"p95", latency.percentile(0.95).count()},
          {"p99", latency.percentile(0.99).count()}};
}

// Of a virtual or a member.
template <typename Stats>
Json handshakesJson(const Stats& s) {
  return {{"full", s.handshakes_full},
          {"resumed", s.handshakes_resumed},
          {"failed", namedCounts(s.handshake_failures,
                                 [](size_t i) { return tls::name(tls::HandshakeFailure(i)); })}};
}

Json serviceJson(const proxy::ServiceStats& s) {
  return {{"name", s.name},
          {"connections",
           {{"accepted", s.connections},
            {"active", s.active_connections},
            {"refused", s.refused_connections}}},
          {"handshakes", handshakesJson(s)},
          {"requests", s.requests()},
          {"by_server", classesJson(s.by_server)},
          {"by_appliance", classesJson(s.by_appliance)},
          {"causes", namedCounts(s.causes, [](size_t i) { return name(proxy::Cause(i)); })},
          {"flaws", namedCounts(s.flaws, [](size_t i) { return info(proxy::Flaw(i)).name; })},
          {"retries", s.retries},
          {"retries_refused", s.retries_refused},
          {"came_back", s.came_back},
          {"websockets", {{"accepted", s.websockets}, {"active", s.active_websockets}}},
          {"http2",
           {{"connections", s.http2_connections},
            {"active", s.http2_active_connections},
            {"streams", s.http2_streams},
            {"active_streams", s.http2_active_streams},
            {"resets", s.http2_resets},
            {"goaways", goawaysJson(s.http2_ends)}}},
          {"bytes", {{"received", s.bytes_received}, {"sent", s.bytes_sent}}},
          {"latency_us",
           {{"handshake", latencyJson(s.handshake)},
            {"connect", latencyJson(s.connect)},
            {"first_byte", latencyJson(s.first_byte)},
            {"total", latencyJson(s.total)}}}};
}

Json memberJson(const proxy::MemberStats& m) {
  return {{"pool", m.pool},
          {"member", m.endpoint.toString()},
          {"by_server", classesJson(m.by_server)},
          {"connections",
           {{"opened", m.connections}, {"reused", m.reused}, {"failed", m.connect_failures}}},
          {"handshakes", handshakesJson(m)},
          {"http2",
           {{"active", m.http2_active_connections},
            {"streams", m.http2_streams},
            {"active_streams", m.http2_active_streams},
            {"resets", m.http2_resets},
            {"goaways", m.http2_goaways},
            {"not_spoken", m.http2_refusals}}},
          {"failures", m.failures},
          {"breaker", {{"state", name(m.breaker)}, {"opened", m.opened}}},
          {"outlier", {{"ejected", m.ejected}, {"ejections", m.ejections}}},
          {"latency_us", {{"first_byte", latencyJson(m.first_byte)}}}};
}

Json poolJson(const proxy::PoolStats& p) {
  return {{"pool", p.pool},
          {"queue",
           {{"waiting", p.waiting},
            {"queued", p.queued},
            {"full", p.queue_full},
            {"timeouts", p.queue_timeouts},
            {"waited_us", latencyJson(p.waited)}}},
          {"breaker", {{"state", name(p.breaker)}, {"opened", p.opened}, {"refused", p.refused}}}};
}

template <class... Values>
std::string line(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return std::string(text) + "\n";
}

using Count = unsigned long long;

}  // namespace

Json httpJson(const proxy::ProxyStats& stats) {
  Json virtuals = Json::array(), members = Json::array();
  for (const auto& service : stats.services) virtuals.push_back(serviceJson(service));
  for (const auto& member : stats.members) members.push_back(memberJson(member));
  Json pools = Json::array(), rules = Json::array();
  for (const auto& pool : stats.pools) pools.push_back(poolJson(pool));
  for (const auto& rule : stats.rules)
    rules.push_back({{"virtual", rule.service},
                     {"rule", rule.rule},
                     {"requests", rule.requests},
                     {"limited", rule.limited},
                     {"tarpits", {{"held_up", rule.tarpitted}, {"skipped", rule.tarpits_skipped}}},
                     {"mirrors", {{"sent", rule.mirrored}, {"skipped", rule.mirrors_skipped}}}});
  Json logs = Json::array();
  for (const auto& log : stats.access_logs)
    logs.push_back({{"file", log.file}, {"written", log.written}, {"lost", log.lost}});
  return {{"virtuals", virtuals},
          {"members", members},
          {"pools", pools},
          {"rules", rules},
          {"access_logs", logs}};
}

std::string httpText(const proxy::ProxyStats& stats) {
  std::string out;
  if (stats.services.empty()) return out;
  out += line("\n  %-26s %10s %10s %10s %10s %10s %9s", "HTTP virtual", "requests", "2xx", "4xx",
              "5xx", "our own", "p99 ms");
  for (const auto& s : stats.services) {
    uint64_t own = 0;
    for (const uint64_t count : s.by_appliance) own += count;
    out += line("  %-26s %10llu %10llu %10llu %10llu %10llu %9.1f", s.name.c_str(),
                Count{s.requests()}, Count{s.by_server[1]}, Count{s.by_server[3]},
                Count{s.by_server[4]}, Count{own},
                static_cast<double>(s.total.percentile(0.99).count()) * 1e-3);
  }
  return out;
}

}  // namespace sluice
