// SPDX-License-Identifier: Apache-2.0
// Commands about the appliance as a whole: version, time, users, tables, everything for support.
#include "firmware/base/version.h"
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/event_source.h"

namespace sluice::mgmt {

namespace {

Result<Report> showVersion(ConsoleSession& session, const Args&) {
  const SystemStatus status = session.appliance().system();
  const WallTime now = session.appliance().now();
  return Report{
      Fields{"",
             "",
             {{"hostname", "Hostname", Kind::kText, *session.appliance().config().hostname},
              {"version", "Version", Kind::kText, std::string(version())},
              {"engine", "Engine", Kind::kText, status.engine},
              {"profile", "Profile", Kind::kText, status.profile},
              {"started", "Started", Kind::kTime, timeOf(status.started)},
              {"uptime_ms", "Uptime", Kind::kAge, ageSince(now, status.started)},
              {"simulated_seconds", "Simulated time, s", Kind::kNumber, status.simulated_seconds},
              {"cycles", "Cycles simulated", Kind::kCount, status.cycles},
              {"revision", "Configuration revision", Kind::kNumber, session.manager().head()}}}};
}

Result<Report> showClock(ConsoleSession& session, const Args&) {
  return Report{Fields{"", "", {{"time", "Time", Kind::kTime, timeOf(session.appliance().now())}}}};
}

Result<Report> showUsers(ConsoleSession& session, const Args&) {
  Table table{"sessions",
              "",
              {{"user", "User"},
               {"role", "Role"},
               {"age_ms", "Since", Kind::kAge},
               {"configuring", "Configuring", Kind::kFlag},
               {"changed", "Uncommitted", Kind::kFlag},
               {"this", "This session", Kind::kFlag}},
              {},
              ""};
  for (const ConsoleSession* other : session.console().sessions()) {
    const auto& edit = other->edit();
    table.rows.push_back({other->user(), std::string(roleName(other->role())),
                          ageSince(session.appliance().now(), other->since()), edit != nullptr,
                          edit != nullptr && edit->editor.changed(), other == &session});
  }
  return Report{table};
}

Result<Report> showTables(ConsoleSession& session, const Args&) {
  Table table{"tables",
              "",
              {{"table", "Table"},
               {"used", "Used", Kind::kNumber},
               {"capacity", "Capacity", Kind::kNumber},
               {"share", "Share", Kind::kPercent}},
              {},
              ""};
  for (const TableStatus& row : session.appliance().tables()) {
    const double share =
        row.capacity == 0 ? 0 : static_cast<double>(row.used) / static_cast<double>(row.capacity);
    table.rows.push_back({row.name, row.used, row.capacity, share});
  }
  return Report{table};
}

// Every `show` without arguments, one after the other.
Result<Report> showTechSupport(ConsoleSession& session, const Args& args) {
  Report all;
  for (const Command& command : consoleCommands()) {
    const auto& words = command.syntax.words();
    if (words.empty() || words[0] != "show" || command.mode == CommandMode::kConfig) continue;
    if (words.back() == "tech-support" || words.back() == "history" ||
        words.back() == "startup-config")
      continue;
    bool plain = true;
    for (const Syntax::Group& group : command.syntax.groups())
      plain = plain && (group.optional || !group.items[0].word.empty());
    if (!plain) continue;
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    const Result<Report> report = command.run(session, args);
    all.push_back(Text{"", "\n---- " + line + " ----\n"});
    if (!report) {
      all.push_back(Text{"", report.error().message + "\n"});
      continue;
    }
    all.insert(all.end(), report->begin(), report->end());
  }
  return all;
}

}  // namespace

void addSystemCommands(std::vector<Command>& table) {
  constexpr CommandMode kAny = CommandMode::kAny;
  add(table, kAny, "show version", "What this appliance is, and since when it runs.", showVersion);
  add(table, kAny, "show clock", "The time that logs and revisions are stamped with.", showClock);
  add(table, kAny, "show users", "Who is at the console, and who has uncommitted changes.",
      showUsers);
  add(table, kAny, "show tables", "Tables of the data plane and how full they are.", showTables);
  add(table, kAny, "show tech-support", "Everything that `show` knows, for a report of a problem.",
      showTechSupport);
}

}  // namespace sluice::mgmt
