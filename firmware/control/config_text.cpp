// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/config_text.h"

#include <algorithm>
#include <fstream>

#include "firmware/control/config_check.h"
#include "firmware/control/config_statements.h"

namespace sluice {

namespace {

void printBlock(StatementContext& context, Block block, std::string& text) {
  for (const Statement& row : statements()) {
    if (row.block != block) continue;
    const std::vector<Args> all = row.dump(context);
    for (size_t i = 0; i < all.size(); ++i) {
      if (block != Block::kTop) text += "  ";
      text += row.syntax.print(all[i]);
      text += '\n';
      if (!row.opens) continue;
      row.enter(context, i);
      printBlock(context, *row.opens, text);
    }
  }
}

std::string_view lineOf(std::string_view text, uint32_t line) {
  for (uint32_t i = 1; i < line; ++i) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// The line and a caret under the column, at most 100 characters of it around the caret.
std::string pointAt(std::string_view line, uint32_t column) {
  constexpr size_t kWidth = 100;
  const size_t caret = std::min<size_t>(column == 0 ? 0 : column - 1, line.size());
  const size_t begin = caret > kWidth - 20 ? caret - (kWidth - 20) : 0;
  std::string source = "  ";
  std::string marker = "  ";
  for (size_t i = begin; i < line.size() && i < begin + kWidth; ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    source += c < ' ' || c == 0x7f ? ' ' : line[i];
    // Bytes that continue a UTF-8 character take no column on the screen.
    if (i < caret && (c & 0xc0) != 0x80) marker += ' ';
  }
  source.erase(source.find_last_not_of(' ') + 1);
  return source + "\n" + marker + "^\n";
}

}  // namespace

std::string printConfig(const Config& config) {
  Config copy = config;  // entering blocks wants pointers to change; nothing is changed
  StatementContext context(copy);
  std::string text;
  printBlock(context, Block::kTop, text);
  return text;
}

std::string formatDiagnostics(std::span<const Diagnostic> diagnostics, std::string_view text,
                              std::string_view file) {
  std::string result;
  for (const Diagnostic& diagnostic : diagnostics) {
    const Position& at = diagnostic.position;
    result += file;
    if (at.line != 0) result += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
    result += diagnostic.severity == Severity::kWarning ? ": warning: " : ": ";
    result += diagnostic.message + "\n";
    if (at.line != 0) result += pointAt(lineOf(text, at.line), at.column);
  }
  return result;
}

Result<LoadedConfig> loadConfig(std::string_view text, std::string_view file) {
  ConfigParse parse = parseConfig(text);
  if (parse.ok()) {
    for (Diagnostic& diagnostic : checkConfig(parse.config))
      parse.diagnostics.push_back(std::move(diagnostic));
  }
  std::stable_partition(parse.diagnostics.begin(), parse.diagnostics.end(),
                        [](const Diagnostic& d) { return d.severity == Severity::kError; });
  std::string formatted = formatDiagnostics(parse.diagnostics, text, file);
  if (!parse.ok()) {
    if (formatted.ends_with('\n')) formatted.pop_back();
    return Error{ErrorCode::kInvalidInput, std::move(formatted)};
  }
  return LoadedConfig{std::move(parse.config), std::move(formatted), std::string(text)};
}

Result<LoadedConfig> loadConfigFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Error{ErrorCode::kIo, path + ": cannot be opened"};
  std::string text;
  char chunk[65'536];
  while (text.size() <= kMaxTextBytes &&
         (stream.read(chunk, sizeof chunk) || stream.gcount() > 0)) {
    text.append(chunk, static_cast<size_t>(stream.gcount()));
  }
  if (stream.bad()) return Error{ErrorCode::kIo, path + ": cannot be read"};
  return loadConfig(text, path);
}

}  // namespace sluice
