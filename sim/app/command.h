// SPDX-License-Identifier: Apache-2.0
// The verbs of the program, and what they have in common.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "firmware/base/result.h"

namespace sluice {

// Exit status, the same for all verbs.
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,        // the run failed or a threshold was missed
  kUsage = 2,         // wrong command line
  kInvalidInput = 4,  // invalid configuration or input
};

struct Command {
  std::string_view name;
  std::string_view summary;  // one line, for the list of verbs
  int (*run)(std::span<const std::string> arguments);
};

// All verbs, in the order of the help text.
std::span<const Command> commands();

int runReplay(std::span<const std::string> arguments);
int runCheck(std::span<const std::string> arguments);
int runExplain(std::span<const std::string> arguments);
int runExplainHttp(std::span<const std::string> arguments);  // of explain
int runBench(std::span<const std::string> arguments);
int runRun(std::span<const std::string> arguments);
int runConsole(std::span<const std::string> arguments);

// Parses the arguments of a verb. Nothing: go on. Otherwise the verb is over, with this status:
// --help printed `synopsis`, `about` and the options on standard output, or an error was printed on
// standard error with a hint.
std::optional<ExitCode> parseArguments(
    std::string_view verb, std::string_view synopsis, std::string_view about,
    std::span<const std::string> arguments,
    const boost::program_options::options_description& options,
    const boost::program_options::positional_options_description& positional,
    boost::program_options::variables_map& values);

// Prints an error as it stands (those in a file begin with their place) on standard error. The exit
// status that it means.
int fail(const Error& error);

// One line on standard error: "sluice: ...". Messages that already start with a position stay as
// they are.
void printError(std::string_view message);

}  // namespace sluice
