// SPDX-License-Identifier: Apache-2.0
// What may be typed at a prompt, as data: one entry per command or statement. Matcher, completion,
// help and reference pages all walk it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/control/config_syntax.h"

namespace sluice::mgmt {

struct GrammarEntry {
  const Syntax* syntax = nullptr;  // outlives the grammar
  std::string_view help;           // of the entry as a whole
  size_t id = 0;                   // for the owner: a row of its table
};

// A place where the name of an object may stand.
struct NameQuery {
  std::string_view path;  // the keywords before it: "show pools"
  std::string_view key;   // of the value: "pool"
  const Args& so_far;
};

struct Grammar {
  std::vector<GrammarEntry> entries;
  // One line about a word that several entries begin with ("show"), or that an option begins with
  // ("detail"), by the words up to it: "show", "clear counters". Empty: none.
  std::function<std::string_view(std::string_view path)> word_help;
  // Names that exist. Absent: none.
  std::function<std::vector<std::string>(const NameQuery& query)> names;
};

}  // namespace sluice::mgmt
