// SPDX-License-Identifier: Apache-2.0
// The line by line reader of configuration text: finds each line's statement in the table and
// applies it.
#include <algorithm>
#include <utility>

#include "firmware/control/config_statements.h"
#include "firmware/control/config_text.h"
#include "firmware/control/tokenizer.h"

namespace sluice {

namespace {

using Tokens = std::span<const Token>;

struct Found {
  const Statement* statement = nullptr;
  size_t words = 0;  // matched, of a statement that did not match in full: `statement` is null
};

Found findStatement(Block block, Tokens tokens) {
  Found best;
  for (const Statement& row : statements()) {
    if (row.block != block || row.syntax.words().empty()) continue;
    const size_t matched = row.syntax.wordsMatched(tokens);
    const bool full = matched == row.syntax.words().size();
    if (full && (best.statement == nullptr || matched > best.words)) best = {&row, matched};
    if (best.statement == nullptr) best.words = std::max(best.words, matched);
  }
  return best;
}

const Statement* wordlessStatement(Block block) {
  for (const Statement& row : statements()) {
    if (row.block == block && row.syntax.words().empty()) return &row;
  }
  return nullptr;
}

// The words that may follow `tokens[0..matched)` in a block.
std::vector<std::string> nextWords(Block block, Tokens tokens, size_t matched) {
  std::vector<std::string> words;
  for (const Statement& row : statements()) {
    if (row.block != block || row.syntax.words().size() <= matched) continue;
    if (row.syntax.wordsMatched(tokens.first(matched)) != matched) continue;
    const std::string& word = row.syntax.words()[matched];
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

class Parser {
 public:
  explicit Parser(const Config& base) : context_(result_.config) {
    result_.config = base;
    context_.on_error = [this](uint32_t column, std::string message) {
      error(column, std::move(message));
    };
  }

  ConfigParse run(std::string_view text) {
    if (text.size() > kMaxTextBytes) {
      error(0, "the text is longer than 16 MiB");
      return std::move(result_);
    }
    while (!text.empty() && errors_ < kMaxErrors) {
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++context_.position.line;
      readLine(line);
    }
    return std::move(result_);
  }

 private:
  void readLine(std::string_view line) {
    context_.position.column = 1;
    TokenizedLine tokenized = tokenize(line);
    if (!tokenized.error.empty()) return error(tokenized.error_column, std::move(tokenized.error));
    Tokens tokens = tokenized.tokens;
    if (tokens.empty()) {
      if (tokenized.separator) leaveBlock();
      return;
    }
    context_.position.column = tokens[0].column;
    if (skip_below_ != 0 && tokens[0].column > skip_below_) return;
    skip_below_ = 0;
    if (tokens.size() == 1 && (tokens[0].text == "exit" || tokens[0].text == "end"))
      return leaveBlock();
    const bool negate = tokens[0].text == "no";
    if (negate) tokens = tokens.subspan(1);
    if (tokens.empty()) return error(3, "'no' needs a statement to take back");
    const Statement* statement = choose(tokens, context_.position.column);
    if (statement == nullptr) return unknown(tokens);
    if (negate) {
      takeBack(*statement, tokens);
    } else {
      apply(*statement, tokens);
    }
  }

  // The statement that a line means. A word that starts statements both here and at the top (pool,
  // monitor, timers) belongs to the block if the line is indented deeper than the block's first
  // line, or the block is not indented.
  const Statement* choose(Tokens tokens, uint32_t column) {
    const Statement* top = findStatement(Block::kTop, tokens).statement;
    if (block_ == Block::kTop) return top;
    const bool deeper = column > header_column_;
    const Statement* inner = findStatement(block_, tokens).statement;
    if (inner != nullptr && (top == nullptr || deeper || flat_)) {
      if (top == nullptr && !deeper) flat_ = true;
      return inner;
    }
    if (top != nullptr) {
      leaveBlock();
      return top;
    }
    const Statement* bare =
        findStatement(block_, tokens).words > 0 ? nullptr : wordlessStatement(block_);
    if (bare == nullptr || deeper || flat_) return bare;
    flat_ = bare->syntax.match(tokens).error.empty();
    return flat_ ? bare : nullptr;
  }

  void apply(const Statement& statement, Tokens tokens) {
    MatchResult match = statement.syntax.match(tokens);
    if (statement.opens) enterBlock(*statement.opens);
    if (!match.error.empty()) {
      if (statement.opens) useScratch();
      return error(match.column, std::move(match.error));
    }
    statement.apply(context_, match.args);
  }

  void takeBack(const Statement& statement, Tokens tokens) {
    if (!statement.no_syntax) return error(0, "'no' is not possible here");
    Args args;
    const bool anything =
        statement.no_syntax->words().empty() && statement.no_syntax->values().empty();
    if (!anything) {
      MatchResult match = statement.no_syntax->match(tokens);
      if (!match.error.empty()) return error(match.column, std::move(match.error));
      args = std::move(match.args);
    }
    if (statement.opens) leaveBlock();
    statement.remove(context_, args);
  }

  void unknown(Tokens tokens) {
    const bool inner =
        block_ != Block::kTop && (context_.position.column > header_column_ || flat_);
    const Block block = inner ? block_ : Block::kTop;
    const size_t matched = findStatement(block, tokens).words;
    const std::vector<std::string> words = nextWords(block, tokens, matched);
    if (!inner) skip_below_ = tokens[0].column;  // the lines of a block that nobody knows
    if (!inner) leaveBlock();
    if (matched == tokens.size()) {
      const Token& last = tokens.back();
      return error(last.column + static_cast<uint32_t>(last.text.size()),
                   "incomplete statement; expected " + joinOr(words));
    }
    const Token& token = tokens[matched];
    std::string message = matched == 0 ? "unknown statement " + quoted(token.text) + " in " +
                                             std::string(blockName(block))
                                       : "unknown " + quoted(token.text) + " after '" +
                                             std::string(tokens[matched - 1].text) + "'";
    const std::string close = closest(token.text, words);
    message += close.empty() ? "; expected " + joinOr(words) : "; did you mean '" + close + "'?";
    error(token.column, std::move(message));
  }

  void enterBlock(Block block) {
    block_ = block;
    header_column_ = context_.position.column;
    flat_ = false;
  }

  void leaveBlock() { block_ = Block::kTop; }

  // Lines of a block whose first line is wrong are read all the same, into objects that nobody
  // sees.
  void useScratch() {
    scratch_ = {};
    context_.objects = std::apply(
        [&](auto&... object) {
          return decltype(context_.objects){&object..., &result_.config.limits};
        },
        scratch_);
  }

  void error(uint32_t column, std::string message) {
    Position position = context_.position;
    if (column != 0) position.column = column;
    result_.diagnostics.push_back({Severity::kError, position, std::move(message)});
    if (++errors_ < kMaxErrors) return;
    result_.diagnostics.push_back({Severity::kError, {}, "too many errors; the rest was not read"});
  }

  ConfigParse result_;
  StatementContext context_;
  std::tuple<Timers, Interface, Monitor, CertificateFiles, TlsProfile, ServerTlsProfile,
             HttpProfile, DataGroup, HttpRule, Pool, SourcePool, Virtual>
      scratch_;
  Block block_ = Block::kTop;
  uint32_t header_column_ = 1;
  bool flat_ = false;        // lines of the open block are not indented
  uint32_t skip_below_ = 0;  // lines indented deeper are skipped; 0 = none
  size_t errors_ = 0;
};

}  // namespace

bool ConfigParse::ok() const {
  return std::none_of(diagnostics.begin(), diagnostics.end(),
                      [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

ConfigParse parseConfig(std::string_view text, const Config& base) {
  return Parser(base).run(text);
}

}  // namespace sluice
