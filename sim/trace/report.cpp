// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/report.h"

#include <algorithm>
#include <map>

namespace sluice {
namespace {

template <class Key>
void mostFrequentFirst(std::vector<std::pair<Key, uint64_t>>& counts) {
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

void fillVirtuals(ReplayReport& report, const TrafficTally& tally, const FlowLedger& ledger) {
  const auto& counts = tally.virtuals();
  for (uint16_t id = 0; id < counts.size(); ++id) {
    const bool named = id < report.names.virtuals.size() && !report.names.virtuals[id].empty();
    if (!named && counts[id].packets == 0) continue;
    report.virtuals.push_back({report.names.virtualName(id), counts[id].packets, counts[id].bytes,
                               ledger.virtualConnections()[id]});
  }
}

void fillMembers(ReplayReport& report, const TrafficTally& tally, const FlowLedger& ledger) {
  const auto& counts = tally.members();
  std::map<std::string, TrafficCount> pools;  // packets, and connections in place of bytes
  for (uint16_t id = 1; id < counts.size(); ++id) {
    const bool named = id < report.names.members.size() && !report.names.members[id].pool.empty();
    if (!named && counts[id].packets == 0) continue;
    ReplayReport::Member member;
    member.pool = named ? report.names.members[id].pool : "?";
    member.member = named ? report.names.members[id].member : std::to_string(id);
    member.expected_share = named ? report.names.members[id].expected_share : 0;
    member.packets = counts[id].packets;
    member.bytes = counts[id].bytes;
    member.connections = ledger.memberConnections()[id];
    pools[member.pool].packets += member.packets;
    pools[member.pool].bytes += member.connections;
    report.members.push_back(std::move(member));
  }
  for (ReplayReport::Member& member : report.members) {
    const TrafficCount& pool = pools[member.pool];
    const bool by_connections = pool.bytes != 0;
    const uint64_t whole = by_connections ? pool.bytes : pool.packets;
    const uint64_t part = by_connections ? member.connections : member.packets;
    member.share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
  std::stable_sort(report.members.begin(), report.members.end(),
                   [](const auto& a, const auto& b) { return a.pool < b.pool; });
}

}  // namespace

void fillTraffic(ReplayReport& report, const TrafficTally& tally, const FlowLedger& ledger,
                 const ReplayNames& names) {
  report.names = names;
  report.packets_in = tally.in().packets;
  report.packets_forwarded = tally.forwarded().packets;
  report.packets_dropped = tally.dropped().packets;
  report.packets_punted = tally.punted().packets;
  report.bytes_in = tally.in().bytes;
  report.bytes_forwarded = tally.forwarded().bytes;
  for (int reason = 0; reason < 256; ++reason) {
    const auto value = static_cast<regs::DropReason>(reason);
    if (tally.drops(value) != 0) report.drops.emplace_back(value, tally.drops(value));
  }
  for (int cause = 0; cause < 16; ++cause) {
    const auto value = static_cast<regs::PuntCause>(cause);
    if (tally.punts(value) != 0) report.punts.emplace_back(value, tally.punts(value));
  }
  for (size_t cause = 0; cause < kBreakCauseCount; ++cause) {
    const auto value = static_cast<BreakCause>(cause);
    if (ledger.broken(value) != 0) report.broken.emplace_back(value, ledger.broken(value));
  }
  mostFrequentFirst(report.drops);
  mostFrequentFirst(report.punts);
  mostFrequentFirst(report.broken);
  fillVirtuals(report, tally, ledger);
  fillMembers(report, tally, ledger);
  const LatencyHistogram& latency = tally.latency();
  if (latency.total() != 0 && latency.max() != 0) {
    report.latency_cycles = {latency.min(), latency.percentile(0.5), latency.percentile(0.99),
                             latency.max()};
  }
  report.connections_opened = ledger.opened();
  report.connections_closed = ledger.closed();
  report.connections_peak = ledger.peak();
  report.broken_list = ledger.brokenList();
}

std::optional<std::string> checkReport(const ReplayReport& report) {
  const uint64_t out = report.packets_forwarded + report.packets_dropped + report.packets_punted;
  if (report.packets_in != out) {
    return "packets do not add up: " + std::to_string(report.packets_in) + " in, but " +
           std::to_string(out) + " forwarded, dropped or punted";
  }
  uint64_t drops = 0;
  for (const auto& [reason, count] : report.drops) {
    drops += count;
    if (reason == regs::DropReason::kNone)
      return std::to_string(count) + " packets were dropped without a reason";
  }
  if (drops == report.packets_dropped) return std::nullopt;
  return "drops do not add up: " + std::to_string(report.packets_dropped) + " dropped, but " +
         std::to_string(drops) + " by reason";
}

nlohmann::ordered_json toJson(const ReplayReport& report) {
  using Json = nlohmann::ordered_json;
  Json drops = Json::object(), broken = Json::object();
  for (const auto& [reason, count] : report.drops) drops[std::string(name(reason))] = count;
  for (const auto& [cause, count] : report.broken) broken[std::string(name(cause))] = count;
  Json virtuals = Json::array(), members = Json::array();
  for (const auto& v : report.virtuals) {
    virtuals.push_back({{"name", v.name},
                        {"packets", v.packets},
                        {"bytes", v.bytes},
                        {"connections", v.connections}});
  }
  for (const auto& m : report.members) {
    members.push_back({{"pool", m.pool},
                       {"member", m.member},
                       {"packets", m.packets},
                       {"bytes", m.bytes},
                       {"connections", m.connections},
                       {"share", m.share},
                       {"expected_share", m.expected_share}});
  }
  Json latency = nullptr;
  if (const auto& l = report.latency_cycles)
    latency = {{"min", l->min}, {"p50", l->p50}, {"p99", l->p99}, {"max", l->max}};
  const auto& s = report.simulation;
  const auto& t = report.trace;
  return {{"engine", report.engine},
          {"profile", report.profile},
          {"clock_hz", report.clock_hz},
          {"trace",
           {{"path", t.path},
            {"packets", t.packets},
            {"bytes", t.bytes},
            {"flows", t.flows},
            {"duration_seconds", t.duration_seconds}}},
          {"packets",
           {{"in", report.packets_in},
            {"forwarded", report.packets_forwarded},
            {"dropped", report.packets_dropped},
            {"punted", report.packets_punted}}},
          {"bytes", {{"in", report.bytes_in}, {"forwarded", report.bytes_forwarded}}},
          {"drops", drops},
          {"virtuals", virtuals},
          {"members", members},
          {"latency_cycles", latency},
          {"connections",
           {{"opened", report.connections_opened},
            {"closed", report.connections_closed},
            {"peak", report.connections_peak},
            {"broken", broken}}},
          {"tables",
           {{"flow",
             {{"capacity", report.flow_capacity},
              {"peak", report.flow_peak},
              {"insert_failures", report.flow_insert_failures}}}}},
          {"simulation",
           {{"cycles", s.cycles},
            {"simulated_seconds", s.simulated_seconds},
            {"wall_seconds", s.wall_seconds},
            {"cycles_per_second", s.cycles_per_second},
            {"packets_per_second", s.packets_per_second}}},
          {"mismatches", report.mismatches ? Json(*report.mismatches) : Json(nullptr)},
          {"notes", report.notes}};
}

}  // namespace sluice
