// SPDX-License-Identifier: Apache-2.0
// The program: finds the verb and runs it.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "sim/app/command.h"

namespace {

void printUsage(std::FILE* to) {
  std::fprintf(to, "usage: sluice VERB [OPTION...]\n\n");
  for (const sluice::Command& command : sluice::commands()) {
    std::fprintf(to, "  %-8s %s\n", std::string(command.name).c_str(),
                 std::string(command.summary).c_str());
  }
  std::fprintf(to, "\nEvery verb has --help.\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    printUsage(stderr);
    return sluice::kUsage;
  }
  const std::string verb = argv[1];
  if (verb == "--help" || verb == "-h" || verb == "help") {
    printUsage(stdout);
    return sluice::kDone;
  }
  for (const sluice::Command& command : sluice::commands()) {
    if (command.name != verb) continue;
    const std::vector<std::string> arguments(argv + 2, argv + argc);
    try {
      return command.run(arguments);
    } catch (const std::exception& error) {
      sluice::printError(verb + ": " + error.what());
      return sluice::kFailed;
    }
  }
  sluice::printError("unknown verb '" + verb + "'");
  printUsage(stderr);
  return sluice::kUsage;
}

// The SystemC library wants one; main() above runs instead.
extern "C" int sc_main(int, char**) { return sluice::kFailed; }
