// SPDX-License-Identifier: Apache-2.0
// Commands about what is served: virtuals, pools, members. The three layers of state stand in
// columns of their own: configuration, override, health.
#include <algorithm>
#include <map>

#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/config_tree.h"
#include "mgmt/core/health_source.h"

namespace sluice::mgmt {

namespace {

using MemberKeys = std::map<MemberKey, MemberHealth>;

MemberKeys healthOf(ManagedAppliance& appliance) {
  MemberKeys all;
  if (appliance.health() == nullptr) return all;
  for (MemberHealth& row : appliance.health()->members())
    all[{row.pool, row.endpoint}] = std::move(row);
  return all;
}

const MemberHealth* find(const MemberKeys& all, const std::string& pool, const Endpoint& endpoint) {
  const auto entry = all.find({pool, endpoint});
  return entry == all.end() ? nullptr : &entry->second;
}

// Takes new connections, as far as configuration, override and health say.
bool available(const MemberStats& member, const MemberHealth* health) {
  if (member.admin != AdminState::kUp) return false;
  return health == nullptr || health->state == HealthState::kUp ||
         health->state == HealthState::kUnmonitored;
}

// Why a member is as it is: who overrode it, else what its monitors say.
std::string reasonOf(ConsoleSession& session, const MemberStats& member,
                     const MemberHealth* health) {
  const std::string object = "member " + member.pool + " " + member.endpoint.toString();
  for (const OverrideRecord& record : session.manager().overrides()) {
    if (record.object == object && !record.what.starts_with("weight"))
      return record.what + " by " + record.who;
  }
  return health == nullptr ? "" : health->reason;
}

std::string_view configuredAdmin(const Config& config, const MemberStats& member) {
  const Pool* pool = findByName(config.pools, member.pool);
  const Member* configured = pool == nullptr ? nullptr : pool->find(member.endpoint);
  return adminWord(configured == nullptr ? AdminState::kUp : configured->admin);
}

Table memberTable(ConsoleSession& session, const std::string& pool) {
  Table table{"members",
              "",
              {{"pool", "Pool"},
               {"member", "Member"},
               {"state", "Health"},
               {"admin", "Admin"},
               {"configured", "Config", Kind::kText, 9},
               {"weight", "Weight", Kind::kNumber, 3},
               {"live", "Live", Kind::kCount},
               {"opened", "Opened", Kind::kCount, 4},
               {"share", "Share", Kind::kPercent, 5},
               {"packets_in", "Pkts in", Kind::kCount, 6},
               {"packets_out", "Pkts out", Kind::kCount, 7},
               {"bytes_in", "Bytes in", Kind::kCount, 8},
               {"bytes_out", "Bytes out", Kind::kCount, 8},
               {"full", "Full", Kind::kFlag, 9},
               {"observed_failures", "Failures", Kind::kCount, 9},
               {"since_ms", "Since", Kind::kAge, 2},
               {"reason", "Reason", Kind::kText, 1}},
              {},
              "No members are configured."};
  const MemberKeys health = healthOf(session.appliance());
  const WallTime now = session.appliance().now();
  for (const MemberStats& row : session.console().counters().members) {
    if (!pool.empty() && row.pool != pool) continue;
    const MemberHealth* state = find(health, row.pool, row.endpoint);
    table.rows.push_back(
        {row.pool, row.endpoint.toString(),
         std::string(name(state == nullptr ? HealthState::kUnmonitored : state->state)),
         std::string(adminWord(row.admin)),
         std::string(configuredAdmin(session.appliance().config(), row)), row.weight, row.live(),
         row.opened, row.expected_share, row.forward.packets, row.reverse.packets,
         row.forward.bytes, row.reverse.bytes, state != nullptr && state->full,
         state == nullptr ? 0 : state->observed_failures,
         state == nullptr ? Json() : ageSince(now, state->since), reasonOf(session, row, state)});
  }
  return table;
}

Result<Report> showMembers(ConsoleSession& session, const Args& args) {
  const std::string pool = textArg(args, "pool");
  if (!pool.empty()) {
    if (auto there = mustExist("pool", session.appliance().config().pools, pool); !there)
      return there.error();
  }
  return Report{memberTable(session, pool)};
}

std::string usersOf(const Config& config, const std::string& pool) {
  std::string text;
  for (const Virtual& row : config.virtuals) {
    if (*row.pool == pool) text += (text.empty() ? "" : ", ") + row.name;
  }
  return text;
}

std::string monitorsOf(const Pool& pool) {
  std::string text;
  for (const MonitorRef& monitor : pool.monitors) text += (text.empty() ? "" : ", ") + monitor.name;
  return text;
}

Result<Report> showPools(ConsoleSession& session, const Args& args) {
  const Config& config = session.appliance().config();
  const std::string only = textArg(args, "pool");
  if (!only.empty()) {
    if (auto there = mustExist("pool", config.pools, only); !there) return there.error();
  }
  Table table{"pools",
              "",
              {{"pool", "Pool"},
               {"algorithm", "Algorithm"},
               {"monitor", "Monitor", Kind::kText, 2},
               {"members", "Members", Kind::kNumber},
               {"available", "Available", Kind::kNumber},
               {"live", "Live", Kind::kCount},
               {"virtuals", "Virtuals", Kind::kText, 1}},
              {},
              "No pools are configured."};
  const ConfigText text(config);
  const MemberKeys health = healthOf(session.appliance());
  const StatsSnapshot stats = session.console().counters();
  for (const Pool& pool : config.pools) {
    if (!only.empty() && pool.name != only) continue;
    uint64_t up = 0, live = 0;
    for (const MemberStats& member : stats.members) {
      if (member.pool != pool.name) continue;
      up += available(member, find(health, member.pool, member.endpoint)) ? 1 : 0;
      live += member.live();
    }
    const std::string algorithm = text.value("pool " + pool.name, "algorithm");
    table.rows.push_back({pool.name, algorithm.empty() ? "maglev" : algorithm,
                          pool.monitors.empty() ? Json() : Json(monitorsOf(pool)),
                          pool.members.size(), up, live, usersOf(config, pool.name)});
  }
  Report report{table};
  if (!only.empty()) report.emplace_back(memberTable(session, only));
  return report;
}

Result<Report> showVirtuals(ConsoleSession& session, const Args& args) {
  const Config& config = session.appliance().config();
  const std::string only = textArg(args, "virtual");
  if (!only.empty()) {
    if (auto there = mustExist("virtual", config.virtuals, only); !there) return there.error();
  }
  Table table{"virtuals",
              "",
              {{"virtual", "Virtual"},
               {"destination", "Destination"},
               {"protocol", "Proto", Kind::kText, 6},
               {"mode", "Mode", Kind::kText, 5},
               {"pool", "Pool"},
               {"enabled", "Enabled", Kind::kFlag},
               {"live", "Live", Kind::kCount},
               {"opened", "Opened", Kind::kCount, 1},
               {"packets_in", "Pkts in", Kind::kCount, 2},
               {"packets_out", "Pkts out", Kind::kCount, 3},
               {"bytes_in", "Bytes in", Kind::kCount, 4},
               {"bytes_out", "Bytes out", Kind::kCount, 4}},
              {},
              "No virtuals are configured."};
  const ConfigText text(config);
  for (const VirtualStats& row : session.console().counters().virtuals) {
    const Virtual* configured = findByName(config.virtuals, row.name);
    if (configured == nullptr || (!only.empty() && row.name != only)) continue;
    const std::string destination = text.value("virtual " + row.name, "destination");
    const std::string mode = text.value("virtual " + row.name, "mode");
    const size_t cut = destination.find(" protocol ");
    const std::string protocol =
        cut == std::string::npos ? "tcp" : destination.substr(cut + sizeof " protocol " - 1);
    table.rows.push_back({row.name, destination.substr(0, cut), protocol,
                          mode.empty() ? "nat" : mode,
                          configured->pool->empty() ? Json() : Json(*configured->pool), row.enabled,
                          row.live(), row.opened, row.forward.packets, row.reverse.packets,
                          row.forward.bytes, row.reverse.bytes});
  }
  return Report{table};
}

}  // namespace

void addServiceCommands(std::vector<Command>& table) {
  constexpr CommandMode kAny = CommandMode::kAny;
  add(table, kAny, "show virtuals [<virtual:name>]", "Services that clients see.", showVirtuals);
  add(table, kAny, "show pools [<pool:name>]",
      "Pools: how members are chosen, how many there are, and how many take connections. With a "
      "name, its members, too.",
      showPools);
  add(table, kAny, "show members [<pool:name>]",
      "Members: what probes found (Health), what is in force (Admin), and why. Live is the number "
      "of connections now.",
      showMembers);
}

}  // namespace sluice::mgmt
