// SPDX-License-Identifier: Apache-2.0
#include "sim/app/command.h"

#include <array>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <vector>

namespace sluice {

namespace po = boost::program_options;

std::span<const Command> commands() {
  static constexpr std::array<Command, 6> kCommands = {
      Command{"replay", "replay a packet trace through the appliance and report on it", runReplay},
      Command{"run", "power the appliance between network interfaces of this host", runRun},
      Command{"console", "operate a running appliance", runConsole},
      Command{"check", "check a configuration file", runCheck},
      Command{"explain", "follow a packet through a configuration and say why", runExplain},
      Command{"bench", "measure: simulation, dispatch, updates, policies", runBench},
  };
  return kCommands;
}

std::optional<ExitCode> parseArguments(std::string_view verb, std::string_view synopsis,
                                       std::string_view about,
                                       std::span<const std::string> arguments,
                                       const po::options_description& options,
                                       const po::positional_options_description& positional,
                                       po::variables_map& values) {
  try {
    const std::vector<std::string> words(arguments.begin(), arguments.end());
    po::store(po::command_line_parser(words).options(options).positional(positional).run(), values);
    if (values.count("help") != 0) {
      std::cout << "usage: sluice " << synopsis << "\n\n" << about << "\n\n" << options;
      return kDone;
    }
    po::notify(values);
  } catch (const po::error& error) {
    printError(std::string(verb) + ": " + error.what());
    std::fprintf(stderr, "  see: sluice %s --help\n", std::string(verb).c_str());
    return kUsage;
  }
  return std::nullopt;
}

int fail(const Error& error) {
  std::fprintf(stderr, "%s%s", error.message.c_str(), error.message.ends_with('\n') ? "" : "\n");
  const bool invalid = error.code == ErrorCode::kInvalidInput || error.code == ErrorCode::kNotFound;
  return invalid ? kInvalidInput : kFailed;
}

void printError(std::string_view message) {
  std::fprintf(stderr, "sluice: %.*s\n", static_cast<int>(message.size()), message.data());
}

}  // namespace sluice
