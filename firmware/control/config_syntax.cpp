// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/config_syntax.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace sluice {

Syntax::Syntax(std::string_view text) : text_(text) {
  bool optional = false;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '[' || c == ']') {
      if (c == '[') groups_.push_back({});
      if (c != ' ') optional = c == '[';
      if (c == '[') groups_.back().optional = true;
      ++at;
      continue;
    }
    const size_t end =
        c == '<' ? text.find('>', at) : std::min(text.find_first_of(" ]", at), text.size());
    if (end == std::string_view::npos) std::abort();
    Item item;
    if (c == '<') {
      item.value = parseSpec(text.substr(at + 1, end - at - 1));
    } else {
      item.word = text.substr(at, end - at);
    }
    if (!optional) groups_.push_back({});
    groups_.back().items.push_back(std::move(item));
    at = c == '<' ? end + 1 : end;
  }
  for (const Group& group : groups_) {
    if (group.optional || group.items[0].word.empty()) break;
    words_.push_back(group.items[0].word);
  }
}

uint32_t Syntax::Cursor::column() const {
  if (!done()) return tokens[next].column;
  if (tokens.empty()) return 1;
  return tokens.back().column + static_cast<uint32_t>(tokens.back().text.size());
}

bool Syntax::starts(const Group& group, std::span<const Token> tokens) {
  if (tokens.empty()) return false;
  const Item& first = group.items[0];
  if (!first.word.empty()) return tokens[0].text == first.word;
  if (!first.value.choices.empty() || first.value.max == 0)
    return parseValue(first.value, tokens).error.empty();
  // A number out of range is still meant for this place.
  return std::isdigit(static_cast<unsigned char>(tokens[0].text[0])) != 0;
}

size_t Syntax::wordsMatched(std::span<const Token> tokens) const {
  size_t count = 0;
  while (count < words_.size() && count < tokens.size() && words_[count] == tokens[count].text)
    ++count;
  return count;
}

bool Syntax::matchGroup(const Group& group, Cursor& cursor, MatchResult& result) const {
  const std::string* word = nullptr;
  for (const Item& item : group.items) {
    result.column = cursor.column();
    if (!item.word.empty()) {
      if (cursor.done()) {
        result.error = "incomplete statement; expected '" + item.word + "'";
      } else if (cursor.tokens[cursor.next].text != item.word) {
        result.error = "unexpected " + quoted(cursor.tokens[cursor.next].text) + "; expected '" +
                       item.word + "'";
      }
      if (!result.error.empty()) return false;
      word = &item.word;
      ++cursor.next;
      continue;
    }
    if (cursor.done()) {
      const std::string& subject = word != nullptr  ? *word
                                   : words_.empty() ? item.value.key
                                                    : words_.back();
      result.error = "'" + subject + "' needs a value; expected " + item.value.expected();
      return false;
    }
    ParsedValue parsed = parseValue(item.value, cursor.tokens.subspan(cursor.next));
    if (!parsed.error.empty()) {
      result.error = std::move(parsed.error);
      return false;
    }
    result.args.add(item.value.key, std::move(parsed.value), cursor.column());
    cursor.next += parsed.tokens;
  }
  return true;
}

MatchResult Syntax::match(std::span<const Token> tokens) const {
  MatchResult result;
  Cursor cursor{tokens};
  size_t g = 0;
  while (g < groups_.size()) {
    if (!groups_[g].optional) {
      if (!matchGroup(groups_[g], cursor, result)) return result;
      ++g;
      continue;
    }
    size_t end = g;
    while (end < groups_.size() && groups_[end].optional) ++end;
    std::vector<bool> used(end - g);
    for (bool progress = true; progress && !cursor.done();) {
      progress = false;
      for (size_t i = g; i < end && !progress && !cursor.done(); ++i) {
        if (used[i - g] || !starts(groups_[i], tokens.subspan(cursor.next))) continue;
        if (!matchGroup(groups_[i], cursor, result)) return result;
        used[i - g] = progress = true;
      }
    }
    if (!cursor.done() && end == groups_.size()) break;
    g = end;
  }
  if (!cursor.done()) {
    result.column = cursor.column();
    const std::string rest = expectedFrom(g);
    result.error = "unexpected " + quoted(tokens[cursor.next].text) + "; expected " +
                   (rest.empty() ? "end of line" : rest + " or end of line");
  }
  return result;
}

std::string Syntax::expectedFrom(size_t group) const {
  std::string text;
  for (; group < groups_.size() && groups_[group].optional; ++group) {
    const Item& first = groups_[group].items[0];
    if (!text.empty()) text += ", ";
    text += !first.word.empty() ? first.word : first.value.expected();
  }
  return text;
}

std::string Syntax::print(const Args& args) const {
  std::string text;
  for (const Group& group : groups_) {
    const auto missing = [&](const Item& item) {
      return item.word.empty() && !args.has(item.value.key);
    };
    if (std::any_of(group.items.begin(), group.items.end(), missing)) continue;
    for (const Item& item : group.items) {
      if (!text.empty()) text += ' ';
      text += !item.word.empty() ? item.word : item.value.format(*args.value(item.value.key));
    }
  }
  return text;
}

void Syntax::describe(const Group& group, std::string& text) {
  for (const Item& item : group.items) {
    if (!text.empty() && text.back() != '[') text += ' ';
    if (!item.word.empty()) {
      text += item.word;
    } else if (!item.value.choices.empty()) {
      for (size_t i = 0; i < item.value.choices.size(); ++i)
        text += (i > 0 ? "|" : "") + item.value.choices[i];
    } else {
      for (const char c : item.value.key)
        text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
}

std::string Syntax::describe() const {
  std::string text;
  for (const Group& group : groups_) {
    if (group.optional) text += text.empty() ? "[" : " [";
    describe(group, text);
    if (group.optional) text += ']';
  }
  return text;
}

std::vector<const ValueSpec*> Syntax::values() const {
  std::vector<const ValueSpec*> specs;
  for (const Group& group : groups_) {
    for (const Item& item : group.items) {
      if (item.word.empty()) specs.push_back(&item.value);
    }
  }
  return specs;
}

std::string Syntax::firstKey() const {
  const auto specs = values();
  return specs.empty() ? "" : specs[0]->key;
}

}  // namespace sluice
