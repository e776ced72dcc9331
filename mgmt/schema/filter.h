// SPDX-License-Identifier: Apache-2.0
// What follows a command after `|`: filters of its output, lines at a time, and its form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"
#include "mgmt/schema/grammar.h"

namespace sluice::mgmt {

struct Filter {
  enum class Type { kInclude, kExclude, kBegin, kSection, kCount, kFirst, kLast, kNoMore, kJson };
  Type type = Type::kNoMore;
  std::string pattern;  // a regular expression in RE2's syntax
  size_t lines = 0;
};

const Grammar& filterGrammar();

// A command line cut at its pipes. Quoted bars, and bars inside a word, are not pipes.
struct PipedLine {
  std::string_view command;
  std::vector<std::string_view> filters;
};
PipedLine splitPipes(std::string_view line);

struct FilterParse {
  Filter filter;
  std::string error;  // a message that begins with %, empty: good
  uint32_t column = 0;
};
FilterParse parseFilter(std::string_view text);

// kInvalidInput: the pattern is no regular expression.
Result<std::string> applyFilter(const Filter& filter, std::string_view text);

}  // namespace sluice::mgmt
