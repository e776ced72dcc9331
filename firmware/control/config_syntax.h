// SPDX-License-Identifier: Apache-2.0
// The little language that statements are declared in, and the matcher and printer that follow it.
//
//   member <endpoint:endpoint> [ratio <ratio:1..255>] [limit <limit:0..1048575>]
//   [<admin:drain|disable>]
//
// Words stand for themselves, <key:type> for a value (config_value.h), [ ... ] may be left out;
// neighbouring [ ... ] may come in any order, each once. Syntaxes are part of the program: a
// malformed one aborts.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/control/config_value.h"

namespace sluice {

// Values of one statement by key.
class Args {
 public:
  Args() = default;
  Args(std::initializer_list<std::pair<std::string_view, Value>> values) {
    for (const auto& [key, value] : values) add(key, value);
  }

  void add(std::string_view key, Value value, uint32_t column = 0) {
    values_.push_back({std::string(key), std::move(value), column});
  }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  // The value of a key that is there (required in the syntax, or has() said so).
  template <typename T>
  const T& get(std::string_view key) const {
    return std::get<T>(find(key)->value);
  }
  uint32_t number(std::string_view key, uint32_t otherwise = 0) const {
    return has(key) ? static_cast<uint32_t>(get<uint64_t>(key)) : otherwise;
  }
  const Value* value(std::string_view key) const { return has(key) ? &find(key)->value : nullptr; }
  // Where the value stood in the line, from 1; 0 if unknown.
  uint32_t column(std::string_view key) const { return has(key) ? find(key)->column : 0; }

 private:
  struct Entry {
    std::string key;
    Value value;
    uint32_t column;
  };
  const Entry* find(std::string_view key) const {
    for (const Entry& entry : values_) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }
  std::vector<Entry> values_;
};

struct MatchResult {
  Args args;
  std::string error;    // empty: matched
  uint32_t column = 0;  // of the error
};

class Syntax {
 public:
  struct Item {
    std::string word;  // empty: a value
    ValueSpec value;
  };
  // Items that come together. Those that are not optional have one item.
  struct Group {
    bool optional = false;
    std::vector<Item> items;
  };

  explicit Syntax(std::string_view text);

  // As it was declared.
  const std::string& text() const { return text_; }
  const std::vector<Group>& groups() const { return groups_; }

  // Words at the start: "rate-limit packets". Empty if the syntax starts with a value.
  const std::vector<std::string>& words() const { return words_; }

  // How many of the words `tokens` start with.
  size_t wordsMatched(std::span<const Token> tokens) const;

  MatchResult match(std::span<const Token> tokens) const;

  // The canonical text of a statement with these values: the inverse of match().
  std::string print(const Args& args) const;

  // For people: member ENDPOINT [ratio N] ...; choices written out.
  std::string describe() const;

  // Each value's key and what it may be, for reference pages.
  std::vector<const ValueSpec*> values() const;

  // The key of the first value; "" if there is none.
  std::string firstKey() const;

 private:
  struct Cursor {
    std::span<const Token> tokens;
    size_t next = 0;
    bool done() const { return next >= tokens.size(); }
    uint32_t column() const;
  };

  static bool starts(const Group& group, std::span<const Token> tokens);
  static void describe(const Group& group, std::string& text);
  bool matchGroup(const Group& group, Cursor& cursor, MatchResult& result) const;
  std::string expectedFrom(size_t group) const;

  std::string text_;
  std::vector<Group> groups_;
  std::vector<std::string> words_;
};

}  // namespace sluice
