// SPDX-License-Identifier: Apache-2.0
// Patterns come from users and run in the appliance: RE2 takes time linear in the text.
#include "mgmt/schema/filter.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "firmware/control/tokenizer.h"
#include "mgmt/schema/matcher.h"

namespace sluice::mgmt {

namespace {

struct Row {
  Filter::Type type;
  Syntax syntax;
  std::string_view help;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {Filter::Type::kInclude, Syntax("include <pattern:text>"), "Only lines that match"},
      {Filter::Type::kExclude, Syntax("exclude <pattern:text>"), "Only lines that do not match"},
      {Filter::Type::kBegin, Syntax("begin <pattern:text>"), "From the first line that matches on"},
      {Filter::Type::kSection, Syntax("section <pattern:text>"),
       "Blocks whose first line matches, with their indented lines"},
      {Filter::Type::kCount, Syntax("count"), "How many lines there are"},
      {Filter::Type::kFirst, Syntax("first <lines:1..1000000>"), "So many lines from the start"},
      {Filter::Type::kLast, Syntax("last <lines:1..1000000>"), "So many lines from the end"},
      {Filter::Type::kJson, Syntax("json"), "As JSON, numbers in base units"},
      {Filter::Type::kNoMore, Syntax("no-more"), "Without stopping at every page"}};
  return table;
}

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string join(auto begin, auto end) {
  std::string text;
  for (; begin != end; ++begin) text += std::string(*begin) + "\n";
  return text;
}

std::string sections(const std::vector<std::string_view>& lines, const RE2& pattern) {
  std::string text;
  bool inside = false;
  for (const std::string_view line : lines) {
    if (!line.starts_with(' '))
      inside = RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), pattern);
    if (inside) text += std::string(line) + "\n";
  }
  return text;
}

}  // namespace

const Grammar& filterGrammar() {
  static const Grammar grammar = [] {
    Grammar result;
    for (size_t i = 0; i < rows().size(); ++i) {
      result.entries.push_back({&rows()[i].syntax, rows()[i].help, i});
    }
    return result;
  }();
  return grammar;
}

PipedLine splitPipes(std::string_view line) {
  PipedLine result;
  bool quotes = false;
  size_t begin = 0;
  bool first = true;
  const auto cut = [&](size_t end) {
    const std::string_view part = line.substr(begin, end - begin);
    if (first) {
      result.command = part;
    } else {
      result.filters.push_back(part);
    }
    first = false;
    begin = end + 1;
  };
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\\' && quotes) {
      ++at;
    } else if (line[at] == '"') {
      quotes = !quotes;
    } else if (line[at] == '|' && !quotes && (at == 0 || line[at - 1] == ' ')) {
      cut(at);
    }
  }
  cut(line.size());
  return result;
}

FilterParse parseFilter(std::string_view text) {
  FilterParse result;
  const TokenizedLine tokenized = tokenize(text);
  const Match match =
      tokenized.error.empty() ? matchLine(filterGrammar(), tokenized.tokens) : Match{};
  if (match.status != Match::Status::kMatched) {
    result.column = tokenized.error.empty() ? match.column : tokenized.error_column;
    result.error = match.status == Match::Status::kIncomplete
                       ? "% Incomplete command."
                       : "% Invalid input detected at '^' marker.";
    if (!match.detail.empty()) result.error += "\n  " + match.detail;
    return result;
  }
  result.filter.type = rows()[match.entry->id].type;
  if (match.args.has("pattern")) result.filter.pattern = match.args.get<std::string>("pattern");
  const std::string& pattern = result.filter.pattern;
  if (pattern.size() >= 2 && pattern.front() == '"' && pattern.back() == '"') {
    result.filter.pattern = pattern.substr(1, pattern.size() - 2);
  }
  result.filter.lines = match.args.number("lines");
  return result;
}

Result<std::string> applyFilter(const Filter& filter, std::string_view text) {
  const std::vector<std::string_view> lines = linesOf(text);
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  const RE2 pattern(filter.pattern, options);
  if (!pattern.ok())
    return Error{ErrorCode::kInvalidInput, "bad regular expression: " + pattern.error()};
  const auto matches = [&](std::string_view line) {
    return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), pattern);
  };
  std::vector<std::string_view> kept;
  switch (filter.type) {
    case Filter::Type::kInclude:
      std::copy_if(lines.begin(), lines.end(), std::back_inserter(kept), matches);
      return join(kept.begin(), kept.end());
    case Filter::Type::kExclude:
      std::copy_if(lines.begin(), lines.end(), std::back_inserter(kept), std::not_fn(matches));
      return join(kept.begin(), kept.end());
    case Filter::Type::kBegin:
      return join(std::find_if(lines.begin(), lines.end(), matches), lines.end());
    case Filter::Type::kSection:
      return sections(lines, pattern);
    case Filter::Type::kCount:
      return "Count: " + std::to_string(lines.size()) + " lines\n";
    case Filter::Type::kFirst:
      return join(lines.begin(),
                  lines.begin() + static_cast<ptrdiff_t>(std::min(filter.lines, lines.size())));
    case Filter::Type::kLast:
      return join(lines.end() - static_cast<ptrdiff_t>(std::min(filter.lines, lines.size())),
                  lines.end());
    case Filter::Type::kJson:
    case Filter::Type::kNoMore:
      break;
  }
  return std::string(text);
}

}  // namespace sluice::mgmt
