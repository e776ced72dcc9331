// SPDX-License-Identifier: Apache-2.0
// Commands about the session itself.
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"

namespace sluice::mgmt {

namespace {

Result<Report> setLength(ConsoleSession& session, const Args& args) {
  session.terminal().length = args.number("lines");
  return session.terminal().length == 0 ? say("Pagination disabled.") : Result<Report>(Report{});
}

Result<Report> setWidth(ConsoleSession& session, const Args& args) {
  session.terminal().width = args.number("columns");
  return say("Width set to " + std::to_string(args.number("columns")) + " columns.");
}

Result<Report> showTerminal(ConsoleSession& session, const Args&) {
  return Report{Fields{"",
                       "",
                       {{"width", "Width", Kind::kNumber, session.terminal().width},
                        {"length", "Length", Kind::kNumber, session.terminal().length}}}};
}

Result<Report> showHistory(ConsoleSession& session, const Args&) {
  std::string text;
  for (const std::string& line : session.history()) text += "  " + line + "\n";
  return Report{Text{"history", text}};
}

// In the numbers that users of other appliances know.
Result<Report> showPrivilege(ConsoleSession& session, const Args&) {
  const bool all = session.role() == User::Role::kAdministrator;
  return Report{
      Text{"privilege", std::string("Current privilege level is ") + (all ? "15\n" : "1\n")}};
}

Result<Report> leave(ConsoleSession& session, const Args&) {
  session.leave();
  return Report{};
}

Result<Report> nothing(ConsoleSession&, const Args&) { return Report{}; }

}  // namespace

void addTerminalCommands(std::vector<Command>& table) {
  constexpr CommandMode kExec = CommandMode::kExec, kAny = CommandMode::kAny;
  addForAll(table, kAny, "terminal length <lines:0..512>", "Lines of a page; 0: no pages.",
            setLength);
  addForAll(table, kAny, "terminal width <columns:0..1000>",
            "Columns that tables are fitted to; 0: as wide as they are.", setWidth);
  add(table, kAny, "show terminal", "Width and length of this terminal.", showTerminal);
  add(table, kAny, "show history", "The lines of this session.", showHistory);
  add(table, kAny, "show privilege", "The rights of this session.", showPrivilege);
  add(table, kExec, "enable",
      "Nothing to do for administrators; operators have no more rights to get.", nothing);
  addForAll(table, kExec, "exit", "Leave the console.", leave);
  addForAll(table, kExec, "quit", "Leave the console.", leave);
  addForAll(table, kExec, "logout", "Leave the console.", leave);
}

}  // namespace sluice::mgmt
