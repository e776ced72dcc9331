// SPDX-License-Identifier: Apache-2.0
// The console as its user sees it: interactive on a terminal, or lines from the command line, a
// file or a pipe.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "mgmt/cli/console_connection.h"

namespace sluice::mgmt {

// The lines of `-c 'CMD; CMD'`: cut at semicolons and line ends outside of quotes.
std::vector<std::string> splitCommands(std::string_view text);

struct BatchOptions {
  bool keep_going = false;  // after a line that failed
};

// Runs lines without prompts and pages; output goes to standard output. Returns the status of the
// first line that failed: 0 none, 1 failed, 2 not understood, 4 invalid configuration.
int runBatch(ConsoleConnection& connection, std::istream& lines, const BatchOptions& options);

// On the terminal of standard input, until the user leaves. Returns 0, or 1 if the appliance went
// away.
int runInteractive(ConsoleConnection& connection);

}  // namespace sluice::mgmt
