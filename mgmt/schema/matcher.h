// SPDX-License-Identifier: Apache-2.0
// Finds what a typed line means in a grammar: whole words and their unambiguous beginnings, values
// and names; and what may come next at any place of it.
//
// At the same place a whole keyword wins over everything, the whole name of an object over the
// beginning of a keyword, and the beginning of a keyword over other values. Keywords are taken in
// upper case, too. Lines are untrusted: any bytes give an answer in time linear in the line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mgmt/schema/grammar.h"

namespace sluice::mgmt {

struct Match {
  enum class Status { kMatched, kIncomplete, kAmbiguous, kInvalid };
  Status status = Status::kInvalid;
  const GrammarEntry* entry = nullptr;  // kMatched
  Args args;                            // kMatched
  std::string canonical;                // kMatched: the line with words written out
  size_t tokens = 0;                    // that were understood
  uint32_t column = 0;                  // of the error, from 1
  // What is wrong and what would be right; empty if there is nothing to add to the status.
  std::string detail;
  std::vector<std::string> candidates;  // kAmbiguous: the words it may be
};

Match matchLine(const Grammar& grammar, std::span<const Token> tokens);

// A word or value that may come next.
struct Candidate {
  std::string text;  // the word, the name of an object, or NAME for any value
  std::string help;
  bool literal = true;  // `text` can be inserted as it stands
  bool operator==(const Candidate&) const = default;
};

struct Completion {
  std::vector<Candidate> candidates;               // in the order of the grammar, names sorted
  bool complete = false;                           // the line may end here
  Match::Status status = Match::Status::kMatched;  // of the words before the last
  uint32_t column = 0;                             // of an error in them
  std::string word;                                // the last one, as far as it is typed
};

// For a line up to the cursor. A line that ends in a blank asks for the next word, another one for
// completions of its last.
Completion completeLine(const Grammar& grammar, std::string_view line);

}  // namespace sluice::mgmt
