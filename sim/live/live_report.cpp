// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_report.h"

#include <cstdio>

#include "sim/live/http_report.h"

namespace sluice {
namespace {

using Json = nlohmann::ordered_json;

const char* stateName(AdminState state) {
  switch (state) {
    case AdminState::kUp:
      return "up";
    case AdminState::kDrain:
      return "drain";
    case AdminState::kDown:
      return "down";
  }
  return "?";
}

template <class... Values>
std::string line(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return std::string(text) + "\n";
}

using Count = unsigned long long;

void writePorts(const LiveReport& report, std::string& out) {
  out += line("\n  %-28s %14s %14s %10s", "Port", "received", "sent", "lost");
  for (const LiveReport::Port& port : report.ports) {
    const FramePortCounts& c = port.counts;
    out += line("  %u %-26s %14llu %14llu %10llu", port.port, port.interface.c_str(),
                Count{c.received}, Count{c.sent}, Count{c.missed + c.not_segmented + c.not_sent});
    if (c.missed != 0)
      out += line("    %llu missed: more came than the engine could simulate", Count{c.missed});
    if (c.not_segmented != 0)
      out += line("    %llu could not be segmented; try: ethtool -K %s gso off tso off",
                  Count{c.not_segmented}, port.interface.c_str());
    if (c.not_sent != 0)
      out += line("    %llu not sent: longer than the MTU of %s, or it is down", Count{c.not_sent},
                  port.interface.c_str());
  }
}

void writeServices(const LiveReport& report, std::string& out) {
  out += line("\n  %-36s %12s %12s %10s", "Virtual", "to servers", "to clients", "connect.");
  for (const VirtualStats& v : report.stats.virtuals) {
    out += line("  %-36s %12llu %12llu %10u", v.name.c_str(), Count{v.forward.packets},
                Count{v.reverse.packets}, v.opened);
  }
  out += line("\n  %-14s %-27s %-6s %11s %10s", "Pool", "Member", "state", "packets", "connect.");
  for (const MemberStats& m : report.stats.members) {
    out += line("  %-14s %-27s %-6s %11llu %10u", m.pool.c_str(), m.endpoint.toString().c_str(),
                stateName(m.admin), Count{m.forward.packets + m.reverse.packets}, m.opened);
  }
}

template <class Name, class Counts>
void writeCounts(const char* title, const Counts& counts, std::string& out) {
  bool any = false;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i].packets == 0) continue;
    if (!any) out += line("\n%s", title);
    any = true;
    out += line("  %-26s %12llu", std::string(regs::name(static_cast<Name>(i))).c_str(),
                Count{counts[i].packets});
    out += "    " + std::string(regs::doc(static_cast<Name>(i))) + "\n";
  }
}

void writeIcmpErrors(const IcmpErrorCounts& counts, std::string& out) {
  if (counts.too_big + counts.time_exceeded + counts.suppressed == 0) return;
  out += line("\nICMP errors sent");
  out += line("  %-26s %12llu", "too big", Count{counts.too_big});
  out += line("  %-26s %12llu", "time exceeded", Count{counts.time_exceeded});
  out += line("  %-26s %12llu", "suppressed", Count{counts.suppressed});
}

void writeResets(const ResetCounts& counts, std::string& out) {
  if (counts.clients + counts.members + counts.asked + counts.ignored == 0) return;
  out += line("\nResets of connections whose member went down");
  out += line("  %-26s %12llu", "to clients", Count{counts.clients});
  out += line("  %-26s %12llu", "to members", Count{counts.members});
  out += line("  %-26s %12llu", "clients asked", Count{counts.asked});
  out += line("  %-26s %12llu", "packets without a reset", Count{counts.ignored});
}

template <class Name, class Counts>
Json countsJson(const Counts& counts) {
  Json object = Json::object();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i].packets != 0)
      object[std::string(regs::name(static_cast<Name>(i)))] = counts[i].packets;
  }
  return object;
}

Json portJson(const LiveReport::Port& port) {
  const FramePortCounts& c = port.counts;
  return {{"port", port.port},
          {"interface", port.interface},
          {"received", {{"packets", c.received}, {"bytes", c.received_bytes}}},
          {"sent", {{"packets", c.sent}, {"bytes", c.sent_bytes}}},
          {"missed", c.missed},
          {"not_segmented", c.not_segmented},
          {"not_sent", c.not_sent},
          {"checksums_completed", c.checksums},
          {"segmented", c.segmented}};
}

}  // namespace

Json toJson(const LiveReport& report) {
  Json ports = Json::array(), virtuals = Json::array(), members = Json::array();
  Json unresolved = Json::array();
  for (const LiveReport::Port& port : report.ports) ports.push_back(portJson(port));
  for (const VirtualStats& v : report.stats.virtuals) {
    virtuals.push_back({{"name", v.name},
                        {"packets", v.forward.packets + v.reverse.packets},
                        {"bytes", v.forward.bytes + v.reverse.bytes},
                        {"connections", v.opened}});
  }
  for (const MemberStats& m : report.stats.members) {
    members.push_back({{"pool", m.pool},
                       {"member", m.endpoint.toString()},
                       {"state", stateName(m.admin)},
                       {"packets", m.forward.packets + m.reverse.packets},
                       {"bytes", m.forward.bytes + m.reverse.bytes},
                       {"connections", m.opened},
                       {"expected_share", m.expected_share}});
  }
  for (const NeighborKey& key : report.missing) unresolved.push_back(key.address.toString());
  return {{"engine", report.engine},
          {"seconds", report.seconds},
          {"simulated_seconds", report.simulated_seconds},
          {"cycles", report.cycles},
          {"clock_lead_ns", report.clock_lead_ns},
          {"ports", ports},
          {"no_interface", report.no_interface},
          {"drops", countsJson<regs::DropReason>(report.stats.drops)},
          {"punts", countsJson<regs::PuntCause>(report.stats.punts)},
          {"icmp_errors",
           {{"too_big", report.icmp_errors.too_big},
            {"time_exceeded", report.icmp_errors.time_exceeded},
            {"suppressed", report.icmp_errors.suppressed}}},
          {"resets",
           {{"clients", report.resets.clients},
            {"members", report.resets.members},
            {"asked", report.resets.asked},
            {"ignored", report.resets.ignored}}},
          {"virtuals", virtuals},
          {"members", members},
          {"http", httpJson(report.http)},
          {"unresolved", unresolved}};
}

std::string toText(const LiveReport& report) {
  std::string out = line("Appliance, engine %s: %.1f s, %llu cycles evaluated",
                         report.engine.c_str(), report.seconds, Count{report.cycles});
  writePorts(report, out);
  writeServices(report, out);
  out += httpText(report.http);
  writeCounts<regs::DropReason>("Drops by reason", report.stats.drops, out);
  writeCounts<regs::PuntCause>("To the CPU port by cause", report.stats.punts, out);
  writeIcmpErrors(report.icmp_errors, out);
  writeResets(report.resets, out);
  if (report.no_interface != 0)
    out += line("\n%llu frames came with a VLAN that no interface has", Count{report.no_interface});
  if (!report.missing.empty()) out += "\nNext hops that do not answer\n";
  for (const NeighborKey& key : report.missing)
    out += line("  %s on %s", key.address.toString().c_str(), key.interface.c_str());
  return out;
}

}  // namespace sluice
