// SPDX-License-Identifier: Apache-2.0
// docs/cli/ is generated. SLUICE_UPDATE_GOLDEN=1 rewrites it.
#include "mgmt/core/cli_reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "mgmt/core/console.h"
#include "mgmt/schema/matcher.h"

namespace sluice::mgmt {
namespace {

const std::filesystem::path kPages = "docs/cli";

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(CliReference, ThePagesAreFresh) {
  const auto pages = cliReference();
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::remove_all(kPages);
    std::filesystem::create_directories(kPages);
    for (const auto& [name, text] : pages) std::ofstream(kPages / name) << text;
    return;
  }
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kPages)) {
    EXPECT_EQ(pages.count(entry.path().filename()), 1u) << entry.path() << " is of no command";
    ++files;
  }
  EXPECT_EQ(files, pages.size());
  for (const auto& [name, text] : pages)
    EXPECT_EQ(read(kPages / name), text) << "SLUICE_UPDATE_GOLDEN=1 cli_reference_test rewrites it";
}

// What is declared can be typed, is complete, and says what it is for.
TEST(CliReference, EveryCommandIsWhole) {
  for (const Command& command : consoleCommands()) {
    EXPECT_TRUE(command.help.ends_with('.')) << command.syntax.text();
    EXPECT_TRUE(command.run) << command.syntax.text();
    EXPECT_FALSE(command.syntax.words().empty()) << command.syntax.text();
  }
}

// No two commands of a mode are the same line.
TEST(CliReference, CommandsDoNotCollide) {
  for (const CommandMode mode : {CommandMode::kExec, CommandMode::kConfig}) {
    std::set<std::string> seen;
    for (const GrammarEntry& entry : commandGrammar(consoleCommands(), mode).entries)
      EXPECT_TRUE(seen.insert(entry.syntax->text()).second) << entry.syntax->text();
  }
}

TEST(CliReference, WordsThatSeveralCommandsBeginWithHaveHelp) {
  std::map<std::string, int> count;
  for (const Command& command : consoleCommands()) ++count[command.syntax.words().front()];
  for (const auto& [word, number] : count) {
    if (number > 1 && word != "rollback" && word != "exit") {
      EXPECT_FALSE(commandWordHelp(word).empty()) << word;
    }
  }
}

}  // namespace
}  // namespace sluice::mgmt
