// SPDX-License-Identifier: Apache-2.0
// Commands that show configurations: the running one, the candidate, revisions, differences.
#include <algorithm>

#include "firmware/control/config_statements.h"
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"
#include "mgmt/core/config_tree.h"

namespace sluice::mgmt {

namespace {

// The words that statements outside blocks begin with.
const std::vector<std::string>& sectionWords() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> found;
    for (const Statement& row : statements()) {
      if (row.block != Block::kTop) continue;
      const std::string& word = row.syntax.words().front();
      if (std::find(found.begin(), found.end(), word) == found.end()) found.push_back(word);
    }
    return found;
  }();
  return words;
}

std::string sectionSyntax() {
  std::string text;
  for (const std::string& word : sectionWords()) text += (text.empty() ? "" : "|") + word;
  return "<section:" + text + ">";
}

Result<Report> configReport(const Config& config, const Args& args) {
  const std::string word = args.has("section") ? sectionWords()[args.number("section")] : "";
  const std::string text = configSection(config, word, textArg(args, "name"));
  if (text.empty() && args.has("name"))
    return Error{ErrorCode::kNotFound, "there is no " + word + " '" + textArg(args, "name") + "'"};
  return Report{Text{"config", text}};
}

Result<Report> showRunning(ConsoleSession& session, const Args& args) {
  return configReport(session.appliance().config(), args);
}

Result<Report> showCandidate(ConsoleSession& session, const Args& args) {
  return configReport(session.edit()->editor.candidate(), args);
}

Result<Report> showRevisions(ConsoleSession& session, const Args&) {
  auto revisions = session.manager().revisions();
  if (!revisions) return revisions.error();
  Table table{"revisions",
              "",
              {{"revision", "Revision", Kind::kNumber},
               {"back", "Rollback", Kind::kNumber, 1},
               {"time_ms", "Time", Kind::kTime},
               {"who", "Who"},
               {"state", "State", Kind::kText, 3},
               {"comment", "Comment", Kind::kText, 2}},
              {},
              ""};
  const auto& pending = session.manager().pending();
  const uint64_t head = session.manager().head();
  for (const Revision& row : *revisions) {
    const bool waits = pending && pending->revision == row.number;
    table.rows.push_back({row.number, head - row.number, row.time_ms, row.who,
                          waits                ? "to be confirmed"
                          : row.number == head ? "running"
                                               : "",
                          row.comment});
  }
  return Report{table};
}

Result<Report> showRevision(ConsoleSession& session, const Args& args) {
  auto revision = session.manager().revision(args.number("revision"));
  if (!revision) return revision.error();
  return Report{Text{"config", revision->config}};
}

Result<Report> diffReport(const Config& from, const Config& to) {
  const std::string text = configDiff(from, to);
  if (text.empty()) return Report{Text{"diff", ""}, Text{"", "No differences.\n"}};
  return Report{Text{"diff", text}};
}

Result<Report> diffRevisions(ConsoleSession& session, const Args& args) {
  auto from = session.manager().revisionConfig(args.number("from"));
  if (!from) return from.error();
  auto to = session.manager().revisionConfig(args.number("to"));
  if (!to) return to.error();
  return diffReport(*from, *to);
}

Result<Report> compare(ConsoleSession& session, const Args& args) {
  const ConfigEditor& editor = session.edit()->editor;
  if (!args.has("revision")) return diffReport(editor.base(), editor.candidate());
  auto from = session.manager().revisionConfig(args.number("revision"));
  if (!from) return from.error();
  return diffReport(*from, editor.candidate());
}

}  // namespace

void addRevisionCommands(std::vector<Command>& table) {
  constexpr CommandMode kAny = CommandMode::kAny, kConfig = CommandMode::kConfig;
  const std::string section = sectionSyntax();
  for (const char* word : {"running-config", "startup-config"}) {
    add(table, kAny, std::string("show ") + word + " [" + section + "]",
        "The running configuration, or one kind of statement of it. It can be pasted back. "
        "Every commit is stored: what runs is what starts.",
        showRunning);
    add(table, kAny, std::string("show ") + word + " " + section + " <name:name>",
        "One object of the running configuration.", showRunning);
  }
  add(table, CommandMode::kConfig, "show candidate [" + section + "]",
      "The configuration as it would be after commit.", showCandidate);
  add(table, kConfig, "show candidate " + section + " <name:name>", "One object of the candidate.",
      showCandidate);
  add(table, kAny, "show revisions", "Commits: when, by whom, why.", showRevisions);
  add(table, kAny, "show revisions <revision:1..4294967295>", "The configuration of a revision.",
      showRevision);
  add(table, kAny, "show revisions <from:1..4294967295> diff <to:1..4294967295>",
      "What changed from one revision to another.", diffRevisions);
  addForAll(table, kConfig, "compare [<revision:1..4294967295>]",
            "What this session changed, or how its candidate differs from a revision.", compare);
}

}  // namespace sluice::mgmt
