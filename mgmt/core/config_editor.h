// SPDX-License-Identifier: Apache-2.0
// A candidate configuration that is typed line by line, as in a configuration file: statements,
// `no`, blocks that are entered and left.
//
// Words may be abbreviated. A line that is indented belongs to the open block; one that is not may
// also start something outside of it, so that what `show running-config` prints can be pasted.
#pragma once

#include <string>
#include <string_view>

#include "firmware/base/result.h"
#include "firmware/control/config.h"
#include "firmware/control/config_statements.h"
#include "mgmt/schema/matcher.h"

namespace sluice::mgmt {

// What may be typed in a block: its statements, and each with `no` where that is possible. Ids are
// 2 * row of statements(), + 1 with `no`.
const Grammar& statementGrammar(Block block);

class ConfigEditor {
 public:
  explicit ConfigEditor(const Config& running) : base_(running), candidate_(running) {}

  const Config& base() const { return base_; }
  const Config& candidate() const { return candidate_; }
  bool changed() const { return !(base_ == candidate_); }
  // The line that opened the block; empty: outside.
  const std::string& blockLine() const { return block_line_; }
  Block block() const { return block_; }
  void leaveBlock();

  void setCandidate(Config config);
  // What the candidate is now the same as, or is compared with.
  void setBase(const Config& config) { base_ = config; }

  // The blocks whose statements a line may start with, in the order in which they are tried.
  std::vector<Block> blocksFor(std::string_view line) const;
  // A lone `!` leaves the block; comments and empty lines do nothing.
  bool isSeparator(std::string_view line) const;

  // Takes over a statement that matched in statementGrammar(block). Errors say what is wrong with
  // it in one line; nothing changed then.
  Result<void> apply(Block block, const Match& match, std::string_view line);

 private:
  Config base_, candidate_;
  Block block_ = Block::kTop;
  std::string block_line_;
  bool indented_ = false;  // the last line of the block was
};

}  // namespace sluice::mgmt
