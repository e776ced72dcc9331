// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/tokenizer.h"

#include <algorithm>
#include <numeric>

#include "firmware/control/config_text.h"

namespace sluice {

namespace {

// Where the token that starts at `begin` ends; npos if a quote is not closed.
size_t tokenEnd(std::string_view line, size_t begin) {
  if (line[begin] != '"') return std::min(line.find_first_of(" \t", begin), line.size());
  for (size_t at = begin + 1; at < line.size(); ++at) {
    if (line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

TokenizedLine tokenize(std::string_view line) {
  TokenizedLine result;
  const auto fail = [&](size_t at, std::string message) {
    result.error = std::move(message);
    result.error_column = static_cast<uint32_t>(at + 1);
    result.tokens.clear();
    return result;
  };
  if (line.size() > kMaxLineBytes) return fail(kMaxLineBytes, "the line is longer than 4096 bytes");
  const auto control = std::find_if(line.begin(), line.end(), [](unsigned char c) {
    return (c < ' ' && c != '\t') || c == 0x7f;
  });
  if (control != line.end()) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto c = static_cast<unsigned char>(*control);
    return fail(static_cast<size_t>(control - line.begin()),
                std::string("control character 0x") + kDigits[c >> 4] + kDigits[c & 15]);
  }
  for (size_t at = 0;;) {
    at = line.find_first_not_of(" \t", at);
    if (at == std::string_view::npos) return result;
    if (line[at] == '#' || line[at] == '!') {
      const bool lone = line.find_first_not_of(" \t", at + 1) == std::string_view::npos;
      result.separator = line[at] == '!' && lone && result.tokens.empty();
      return result;
    }
    const size_t end = tokenEnd(line, at);
    if (end == std::string_view::npos) return fail(at, "the quote is not closed");
    result.tokens.push_back({line.substr(at, end - at), static_cast<uint32_t>(at + 1)});
    at = end;
  }
}

std::string closest(std::string_view text, const std::vector<std::string>& words) {
  std::string best;
  size_t best_distance = 3;
  if (text.size() > 40) return best;
  for (const std::string& word : words) {
    const size_t distance = editDistance(text, word);
    if (distance < best_distance && 2 * distance < word.size()) {
      best = word;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace sluice
