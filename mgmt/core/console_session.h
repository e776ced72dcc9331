// SPDX-License-Identifier: Apache-2.0
// One user at the console: takes lines, gives text. Knows no terminal and no socket.
//
// Failures are one line that begins with "% " in the words that automation knows from other
// appliances (% Invalid input detected, % Incomplete command, % Ambiguous command, % Error:),
// details indented below it. Lines are untrusted.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mgmt/core/config_editor.h"
#include "mgmt/core/console.h"
#include "mgmt/core/roles.h"
#include "mgmt/schema/filter.h"

namespace sluice::mgmt {

// As the exit status of `console -c`.
enum class LineStatus { kDone = 0, kFailed = 1, kNotUnderstood = 2, kInvalidConfiguration = 4 };

struct LineAnswer {
  std::string output;  // whole lines
  LineStatus status = LineStatus::kDone;
  bool page = true;    // stop at every page of a terminal
  bool leave = false;  // the session is over
};

struct CompletionAnswer {
  std::string insert;  // at the cursor
  std::string list;    // what there is to choose from; whole lines
};

struct Terminal {
  size_t width = 80;
  size_t length = 24;        // 0: no paging
  bool interactive = false;  // the typed line is on the screen, after the prompt
};

class ConsoleSession {
 public:
  // A configuration that is being edited.
  struct Edit {
    ConfigEditor editor;
    std::string name;        // of the session; may be empty
    bool immediate = false;  // `configure terminal`: leaving commits
  };

  ConsoleSession(Console& console, ConsoleUser user);
  ~ConsoleSession();
  ConsoleSession(const ConsoleSession&) = delete;
  ConsoleSession& operator=(const ConsoleSession&) = delete;

  LineAnswer execute(std::string_view line);
  // What Tab does with a line up to the cursor.
  CompletionAnswer complete(std::string_view line) const;
  // What `?` shows for it.
  std::string help(std::string_view line) const;
  // Without a blank after it: sluice(config-s-web*-pool-app)#
  std::string prompt() const;
  // A line to be shown before the prompt; empty: none.
  std::string notice() const;

  // For commands.
  Console& console() { return console_; }
  ManagedAppliance& appliance() { return console_.appliance(); }
  ConfigManager& manager() { return console_.manager(); }
  const std::string& user() const { return user_.name; }
  std::string who() const { return user_.name + " (console)"; }
  // As it is now: a commit may change it.
  User::Role role() const { return roleOf(user_, console_.appliance().config()); }
  WallTime since() const { return since_; }
  std::unique_ptr<Edit>& edit() { return edit_; }
  const std::unique_ptr<Edit>& edit() const { return edit_; }
  Terminal& terminal() { return terminal_; }
  const std::vector<std::string>& history() const { return history_; }
  void leave() { leave_ = true; }

 private:
  struct Found {
    Match match;
    const Command* command = nullptr;
    Block block = Block::kTop;  // of a statement
  };
  Grammar grammar(CommandMode mode, std::optional<Block> block) const;
  std::vector<Grammar> grammars(std::string_view line) const;
  Found find(std::string_view line) const;
  Completion completion(std::string_view line) const;
  LineAnswer run(std::string_view line);
  // As if no configuration were being edited.
  LineAnswer runOutside(std::string_view line);
  LineAnswer runStatement(const Found& found, std::string_view line);
  LineAnswer runCommand(const Command& command, const Args& args, const PipedLine& piped,
                        std::string_view line);
  // What the user may not do; empty: they may.
  std::string forbids(const Command& command) const;
  LineAnswer refuse(const Match& match, std::string_view line) const;
  std::string pointAt(std::string_view line, uint32_t column) const;
  std::vector<std::string> names(const NameQuery& query) const;

  Console& console_;
  ConsoleUser user_;
  WallTime since_;
  std::unique_ptr<Edit> edit_;
  Terminal terminal_;
  std::vector<std::string> history_;
  size_t prompt_width_ = 0;
  bool leave_ = false;
};

}  // namespace sluice::mgmt
