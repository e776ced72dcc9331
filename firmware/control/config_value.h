// SPDX-License-Identifier: Apache-2.0
// Values of configuration statements: one row per type says how it is read, written and described
// to people.
//
// In a statement's syntax a value stands as <key:type>, with one of the type names of
// config_value.cpp, a range of numbers (<ratio:1..255>) or a choice of words
// (<action:permit|deny>), whose value is the index of the word.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "firmware/control/config.h"

namespace sluice {

using Value = std::variant<std::monostate, uint64_t, std::string, Quantity, IpAddress, IpPrefix,
                           Endpoint, MacAddress, Destination, Protocol, AclProtocol, AclVerdict,
                           AclSelector, PortRange, HashKey>;

struct Token {
  std::string_view text;
  uint32_t column = 0;  // from 1
};

struct ValueType;

// What stands in <...> of a syntax.
struct ValueSpec {
  std::string key;
  const ValueType* type = nullptr;
  uint64_t min = 0, max = 0;         // range
  std::vector<std::string> choices;  // choice

  // "expected 1 to 255", without the word "expected".
  std::string expected() const;
  std::string format(const Value& value) const;
};

// A value read, or what is wrong with the text.
struct ParsedValue {
  Value value;
  size_t tokens = 0;  // consumed
  std::string error;  // empty: good
};

// `spec_text` is what stands between < and >. Aborts on a type that does not exist: the table of
// statements is wrong.
ValueSpec parseSpec(std::string_view spec_text);

// Reads a value from the front of `tokens`, which is not empty and whose texts are parts of one
// line.
ParsedValue parseValue(const ValueSpec& spec, std::span<const Token> tokens);

// The text in quotes, for a message: shortened, control characters replaced.
std::string quoted(std::string_view text);

// "a, b or c"
std::string joinOr(std::span<const std::string> words);

}  // namespace sluice
