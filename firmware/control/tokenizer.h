// SPDX-License-Identifier: Apache-2.0
// A line of configuration text as tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/control/config_value.h"

namespace sluice {

struct TokenizedLine {
  std::vector<Token> tokens;  // views into the line
  bool separator = false;     // nothing but a lone '!'
  std::string error;          // empty: good
  uint32_t error_column = 0;
};

// Tokens are separated by blanks; "..." is one token, quotes included. A token that starts with #
// or ! begins a comment. Control characters other than tab are errors.
TokenizedLine tokenize(std::string_view line);

// The word that `text` is most likely a mistyping of, or "": edit distance of at most 2, and less
// than half the word.
std::string closest(std::string_view text, const std::vector<std::string>& words);

}  // namespace sluice
