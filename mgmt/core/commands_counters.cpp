// SPDX-License-Identifier: Apache-2.0
// Commands about counters.
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"

namespace sluice::mgmt {

namespace {

template <typename Enum, size_t N>
Table reasonTable(const std::string& key, const std::string& title, const std::string& empty,
                  const std::array<PacketCount, N>& counts) {
  Table table{
      key,
      "",
      {{"reason", title}, {"packets", "Packets", Kind::kCount}, {"bytes", "Bytes", Kind::kCount}},
      {},
      empty};
  for (size_t i = 0; i < N; ++i) {
    if (counts[i].packets == 0) continue;
    table.rows.push_back(
        {std::string(regs::name(static_cast<Enum>(i))), counts[i].packets, counts[i].bytes});
  }
  return table;
}

Table dropTable(const StatsSnapshot& stats) {
  return reasonTable<regs::DropReason>("drops", "Dropped because", "Nothing was dropped.",
                                       stats.drops);
}

Table portTable(const StatsSnapshot& stats) {
  Table table{"ports",
              "",
              {{"port", "Port"},
               {"interfaces", "Interfaces"},
               {"packets_in", "Pkts in", Kind::kCount},
               {"bytes_in", "Bytes in", Kind::kCount},
               {"packets_out", "Pkts out", Kind::kCount},
               {"bytes_out", "Bytes out", Kind::kCount}},
              {},
              "No port is used."};
  for (size_t p = 0; p < stats.ports.size(); ++p) {
    const PortStats& row = stats.ports[p];
    if (row.name.empty()) continue;
    table.rows.push_back({p == regs::kCpuPort ? Json("cpu") : Json(std::to_string(p)), row.name,
                          row.received.packets, row.received.bytes, row.sent.packets,
                          row.sent.bytes});
  }
  return table;
}

Fields flowFields(const StatsSnapshot& stats) {
  const FlowStats& f = stats.flows;
  return {"connections",
          "",
          {{"live", "Connections", Kind::kNumber, f.live},
           {"half_open", "Half open", Kind::kNumber, f.half_open},
           {"capacity", "Room for", Kind::kNumber, stats.flow_capacity},
           {"opened", "Opened", Kind::kCount, f.opened},
           {"closed", "Closed", Kind::kCount, f.closed},
           {"evicted", "Evicted", Kind::kCount, f.evicted},
           {"full", "No room", Kind::kCount, f.full},
           {"alias", "Digest alias", Kind::kCount, f.alias}}};
}

Result<Report> showCounters(ConsoleSession& session, const Args&) {
  const StatsSnapshot stats = session.console().counters();
  return Report{portTable(stats), dropTable(stats),
                reasonTable<regs::PuntCause>("punts", "To the CPU port because",
                                             "Nothing was sent to the CPU port.", stats.punts),
                flowFields(stats)};
}

Result<Report> showDrops(ConsoleSession& session, const Args&) {
  return Report{dropTable(session.console().counters())};
}

Result<Report> showAccessList(ConsoleSession& session, const Args&) {
  Table table{"rules",
              "",
              {{"sequence", "Rule", Kind::kNumber},
               {"packets", "Packets", Kind::kCount},
               {"bytes", "Bytes", Kind::kCount}},
              {},
              "No access list is configured."};
  for (const AclStats& row : session.console().counters().acl)
    table.rows.push_back({row.sequence, row.matched.packets, row.matched.bytes});
  return Report{table};
}

Result<Report> clearCounters(ConsoleSession& session, const Args&) {
  session.console().clearCounters();
  return say("Counters of the console begin at 0.");
}

}  // namespace

void addCounterCommands(std::vector<Command>& table) {
  constexpr CommandMode kAny = CommandMode::kAny;
  add(table, kAny, "show counters",
      "Packets by port, drops by reason, packets to the CPU port by cause, connections.",
      showCounters);
  add(table, kAny, "show counters drops", "Dropped packets by reason.", showDrops);
  add(table, kAny, "show access-list", "How many packets each rule matched.", showAccessList);
  add(table, CommandMode::kExec, "clear counters",
      "Let packets and bytes that `show` tells begin at 0, for all sessions. The appliance's own "
      "counters and numbers of connections go on.",
      clearCounters);
}

}  // namespace sluice::mgmt
