// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/cli_reference.h"

#include <cctype>
#include <vector>

#include "mgmt/core/console.h"

namespace sluice::mgmt {

namespace {

constexpr char kHead[] =
    "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
    "<!-- Generated from the commands of the console; do not edit. -->\n";

std::string_view modeName(CommandMode mode) {
  switch (mode) {
    case CommandMode::kExec:
      return "outside of configuration sessions";
    case CommandMode::kConfig:
      return "in a configuration session";
    case CommandMode::kAny:
      break;
  }
  return "everywhere";
}

std::string upper(std::string_view key) {
  std::string text;
  for (const char c : key) text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string section(const Command& command) {
  std::string text = "\n## `" + command.syntax.describe() + "`\n\n" + std::string(command.help) +
                     "\n\nTyped " + std::string(modeName(command.mode)) +
                     (command.access == Access::kEverybody ? "" : ", by administrators") + ".\n";
  std::string values;
  for (const ValueSpec* spec : command.syntax.values()) {
    if (!spec->choices.empty()) continue;  // written out in the syntax
    values += "- `" + upper(spec->key) + "`: " + spec->expected() + "\n";
  }
  return values.empty() ? text : text + "\n" + values;
}

}  // namespace

std::map<std::string, std::string> cliReference() {
  std::map<std::string, std::string> pages;
  for (const Command& command : consoleCommands()) {
    const std::string word = command.syntax.words().front();
    std::string& page = pages[word + ".md"];
    if (page.empty()) page = std::string(kHead) + "# " + word + "\n";
    page += section(command);
  }
  std::string index =
      std::string(kHead) +
      "# Commands of the console\n\nHow the console is used: [console.md](../console.md). "
      "Statements of the configuration: [configuration.md](../configuration.md).\n\n"
      "| command | what |\n|---|---|\n";
  for (const Command& command : consoleCommands()) {
    const std::string syntax = command.syntax.describe();
    std::string cell;
    for (const char c : syntax) cell += c == '|' ? std::string("\\|") : std::string(1, c);
    const std::string help(command.help);
    const size_t end = help.find(". ");
    index += "| [`" + cell + "`](" + command.syntax.words().front() + ".md) | " +
             (end == std::string::npos ? help : help.substr(0, end + 1)) + " |\n";
  }
  pages["README.md"] = index;
  return pages;
}

}  // namespace sluice::mgmt
