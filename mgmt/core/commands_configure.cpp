// SPDX-License-Identifier: Apache-2.0
// Commands that change the configuration: sessions, commit, confirm, rollback.
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"

namespace sluice::mgmt {

namespace {

constexpr uint32_t kConfirmMinutes = 10;

Result<Report> begin(ConsoleSession& session, const std::string& name, bool immediate) {
  session.edit() = std::make_unique<ConsoleSession::Edit>(
      ConsoleSession::Edit{ConfigEditor(session.manager().running()), name, immediate});
  return Report{};
}

Result<Report> configure(ConsoleSession& session, const Args& args) {
  return begin(session, textArg(args, "name"), false);
}

Result<Report> configureTerminal(ConsoleSession& session, const Args&) {
  return begin(session, "", true);
}

std::string warningText(const CommitResult& result) {
  std::string text;
  for (const std::string& warning : result.warnings) text += "% Warning: " + warning + "\n";
  if (result.merged) text += "Merged with what was committed since this session began.\n";
  return text;
}

Result<Report> commitReport(ConsoleSession& session, const CommitOptions& options) {
  ConfigEditor& editor = session.edit()->editor;
  const auto result = session.manager().commit(editor.base(), editor.candidate(), options);
  if (!result)
    return Error{result.error().code,
                 "commit failed, nothing was applied: " + result.error().message};
  std::string text = warningText(*result);
  const std::string number = std::to_string(result->revision);
  if (result->changed) {
    text += "commit complete: revision " + number + "\n";
  } else {
    text += result->confirmed ? "confirmed: revision " + number + "\n" : "no changes to commit\n";
  }
  if (result->changed && options.confirm_within.count() != 0) {
    text += "commit confirmed will be automatically rolled back in " +
            std::to_string(options.confirm_within.count()) + " minutes unless confirmed\n";
  }
  editor.setBase(session.manager().running());
  if (result->changed) editor.setCandidate(session.manager().running());
  return Report{Text{"message", text}};
}

Result<Report> commit(ConsoleSession& session, const Args& args) {
  return commitReport(session, {session.who(), textArg(args, "comment"), {}});
}

Result<Report> commitConfirmed(ConsoleSession& session, const Args& args) {
  return commitReport(session, {session.who(), textArg(args, "comment"),
                                std::chrono::minutes(args.number("minutes", kConfirmMinutes))});
}

Result<Report> commitCheck(ConsoleSession& session, const Args&) {
  const ConfigEditor& editor = session.edit()->editor;
  const auto result = session.manager().check(editor.base(), editor.candidate());
  if (!result) return Error{result.error().code, "check failed: " + result.error().message};
  return Report{Text{"message", warningText(*result) + "configuration check succeeds\n"}};
}

// Out of the configuration, if that loses nothing.
Result<Report> finish(ConsoleSession& session) {
  if (session.edit()->immediate && session.edit()->editor.changed()) {
    auto done = commitReport(session, {session.who(), "configure terminal", {}});
    if (!done) return done;
    session.edit().reset();
    // As on other appliances: silent but for warnings.
    const auto& text = std::get<Text>(done->back()).text;
    return text.starts_with('%') ? done : Result<Report>(Report{});
  }
  if (session.edit()->editor.changed()) {
    return Error{ErrorCode::kInvalidInput,
                 "there are uncommitted changes: 'commit' them, or 'abort' to lose them"};
  }
  session.edit().reset();
  return Report{};
}

Result<Report> exitConfig(ConsoleSession& session, const Args&) {
  if (session.edit()->editor.block() == Block::kTop) return finish(session);
  session.edit()->editor.leaveBlock();
  return Report{};
}

Result<Report> end(ConsoleSession& session, const Args&) { return finish(session); }

Result<Report> top(ConsoleSession& session, const Args&) {
  session.edit()->editor.leaveBlock();
  return Report{};
}

Result<Report> abortConfig(ConsoleSession& session, const Args&) {
  session.edit().reset();
  return Report{};
}

Result<Report> rollback(ConsoleSession& session, const Args& args) {
  ConfigEditor& editor = session.edit()->editor;
  const uint64_t back = args.number("number"), head = session.manager().head();
  if (back == 0) {
    editor.setBase(session.manager().running());
    editor.setCandidate(session.manager().running());
    return Report{};
  }
  if (back >= head) {
    return Error{ErrorCode::kNotFound,
                 "there are " + std::to_string(head) + " revisions; 'show revisions' lists them"};
  }
  auto config = session.manager().revisionConfig(head - back);
  if (!config) return config.error();
  editor.setBase(session.manager().running());
  editor.setCandidate(std::move(*config));
  return say("Revision " + std::to_string(head - back) +
             " is the candidate; 'compare' shows it, 'commit' makes it run");
}

Result<Report> rebase(ConsoleSession& session, const Args&) {
  ConfigEditor& editor = session.edit()->editor;
  auto merged = session.manager().rebased(editor.base(), editor.candidate());
  editor.setBase(session.manager().running());
  editor.setCandidate(std::move(merged.config));
  std::string text;
  for (const std::string& path : merged.lost)
    text += "% Warning: taken as committed: " + path + "\n";
  return Report{Text{"message", text + "The candidate is based on revision " +
                                    std::to_string(session.manager().head()) + ".\n"}};
}

Result<Report> confirm(ConsoleSession& session, const Args&) {
  const auto done = session.manager().confirm(session.who());
  if (!done) return done.error();
  if (!*done) return Error{ErrorCode::kNotFound, "nothing waits to be confirmed"};
  return say("confirmed: revision " + std::to_string(session.manager().head()));
}

Result<Report> rollbackPending(ConsoleSession& session, const Args&) {
  const auto done = session.manager().cancelPending(session.who());
  if (!done) return done.error();
  if (!*done) return Error{ErrorCode::kNotFound, "nothing waits to be confirmed"};
  return say("taken back: revision " + std::to_string(session.manager().head()) + " is running");
}

Result<Report> alreadyStored(ConsoleSession&, const Args&) { return say("[OK]"); }

}  // namespace

void addConfigureCommands(std::vector<Command>& table) {
  constexpr CommandMode kExec = CommandMode::kExec, kConfig = CommandMode::kConfig,
                        kAny = CommandMode::kAny;
  add(table, kExec, "configure [session <name:name>]",
      "Change the configuration in a private session. Nothing happens before `commit`; the name "
      "only shows in the prompt.",
      configure);
  add(table, kExec, "configure terminal",
      "Change the configuration as on other appliances: leaving commits. Leaving is refused, with "
      "the reasons, while the changes are not valid.",
      configureTerminal);
  add(table, kConfig, "commit [comment <comment:text>]",
      "Make the candidate the running configuration: one atomic step, stored as a revision.",
      commit);
  add(table, kConfig, "commit confirmed [<minutes:1..1440>] [comment <comment:text>]",
      "Commit, and go back by itself after 10 minutes, or so many, unless confirmed.",
      commitConfirmed);
  add(table, kConfig, "commit check", "Say what commit would, without any effect.", commitCheck);
  add(table, kAny, "commit confirm", "Keep what was committed with `commit confirmed`.", confirm);
  add(table, kAny, "rollback pending", "Take back what was committed with `commit confirmed`.",
      rollbackPending);
  add(table, kConfig, "rollback <number:0..49>",
      "Make the revision that many commits ago the candidate. 0 is the running one: the session's "
      "changes are lost.",
      rollback);
  add(table, kConfig, "rebase",
      "Bring what others committed since this session began into the candidate. Where both "
      "changed the same, theirs is taken and said.",
      rebase);
  addForAll(table, kConfig, "top", "Leave the block.", top);
  addForAll(table, kConfig, "exit", "Leave the block, or the configuration session.", exitConfig);
  addForAll(table, kConfig, "end", "Leave the configuration session.", end);
  addForAll(table, kConfig, "abort", "Leave the configuration session; its changes are lost.",
            abortConfig);
  addForAll(table, kConfig, "do <command:text>", "Run a command as outside of the session.",
            [](ConsoleSession&, const Args&) { return Result<Report>(Report{}); });
  add(table, kAny, "write [memory]", "Nothing to do: every commit is stored.", alreadyStored);
  add(table, kAny, "copy running-config startup-config", "Nothing to do: every commit is stored.",
      alreadyStored);
}

}  // namespace sluice::mgmt
