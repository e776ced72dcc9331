// SPDX-License-Identifier: Apache-2.0
// A command of the console, declared once: how it is typed, where, what it is for, what it does.
// Matcher, help, completion and the pages in docs/cli/ all follow from it.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/config_syntax.h"
#include "mgmt/schema/console_report.h"
#include "mgmt/schema/grammar.h"

namespace sluice::mgmt {

class ConsoleSession;

// Where a command can be typed: at the prompt of the appliance (`#`), in a configuration session,
// or in both.
enum class CommandMode : uint8_t { kExec, kConfig, kAny };

// Who may: everybody, or only administrators.
enum class Access : uint8_t { kEverybody, kAdministrator };

struct Command {
  CommandMode mode = CommandMode::kExec;
  Access access = Access::kAdministrator;
  Syntax syntax;
  std::string_view help;  // the first sentence is what `?` says
  // Errors become "% Error: " and the message.
  std::function<Result<Report>(ConsoleSession&, const Args&)> run;
};

// The grammar of the commands that can be typed in `mode` (kExec or kConfig); ids are rows of
// `commands`, which must outlive it.
Grammar commandGrammar(const std::vector<Command>& commands, CommandMode mode);

}  // namespace sluice::mgmt
