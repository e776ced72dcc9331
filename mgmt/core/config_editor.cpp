// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/config_editor.h"

#include <array>
#include <deque>

#include "firmware/control/config_text.h"
#include "firmware/control/tokenizer.h"

namespace sluice::mgmt {

namespace {

constexpr size_t kBlocks = static_cast<size_t>(Block::kVirtual) + 1;

// Words that several statements begin with.
std::string_view wordHelp(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kHelp[] = {
      {"no", "Take a statement back"},
      {"rate-limit", "Most packets, bits or new connections per second"},
      {"punt-rate", "Most packets per second to the CPU port, by cause"},
      {"hash", "The hash that dispatches connections"},
      {"tunnel", "Tunnels to members"},
      {"access-list", "Rules for packets as they arrive"},
  };
  for (const auto& [word, help] : kHelp) {
    if (path == word) return help;
  }
  return "";
}

struct BlockGrammar {
  std::deque<Syntax> negations;
  Grammar grammar;
};

BlockGrammar makeGrammar(Block block) {
  BlockGrammar result;
  const std::vector<Statement>& rows = statements();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].block == block)
      result.grammar.entries.push_back({&rows[i].syntax, rows[i].help, 2 * i});
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].block != block || !rows[i].no_syntax) continue;
    std::string text = "no";
    if (rows[i].no_syntax->groups().empty()) {
      for (const std::string& word : rows[i].syntax.words()) text += " " + word;
    } else {
      text += " " + rows[i].no_syntax->text();
    }
    result.negations.emplace_back(text);
    result.grammar.entries.push_back({&result.negations.back(), rows[i].help, 2 * i + 1});
  }
  result.grammar.word_help = wordHelp;
  return result;
}

}  // namespace

const Grammar& statementGrammar(Block block) {
  static const std::array<BlockGrammar, kBlocks> grammars = [] {
    std::array<BlockGrammar, kBlocks> all;
    for (size_t i = 0; i < kBlocks; ++i) all[i] = makeGrammar(static_cast<Block>(i));
    return all;
  }();
  return grammars[static_cast<size_t>(block)].grammar;
}

void ConfigEditor::leaveBlock() {
  block_ = Block::kTop;
  block_line_.clear();
  indented_ = false;
}

void ConfigEditor::setCandidate(Config config) {
  candidate_ = std::move(config);
  leaveBlock();
}

std::vector<Block> ConfigEditor::blocksFor(std::string_view line) const {
  if (block_ == Block::kTop) return {Block::kTop};
  if (indented_ && !line.starts_with(' ') && !line.starts_with('\t')) return {Block::kTop, block_};
  return {block_, Block::kTop};
}

bool ConfigEditor::isSeparator(std::string_view line) const { return tokenize(line).separator; }

Result<void> ConfigEditor::apply(Block block, const Match& match, std::string_view line) {
  const Statement& statement = statements()[match.entry->id / 2];
  const bool negation = match.entry->id % 2 == 1;
  const bool inside = block != Block::kTop;
  const std::string text =
      inside ? block_line_ + "\n  " + match.canonical + "\n" : match.canonical + "\n";
  ConfigParse parse = parseConfig(text, candidate_);
  if (!parse.ok()) return Error{ErrorCode::kInvalidInput, parse.diagnostics.front().message};
  candidate_ = std::move(parse.config);
  if (inside) {
    indented_ = line.starts_with(' ') || line.starts_with('\t');
    return {};
  }
  leaveBlock();
  if (statement.opens && !negation) {
    block_ = *statement.opens;
    block_line_ = match.canonical;
  }
  return {};
}

}  // namespace sluice::mgmt
