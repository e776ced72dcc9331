// SPDX-License-Identifier: Apache-2.0
#include "mgmt/schema/command.h"

namespace sluice::mgmt {

Grammar commandGrammar(const std::vector<Command>& commands, CommandMode mode) {
  Grammar grammar;
  for (size_t i = 0; i < commands.size(); ++i) {
    if (commands[i].mode != mode && commands[i].mode != CommandMode::kAny) continue;
    grammar.entries.push_back({&commands[i].syntax, commands[i].help, i});
  }
  return grammar;
}

}  // namespace sluice::mgmt
