// SPDX-License-Identifier: Apache-2.0
// Commands about the log and alarms.
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/event_source.h"

namespace sluice::mgmt {

namespace {

Result<EventSource*> eventsOf(ConsoleSession& session) {
  if (EventSource* events = session.appliance().events()) return events;
  return Error{ErrorCode::kNotFound, "this appliance keeps no log"};
}

Result<Report> showLogging(ConsoleSession& session, const Args& args) {
  const auto events = eventsOf(session);
  if (!events) return events.error();
  Table table{"events",
              "",
              {{"time_ms", "Time", Kind::kTime},
               {"severity", "Severity", Kind::kText, 2},
               {"event", "Event", Kind::kText, 1},
               {"text", "Text"}},
              {},
              "The log is empty."};
  for (const LoggedEvent& row : (*events)->log(args.number("lines", 100)))
    table.rows.push_back({timeOf(row.when), row.severity, row.name, row.text});
  return Report{table};
}

Result<Report> showAlarms(ConsoleSession& session, const Args&) {
  const auto events = eventsOf(session);
  if (!events) return events.error();
  Table table{"alarms",
              "",
              {{"severity", "Severity"},
               {"alarm", "Alarm"},
               {"subject", "Subject"},
               {"since_ms", "Since", Kind::kAge},
               {"text", "Text", Kind::kText, 1}},
              {},
              "No alarms."};
  const WallTime now = session.appliance().now();
  for (const Alarm& row : (*events)->alarms())
    table.rows.push_back({row.severity, row.name, row.subject, ageSince(now, row.since), row.text});
  return Report{table};
}

}  // namespace

void addEventCommands(std::vector<Command>& table) {
  add(table, CommandMode::kAny, "show logging [<lines:1..10000>]",
      "The latest events, 100 unless told, oldest first.", showLogging);
  add(table, CommandMode::kAny, "show alarms", "What is wrong now.", showAlarms);
}

}  // namespace sluice::mgmt
