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

Result<Report> showPrivilege(ConsoleSession&, const Args&) {
  return Report{Text{"privilege", "Current privilege level is 15\n"}};
}

Result<Report> leave(ConsoleSession& session, const Args&) {
  session.leave();
  return Report{};
}

Result<Report> nothing(ConsoleSession&, const Args&) { return Report{}; }

}  // namespace

void addTerminalCommands(std::vector<Command>& table) {
  constexpr CommandMode kExec = CommandMode::kExec, kAny = CommandMode::kAny;
  add(table, kAny, "terminal length <lines:0..512>", "Lines of a page; 0: no pages.", setLength);
  add(table, kAny, "terminal width <columns:0..1000>",
      "Columns that tables are fitted to; 0: as wide as they are.", setWidth);
  add(table, kAny, "show terminal", "Width and length of this terminal.", showTerminal);
  add(table, kAny, "show history", "The lines of this session.", showHistory);
  add(table, kAny, "show privilege", "The rights of this session.", showPrivilege);
  add(table, kExec, "enable", "Nothing to do: every session has all rights.", nothing);
  add(table, kExec, "exit", "Leave the console.", leave);
  add(table, kExec, "quit", "Leave the console.", leave);
  add(table, kExec, "logout", "Leave the console.", leave);
}

}  // namespace sluice::mgmt
