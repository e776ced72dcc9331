// SPDX-License-Identifier: Apache-2.0
// A set of states walks over the tokens: each state is a place in one entry's syntax. All entries
// are walked at once, so that what is ambiguous is seen at the word where it is.
#include "mgmt/schema/matcher.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "firmware/control/tokenizer.h"

namespace sluice::mgmt {

namespace {

using Item = Syntax::Item;
using Group = Syntax::Group;

// Words that an error lists; more are no help.
constexpr size_t kMostListed = 8;

bool sameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

bool beginsWith(std::string_view word, std::string_view typed) {
  return typed.size() <= word.size() &&
         std::equal(typed.begin(), typed.end(), word.begin(), sameLetter);
}

struct State {
  const GrammarEntry* entry = nullptr;
  size_t group = 0;          // where the syntax goes on; the first of a run of optional groups
  size_t inside = SIZE_MAX;  // of which group, if not at the boundary of one
  size_t item = 0;           // of that group
  std::vector<bool> used;    // of the run of optional groups
  size_t skip = 0;           // tokens that the last value took beyond its first
  Args args;
  std::string canonical;
  std::string path;  // the keywords so far

  const std::vector<Group>& groups() const { return entry->syntax->groups(); }
};

size_t runEnd(const State& state) {
  size_t end = state.group;
  while (end < state.groups().size() && state.groups()[end].optional) ++end;
  return end;
}

bool atEnd(const State& state) {
  return state.inside == SIZE_MAX && runEnd(state) == state.groups().size();
}

// An item that may come next, and the state after it (but for what the token adds).
struct Step {
  const State* from = nullptr;
  const Item* item = nullptr;
  size_t group = 0;
  size_t index = 0;
};

void addStep(const State& state, size_t group, size_t index, std::vector<Step>& steps) {
  steps.push_back({&state, &state.groups()[group].items[index], group, index});
}

std::vector<Step> stepsFrom(const std::vector<State>& states) {
  std::vector<Step> steps;
  for (const State& state : states) {
    if (state.skip != 0) continue;
    if (state.inside != SIZE_MAX) {
      addStep(state, state.inside, state.item, steps);
      continue;
    }
    const size_t end = runEnd(state);
    for (size_t g = state.group; g < end; ++g) {
      if (state.used.empty() || !state.used[g - state.group]) addStep(state, g, 0, steps);
    }
    if (end < state.groups().size()) addStep(state, end, 0, steps);
  }
  return steps;
}

State after(const Step& step, std::string_view text) {
  State next = *step.from;
  const Group& group = next.groups()[step.group];
  if (!group.optional) {
    next.group = step.group + 1;
    next.used.clear();
  } else if (step.index + 1 < group.items.size()) {
    next.inside = step.group;
    next.item = step.index + 1;
  } else {
    next.inside = SIZE_MAX;
    next.used.resize(runEnd(next) - next.group);
    next.used[step.group - next.group] = true;
  }
  if (!next.canonical.empty()) next.canonical += ' ';
  next.canonical += text;
  return next;
}

State afterWord(const Step& step, std::string_view word) {
  State next = after(step, word);
  if (!next.path.empty()) next.path += ' ';
  next.path += word;
  return next;
}

// Words that stand for themselves at this place: the keyword, or the choices of a value.
std::vector<std::string_view> wordsOf(const Item& item) {
  if (!item.word.empty()) return {item.word};
  return {item.value.choices.begin(), item.value.choices.end()};
}

State afterChoice(const Step& step, size_t choice) {
  const Item& item = *step.item;
  if (!item.word.empty()) return afterWord(step, item.word);
  State next = after(step, item.value.choices[choice]);
  next.args.add(item.value.key, static_cast<uint64_t>(choice));
  return next;
}

std::string upper(std::string_view key) {
  std::string text;
  for (const char c : key) {
    text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

std::vector<std::string> namesOf(const Grammar& grammar, const Step& step) {
  if (!step.item->word.empty() || !step.item->value.choices.empty() || !grammar.names) return {};
  std::vector<std::string> names =
      grammar.names(NameQuery{step.from->path, step.item->value.key, step.from->args});
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool isName(const Grammar& grammar, const Step& step, std::string_view text) {
  const std::vector<std::string> names = namesOf(grammar, step);
  return std::binary_search(names.begin(), names.end(), text);
}

// What one token does to the states.
class Walk {
 public:
  Walk(const Grammar& grammar, std::span<const Token> tokens) : grammar_(grammar), tokens_(tokens) {
    for (const GrammarEntry& entry : grammar.entries) {
      State state;
      state.entry = &entry;
      states_.push_back(std::move(state));
    }
  }

  const std::vector<State>& states() const { return states_; }

  // False: `match` says what is wrong.
  bool advance(size_t at, Match& match) {
    std::vector<State> next;
    for (State& state : states_) {
      if (state.skip == 0) continue;
      next.push_back(state);
      --next.back().skip;
    }
    const std::vector<Step> steps = stepsFrom(states_);
    const bool good = takeWords(steps, at, next, match) ||
                      (match.status != Match::Status::kAmbiguous && takeValues(steps, at, next));
    if (!good && next.empty()) {
      refuse(steps, at, match);
      return false;
    }
    states_ = std::move(next);
    return true;
  }

 private:
  struct Word {
    const Step* step;
    size_t choice;
    std::string_view text;
  };

  bool takeWords(const std::vector<Step>& steps, size_t at, std::vector<State>& next,
                 Match& match) const {
    const std::string_view typed = tokens_[at].text;
    std::vector<Word> found;
    std::set<std::string_view> distinct;
    bool whole = false, named = false;
    for (const Step& step : steps) {
      const auto words = wordsOf(*step.item);
      for (size_t i = 0; i < words.size(); ++i) {
        if (!beginsWith(words[i], typed)) continue;
        const bool is_whole = words[i].size() == typed.size();
        if (is_whole && !whole) {
          found.clear();
          distinct.clear();
        }
        whole = whole || is_whole;
        if (whole && !is_whole) continue;
        found.push_back({&step, i, words[i]});
        distinct.insert(words[i]);
      }
      named = named || (words.empty() && isName(grammar_, step, typed));
    }
    if (found.empty() || (named && !whole)) return false;
    if (distinct.size() > 1) {
      match.status = Match::Status::kAmbiguous;
      match.candidates.assign(distinct.begin(), distinct.end());
      return false;
    }
    for (const Word& word : found) next.push_back(afterChoice(*word.step, word.choice));
    return true;
  }

  bool takeValues(const std::vector<Step>& steps, size_t at, std::vector<State>& next) const {
    bool any = false;
    for (const Step& step : steps) {
      if (!step.item->word.empty() || !step.item->value.choices.empty()) continue;
      ParsedValue parsed = parseValue(step.item->value, tokens_.subspan(at));
      if (!parsed.error.empty()) continue;
      const Token& last = tokens_[at + parsed.tokens - 1];
      const char* begin = tokens_[at].text.data();
      State state =
          after(step, {begin, static_cast<size_t>(last.text.data() + last.text.size() - begin)});
      state.args.add(step.item->value.key, std::move(parsed.value), tokens_[at].column);
      state.skip = parsed.tokens - 1;
      next.push_back(std::move(state));
      any = true;
    }
    return any;
  }

  void refuse(const std::vector<Step>& steps, size_t at, Match& match) const {
    match.tokens = at;
    match.column = tokens_[at].column;
    if (match.status == Match::Status::kAmbiguous) return;
    match.status = Match::Status::kInvalid;
    std::vector<std::string> words;
    std::set<std::string> errors;
    for (const Step& step : steps) {
      for (const std::string_view word : wordsOf(*step.item)) words.emplace_back(word);
      if (!wordsOf(*step.item).empty()) continue;
      errors.insert(parseValue(step.item->value, tokens_.subspan(at)).error);
    }
    const std::string close = closest(tokens_[at].text, words);
    if (!close.empty()) {
      match.detail = "Did you mean '" + close + "'?";
    } else if (errors.size() == 1 && words.empty()) {
      match.detail = *errors.begin();
    } else if (errors.empty() && !words.empty() && words.size() <= kMostListed) {
      match.detail = "Expected " + joinOr(words) + ".";
    } else if (steps.empty()) {
      match.detail = "Nothing may follow here.";
    }
  }

  const Grammar& grammar_;
  std::span<const Token> tokens_;
  std::vector<State> states_;
};

uint32_t endColumn(std::span<const Token> tokens) {
  if (tokens.empty()) return 1;
  return tokens.back().column + static_cast<uint32_t>(tokens.back().text.size());
}

std::string_view firstSentence(std::string_view text) {
  const size_t end = text.find(". ");
  if (end != std::string_view::npos) text = text.substr(0, end);
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

// About a word: what the grammar says of the path to it, else the help of the entry, or, for an
// option, what value it takes.
std::string helpFor(const Grammar& grammar, const Step& step, std::string_view word) {
  const std::string path =
      step.from->path.empty() ? std::string(word) : step.from->path + " " + std::string(word);
  if (grammar.word_help) {
    const std::string_view help = grammar.word_help(path);
    if (!help.empty()) return std::string(help);
  }
  if (step.group == 0 || !step.from->groups()[step.group].optional) {
    return std::string(firstSentence(step.from->entry->help));
  }
  const auto& items = step.from->groups()[step.group].items;
  return step.index + 1 < items.size() && items[step.index + 1].word.empty()
             ? items[step.index + 1].value.expected()
             : std::string();
}

void addCandidates(const Grammar& grammar, const std::vector<Step>& steps, std::string_view typed,
                   Completion& completion) {
  const auto add = [&](Candidate candidate) {
    const auto same = [&](const Candidate& other) { return other.text == candidate.text; };
    if (std::none_of(completion.candidates.begin(), completion.candidates.end(), same)) {
      completion.candidates.push_back(std::move(candidate));
    }
  };
  for (const Step& step : steps) {
    const auto words = wordsOf(*step.item);
    for (const std::string_view word : words) {
      if (!beginsWith(word, typed)) continue;
      const bool keyword = !step.item->word.empty();
      add({std::string(word), keyword ? helpFor(grammar, step, word) : "", true});
    }
    if (!words.empty()) continue;
    const std::vector<std::string> names = namesOf(grammar, step);
    for (const std::string& name : names) {
      if (name.starts_with(typed)) add({name, "", true});
    }
    if (names.empty() || typed.empty()) {
      add({upper(step.item->value.key), step.item->value.expected(), false});
    }
  }
}

}  // namespace

Match matchLine(const Grammar& grammar, std::span<const Token> tokens) {
  Match match;
  Walk walk(grammar, tokens);
  for (size_t at = 0; at < tokens.size(); ++at) {
    if (!walk.advance(at, match)) return match;
  }
  match.tokens = tokens.size();
  for (const State& state : walk.states()) {
    if (state.skip != 0 || !atEnd(state)) continue;
    match.status = Match::Status::kMatched;
    match.entry = state.entry;
    match.args = state.args;
    match.canonical = state.canonical;
    return match;
  }
  match.status = Match::Status::kIncomplete;
  match.column = endColumn(tokens);
  Completion next;
  addCandidates(grammar, stepsFrom(walk.states()), "", next);
  std::vector<std::string> words;
  for (const Candidate& candidate : next.candidates) words.push_back(candidate.text);
  if (words.size() <= kMostListed) match.detail = "Expected " + joinOr(words) + ".";
  return match;
}

Completion completeLine(const Grammar& grammar, std::string_view line) {
  Completion completion;
  const TokenizedLine tokenized = tokenize(line);
  if (!tokenized.error.empty()) {
    completion.status = Match::Status::kInvalid;
    completion.column = tokenized.error_column;
    return completion;
  }
  std::span<const Token> tokens = tokenized.tokens;
  const bool partial = !tokens.empty() && !line.ends_with(' ') && !line.ends_with('\t');
  if (partial) {
    completion.word = tokens.back().text;
    tokens = tokens.first(tokens.size() - 1);
  }
  Match match;
  Walk walk(grammar, tokens);
  for (size_t at = 0; at < tokens.size(); ++at) {
    if (walk.advance(at, match)) continue;
    completion.status = match.status;
    completion.column = match.column;
    return completion;
  }
  addCandidates(grammar, stepsFrom(walk.states()), completion.word, completion);
  completion.complete =
      !partial && std::any_of(walk.states().begin(), walk.states().end(),
                              [](const State& s) { return s.skip == 0 && atEnd(s); });
  return completion;
}

}  // namespace sluice::mgmt
