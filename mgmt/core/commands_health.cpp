// SPDX-License-Identifier: Apache-2.0
// Commands about monitors and what they found.
#include <algorithm>

#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/config_tree.h"
#include "mgmt/core/health_source.h"

namespace sluice::mgmt {

namespace {

constexpr size_t kLogLines = 100;

std::string orDefault(std::string text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

Table monitorTable(const Config& config) {
  Table table{"monitors",
              "",
              {{"monitor", "Monitor"},
               {"type", "Type"},
               {"interval", "Interval"},
               {"timeout", "Timeout"},
               {"fall", "Fall", Kind::kNumber},
               {"rise", "Rise", Kind::kNumber},
               {"pools", "Pools", Kind::kText, 1}},
              {},
              "No monitors are configured."};
  const ConfigText text(config);
  for (const Monitor& row : config.monitors) {
    const std::string block = "monitor " + row.name;
    std::string pools;
    for (const Pool& pool : config.pools) {
      const bool used = std::any_of(pool.monitors.begin(), pool.monitors.end(),
                                    [&](const MonitorRef& ref) { return ref.name == row.name; });
      if (!used) continue;
      pools += (pools.empty() ? "" : ", ") + pool.name;
    }
    table.rows.push_back({row.name, orDefault(text.value(block, "type"), "tcp"),
                          formatDuration(row.interval->value), formatDuration(row.timeout->value),
                          *row.fall, *row.rise, pools});
  }
  return table;
}

Table checkTable(HealthSource& health, WallTime now, const std::string& monitor) {
  Table table{"checks",
              "",
              {{"monitor", "Monitor", Kind::kText, 1},
               {"pool", "Pool"},
               {"member", "Member"},
               {"state", "Health"},
               {"since_ms", "Since", Kind::kAge, 2},
               {"passed", "Passed", Kind::kNumber, 4},
               {"failed", "Failed", Kind::kNumber, 4},
               {"checks", "Checks", Kind::kCount, 5},
               {"failures", "Failures", Kind::kCount, 5},
               {"last_check_ms", "Last", Kind::kAge, 3},
               {"duration_ns", "Took", Kind::kDuration, 3},
               {"flapping", "Flapping", Kind::kFlag, 6},
               {"reason", "Reason"}},
              {},
              "No member is monitored."};
  for (const MemberHealth& row : health.checks()) {
    if (!monitor.empty() && row.monitor != monitor) continue;
    table.rows.push_back({row.monitor, row.pool, row.endpoint.toString(),
                          std::string(name(row.state)), ageSince(now, row.since), row.passed,
                          row.failed, row.checks, row.failures, ageSince(now, row.last_check),
                          row.last_check == WallTime() ? Json() : Json(row.duration.count()),
                          row.flapping, row.reason});
  }
  return table;
}

Result<Report> showMonitors(ConsoleSession& session, const Args& args) {
  const Config& config = session.appliance().config();
  const std::string only = textArg(args, "monitor");
  if (!only.empty()) {
    if (auto there = mustExist("monitor", config.monitors, only); !there) return there.error();
  }
  Table monitors = monitorTable(config);
  if (!only.empty())
    std::erase_if(monitors.rows, [&](const auto& row) { return row[0] != Json(only); });
  Report report{monitors};
  if (HealthSource* health = session.appliance().health())
    report.emplace_back(checkTable(*health, session.appliance().now(), only));
  return report;
}

Result<Report> showMonitorLog(ConsoleSession& session, const Args& args) {
  HealthSource* health = session.appliance().health();
  if (health == nullptr) return Error{ErrorCode::kNotFound, "this appliance probes nothing"};
  const std::string monitor = args.get<std::string>("monitor");
  if (auto there = mustExist("monitor", session.appliance().config().monitors, monitor); !there)
    return there.error();
  Table table{"log",
              "",
              {{"time_ms", "Time", Kind::kTime},
               {"pool", "Pool", Kind::kText, 1},
               {"member", "Member"},
               {"passed", "Passed", Kind::kFlag},
               {"duration_ns", "Took", Kind::kDuration, 2},
               {"reason", "Reason"}},
              {},
              "Nothing was checked yet."};
  for (const CheckRecord& row : health->log(monitor, kLogLines)) {
    table.rows.push_back({timeOf(row.when), row.pool, row.endpoint.toString(), row.passed,
                          row.duration.count(), row.reason});
  }
  return Report{table};
}

}  // namespace

void addHealthCommands(std::vector<Command>& table) {
  constexpr CommandMode kAny = CommandMode::kAny;
  add(table, kAny, "show monitors [<monitor:name>]",
      "Monitors, and the state of every member that they check.", showMonitors);
  add(table, kAny, "show monitors <monitor:name> log",
      "The latest checks of a monitor, with answer and duration.", showMonitorLog);
}

}  // namespace sluice::mgmt
