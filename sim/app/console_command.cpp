// SPDX-License-Identifier: Apache-2.0
// `sluice console`: the console of a running appliance.
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "mgmt/cli/console_client.h"
#include "mgmt/core/console_socket.h"
#include "sim/app/command.h"

namespace sluice {
namespace {

namespace po = boost::program_options;

constexpr char kAbout[] =
    "Operates a running appliance. On a terminal it is interactive: `?` says what may be typed, "
    "Tab\n"
    "completes, `configure` changes the configuration. Otherwise lines come from -c, -f or "
    "standard\n"
    "input, and the first one that fails ends it. Exit status: 0 done, 1 a command failed or "
    "there\n"
    "is no appliance, 2 a line was not understood, 4 invalid configuration.";

struct ConsoleOptions {
  std::string socket;
  std::string commands;
  std::string file;
  bool keep_going = false;
};

std::optional<ExitCode> parseConsoleOptions(std::span<const std::string> arguments,
                                            ConsoleOptions& o) {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("command,c", po::value(&o.commands)->value_name("'CMD; CMD'"), "run these lines")
      ("file,f", po::value(&o.file)->value_name("FILE"), "run the lines of a file")
      ("keep-going,k", po::bool_switch(&o.keep_going), "go on after a line that failed")
      ("socket", po::value(&o.socket)->value_name("PATH")->default_value(mgmt::kDefaultSocket), "of the appliance")
      ("help,h", "this text");
  // clang-format on
  po::positional_options_description none;
  po::variables_map values;
  if (const auto over = parseArguments("console", "console [-c 'CMD; CMD' | -f FILE] [OPTION...]",
                                       kAbout, arguments, options, none, values))
    return over;
  if (values.count("command") != 0 && values.count("file") != 0) {
    printError("console: -c or -f, not both");
    return kUsage;
  }
  return std::nullopt;
}

int runLines(mgmt::ConsoleConnection& connection, const ConsoleOptions& options) {
  const mgmt::BatchOptions batch{options.keep_going};
  if (!options.file.empty()) {
    std::ifstream file(options.file);
    if (!file) {
      printError(options.file + ": cannot be opened");
      return kInvalidInput;
    }
    return mgmt::runBatch(connection, file, batch);
  }
  if (options.commands.empty()) return mgmt::runBatch(connection, std::cin, batch);
  std::string text;
  for (const std::string& line : mgmt::splitCommands(options.commands)) text += line + "\n";
  std::istringstream lines(text);
  return mgmt::runBatch(connection, lines, batch);
}

}  // namespace

int runConsole(std::span<const std::string> arguments) {
  ConsoleOptions options;
  if (const auto over = parseConsoleOptions(arguments, options)) return *over;
  auto connection = mgmt::ConsoleConnection::open(options.socket);
  if (!connection) {
    printError("console: " + connection.error().message);
    return kFailed;
  }
  const bool lines = !options.commands.empty() || !options.file.empty();
  if (lines || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0)
    return runLines(*connection, options);
  return mgmt::runInteractive(*connection);
}

}  // namespace sluice
