// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/console_session.h"

#include <algorithm>

#include "firmware/control/tokenizer.h"

namespace sluice::mgmt {

namespace {

constexpr size_t kHistory = 1000;
// Ids of statements in the grammar of a configuration session begin here.
constexpr size_t kStatements = 1 << 20;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

template <typename T>
std::vector<std::string> namesIn(const std::vector<T>& objects) {
  std::vector<std::string> names;
  for (const T& object : objects) names.push_back(object.name);
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Words and what they mean in two columns, the second one wrapped.
std::string twoColumns(const std::vector<Candidate>& candidates, size_t width) {
  size_t first = 0;
  for (const Candidate& candidate : candidates) first = std::max(first, candidate.text.size());
  first = std::min<size_t>(first, 28);
  const size_t room = std::max<size_t>(width, first + 34) - first - 4;
  std::string text;
  for (const Candidate& candidate : candidates) {
    std::string line = "  " + candidate.text;
    line += std::string(first + 2 - std::min(first + 2, line.size()), ' ');
    std::string_view help = candidate.help;
    while (help.size() > room) {
      size_t cut = help.rfind(' ', room);
      if (cut == std::string_view::npos || cut == 0) cut = room;
      text += line + "  " + std::string(help.substr(0, cut)) + "\n";
      line.assign(first + 2, ' ');
      help.remove_prefix(std::min(help.size(), cut + 1));
    }
    line += help.empty() ? "" : "  " + std::string(help);
    text += std::string(trimmed(line)) + "\n";
  }
  return text;
}

std::string commonPrefix(const std::vector<Candidate>& candidates) {
  std::string prefix = candidates.front().text;
  for (const Candidate& candidate : candidates) {
    const auto [end, other] =
        std::mismatch(prefix.begin(), prefix.end(), candidate.text.begin(), candidate.text.end());
    prefix.erase(end, prefix.end());
  }
  return prefix;
}

// Some words begin commands in one mode, and statements in the other.
bool beginsCommand(std::string_view path, CommandMode mode) {
  const std::string_view word = path.substr(0, path.find(' '));
  const std::vector<Command>& all = consoleCommands();
  return std::any_of(all.begin(), all.end(), [&](const Command& command) {
    return (command.mode == mode || command.mode == CommandMode::kAny) &&
           command.syntax.words().front() == word;
  });
}

LineStatus statusOf(const Error& error) {
  return error.code == ErrorCode::kInvalidInput ? LineStatus::kInvalidConfiguration
                                                : LineStatus::kFailed;
}

// "first line", and what follows indented.
std::string errorText(std::string_view message) {
  std::string text = "% Error: ";
  for (size_t i = 0; i < message.size(); ++i) {
    text += message[i];
    if (message[i] == '\n' && i + 1 < message.size() && message[i + 1] != ' ') text += "  ";
  }
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace

ConsoleSession::ConsoleSession(Console& console, ConsoleUser user)
    : console_(console), user_(std::move(user)), since_(console.appliance().now()) {
  console_.sessions().insert(this);
}

ConsoleSession::~ConsoleSession() { console_.sessions().erase(this); }

std::string ConsoleSession::prompt() const {
  std::string text = *console_.appliance().config().hostname;
  if (!edit_) return text + "#";
  text += edit_->immediate ? "(config" : "(config-s";
  if (!edit_->name.empty()) text += "-" + edit_->name;
  if (!edit_->immediate && edit_->editor.changed()) text += "*";
  for (const char c : edit_->editor.blockLine().empty() ? "" : "-" + edit_->editor.blockLine()) {
    text += c == ' ' ? '-' : c;
  }
  return text + ")#";
}

std::string ConsoleSession::notice() const {
  const auto& pending = console_.manager().pending();
  if (!pending) return "";
  const int64_t left = std::max<int64_t>(
      0, pending->deadline_ms - console_.appliance().now().time_since_epoch().count());
  return "% Notice: revision " + std::to_string(pending->revision) + " goes back in " +
         formatValue(left, Kind::kAge) + " unless you 'commit confirm'";
}

std::vector<std::string> ConsoleSession::names(const NameQuery& query) const {
  const Config& config = edit_ ? edit_->editor.candidate() : console_.appliance().config();
  const auto poolMembers = [&](const std::string& name) {
    std::vector<std::string> members;
    const Pool* pool = findByName(config.pools, name);
    if (pool == nullptr) return members;
    for (const Member& member : pool->members) members.push_back(member.endpoint.toString());
    return members;
  };
  const std::string_view last = query.path.substr(query.path.rfind(' ') + 1);
  const std::string_view key = query.key == "name" ? last : query.key;
  if (key == "pool") return namesIn(config.pools);
  if (key == "virtual") return namesIn(config.virtuals);
  if (key == "monitor") return namesIn(config.monitors);
  if (key == "timers") return namesIn(config.timers);
  if (key == "interface") return namesIn(config.interfaces);
  if (key == "member" && query.so_far.has("pool"))
    return poolMembers(query.so_far.get<std::string>("pool"));
  if (key == "endpoint" && edit_ && edit_->editor.block() == Block::kPool)
    return poolMembers(edit_->editor.blockLine().substr(5));
  return {};
}

Grammar ConsoleSession::grammar(CommandMode mode, std::optional<Block> block) const {
  Grammar all = commandGrammar(consoleCommands(), mode);
  if (block) {
    for (GrammarEntry entry : statementGrammar(*block).entries) {
      entry.id += kStatements;
      all.entries.push_back(entry);
    }
  }
  all.word_help = [block, mode](std::string_view path) {
    if (!block) return commandWordHelp(path);
    const std::string_view help = statementGrammar(*block).word_help(path);
    return help.empty() && beginsCommand(path, mode) ? commandWordHelp(path) : help;
  };
  all.names = [this](const NameQuery& query) { return names(query); };
  return all;
}

std::vector<Grammar> ConsoleSession::grammars(std::string_view line) const {
  std::vector<Grammar> all;
  if (!edit_) return {grammar(CommandMode::kExec, std::nullopt)};
  for (const Block block : edit_->editor.blocksFor(line))
    all.push_back(grammar(CommandMode::kConfig, block));
  return all;
}

ConsoleSession::Found ConsoleSession::find(std::string_view line) const {
  const TokenizedLine tokenized = tokenize(line);
  Found found;
  if (!tokenized.error.empty()) {
    found.match.column = tokenized.error_column;
    found.match.detail = tokenized.error;
    return found;
  }
  const std::vector<Grammar> all = grammars(line);
  for (size_t i = 0; i < all.size(); ++i) {
    const Match match = matchLine(all[i], tokenized.tokens);
    const bool no = !tokenized.tokens.empty() && tokenized.tokens[0].text == "no";
    const bool stranger = match.status == Match::Status::kInvalid && match.tokens <= (no ? 1u : 0u);
    // What is no beginning of anything here may be one in the other block.
    if (i > 0 && stranger) continue;
    found.match = match;
    if (edit_) found.block = edit_->editor.blocksFor(line)[i];
    if (match.status == Match::Status::kMatched) {
      const size_t id = match.entry->id;
      const bool statement = id >= kStatements;
      found.command = statement ? nullptr : &consoleCommands()[id];
      const std::vector<GrammarEntry>& rows =
          statement ? statementGrammar(found.block).entries : all[i].entries;
      // The entry outlives this grammar.
      const auto row = std::find_if(rows.begin(), rows.end(), [&](const GrammarEntry& entry) {
        return entry.id == (statement ? id - kStatements : id);
      });
      found.match.entry = statement ? &*row : nullptr;
    }
    if (!stranger) break;
  }
  return found;
}

LineAnswer ConsoleSession::execute(std::string_view line) {
  line = trimmed(line);
  leave_ = false;
  prompt_width_ = prompt().size();
  if (line.find_first_not_of(" \t") != std::string_view::npos) {
    if (history_.size() == kHistory) history_.erase(history_.begin());
    history_.emplace_back(line);
  }
  LineAnswer answer = run(line);
  answer.leave = leave_;
  return answer;
}

LineAnswer ConsoleSession::run(std::string_view line) {
  if (edit_ && edit_->editor.isSeparator(line)) edit_->editor.leaveBlock();
  const TokenizedLine whole = tokenize(line);
  if (whole.error.empty() && whole.tokens.empty()) return {};
  if (edit_ && whole.tokens.size() > 1 && whole.tokens[0].text == "do") {
    // Columns stay.
    std::string outside(line);
    outside.replace(whole.tokens[0].column - 1, 2, "  ");
    return runOutside(outside);
  }
  if (edit_) {
    // Bars may be part of what a statement says.
    const Found found = find(line);
    if (found.match.status == Match::Status::kMatched && found.command == nullptr)
      return runStatement(found, line);
  }
  const PipedLine piped = splitPipes(line);
  const Found found = find(piped.command);
  if (found.match.status != Match::Status::kMatched) return refuse(found.match, line);
  if (found.command == nullptr) return runStatement(found, line);
  return runCommand(*found.command, found.match.args, piped, line);
}

LineAnswer ConsoleSession::runStatement(const Found& found, std::string_view line) {
  LineAnswer answer;
  if (auto done = edit_->editor.apply(found.block, found.match, line); !done) {
    answer.output = errorText(done.error().message);
    answer.status = LineStatus::kInvalidConfiguration;
  }
  return answer;
}

LineAnswer ConsoleSession::runCommand(const Command& command, const Args& args,
                                      const PipedLine& piped, std::string_view line) {
  LineAnswer answer;
  std::vector<Filter> filters;
  for (const std::string_view text : piped.filters) {
    FilterParse parsed = parseFilter(text);
    if (!parsed.error.empty()) {
      const auto column = static_cast<uint32_t>(text.data() - line.data()) + parsed.column;
      return {pointAt(line, column) + parsed.error + "\n", LineStatus::kNotUnderstood};
    }
    filters.push_back(std::move(parsed.filter));
  }
  const bool json = std::any_of(filters.begin(), filters.end(), [](const Filter& filter) {
    return filter.type == Filter::Type::kJson;
  });
  const auto fail = [&](const std::string& message, LineStatus status) -> LineAnswer {
    return {json ? Json{{"error", {{"message", message}}}}.dump(2) + "\n" : errorText(message),
            status};
  };
  if (const std::string why = forbids(command); !why.empty()) return fail(why, LineStatus::kFailed);
  const Result<Report> report = command.run(*this, args);
  if (!report) return fail(report.error().message, statusOf(report.error()));
  answer.output = json ? toJson(*report).dump(2) + "\n" : toText(*report, terminal_.width);
  for (const Filter& filter : filters) {
    if (filter.type == Filter::Type::kNoMore) answer.page = false;
    auto filtered = applyFilter(filter, answer.output);
    if (!filtered) return {errorText(filtered.error().message), LineStatus::kNotUnderstood};
    answer.output = std::move(*filtered);
  }
  return answer;
}

std::string ConsoleSession::forbids(const Command& command) const {
  if (command.access == Access::kEverybody || role() == User::Role::kAdministrator) return "";
  return "not permitted: this takes the role administrator, and user " + user_.name +
         " is operator; operators may look (`show`)";
}

LineAnswer ConsoleSession::runOutside(std::string_view line) {
  std::unique_ptr<Edit> edit = std::move(edit_);
  LineAnswer answer = run(line);
  edit_ = std::move(edit);
  return answer;
}

std::string ConsoleSession::pointAt(std::string_view line, uint32_t column) const {
  std::string text;
  size_t at = column == 0 ? 0 : column - 1;
  if (terminal_.interactive) {
    at += prompt_width_ + 1;
  } else {
    text = std::string(line) + "\n";
  }
  return text + std::string(at, ' ') + "^\n";
}

LineAnswer ConsoleSession::refuse(const Match& match, std::string_view line) const {
  std::string text;
  switch (match.status) {
    case Match::Status::kIncomplete:
      text = "% Incomplete command.";
      break;
    case Match::Status::kAmbiguous:
      text = "% Ambiguous command: \"" + std::string(trimmed(line)) + "\" (" +
             joined(match.candidates) + ")";
      break;
    case Match::Status::kInvalid:
    case Match::Status::kMatched:
      text = pointAt(line, match.column) + "% Invalid input detected at '^' marker.";
      break;
  }
  text += '\n';
  if (!match.detail.empty()) text += "  " + match.detail + "\n";
  return {text, LineStatus::kNotUnderstood};
}

Completion ConsoleSession::completion(std::string_view line) const {
  const PipedLine piped = splitPipes(line);
  if (!piped.filters.empty()) return completeLine(filterGrammar(), piped.filters.back());
  if (edit_) {
    // `do` is followed by what may be typed outside.
    const TokenizedLine tokenized = tokenize(line);
    const bool blank = line.ends_with(' ');
    if (tokenized.tokens.size() > (blank ? 0u : 1u) && tokenized.tokens[0].text == "do") {
      const size_t rest = tokenized.tokens[0].column + 1;
      return completeLine(grammar(CommandMode::kExec, std::nullopt),
                          line.substr(std::min(rest, line.size())));
    }
  }
  const std::vector<Grammar> all = grammars(line);
  Completion found = completeLine(all[0], line);
  if (all.size() > 1 && found.candidates.empty()) {
    Completion other = completeLine(all[1], line);
    if (!other.candidates.empty()) return other;
  }
  return found;
}

CompletionAnswer ConsoleSession::complete(std::string_view line) const {
  const Completion found = completion(line);
  std::vector<Candidate> words;
  for (const Candidate& candidate : found.candidates) {
    if (candidate.literal) words.push_back(candidate);
  }
  CompletionAnswer answer;
  if (words.empty()) return answer;
  const std::string prefix = commonPrefix(words);
  if (prefix.size() > found.word.size()) answer.insert = prefix.substr(found.word.size());
  if (words.size() == 1) {
    answer.insert += ' ';
    return answer;
  }
  std::string list;
  for (const Candidate& word : words) list += "  " + word.text;
  answer.list = list.substr(2) + "\n";
  return answer;
}

std::string ConsoleSession::help(std::string_view line) const {
  Completion found = completion(line);
  if (found.status == Match::Status::kAmbiguous) return "% Ambiguous command.\n";
  if (found.status == Match::Status::kInvalid)
    return pointAt(line, found.column) + "% Invalid input detected at '^' marker.\n";
  if (found.complete) {
    found.candidates.push_back({"<cr>", "", false});
    if (splitPipes(line).filters.empty())
      found.candidates.push_back({"|", "Filters of the output", true});
  }
  if (found.candidates.empty()) return "% Nothing begins with this.\n";
  return twoColumns(found.candidates, terminal_.width);
}

}  // namespace sluice::mgmt
