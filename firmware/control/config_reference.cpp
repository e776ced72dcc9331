// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/config_reference.h"

#include <cctype>
#include <vector>

#include "firmware/control/config_statements.h"

namespace sluice {

namespace {

// A table cell: pipes would end it.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

void addRow(const Statement& row, std::string& text) {
  std::string values;
  for (const ValueSpec* spec : row.syntax.values()) {
    if (!spec->choices.empty()) continue;  // written out in the syntax
    if (!values.empty()) values += "; ";
    std::string key;
    for (const char c : spec->key)
      key += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    values += key + ": " + spec->expected();
  }
  text += "| `" + cell(row.syntax.describe()) + "` | " + cell(row.help) + " | " + cell(values) +
          " | " + cell(row.fallback) + " |\n";
}

void addTable(Block block, std::string& text) {
  text += "\n| statement | meaning | values | default |\n|---|---|---|---|\n";
  for (const Statement& row : statements()) {
    if (row.block == block && !row.opens) addRow(row, text);
  }
}

}  // namespace

std::string configReference() {
  std::string text = "\n### Statements outside blocks\n";
  addTable(Block::kTop, text);
  for (const Statement& row : statements()) {
    if (!row.opens) continue;
    text += "\n### `" + row.syntax.describe() + "`\n\n" + std::string(row.help) + "\n";
    addTable(*row.opens, text);
  }
  return text;
}

}  // namespace sluice
