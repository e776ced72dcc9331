// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/scenario.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "firmware/base/units.h"
#include "sim/trace/text_file.h"

namespace sluice {
namespace {

constexpr std::string_view kMemberForm = "member POOL ADDRESS:PORT up|drain|down|weight N";
constexpr std::string_view kPoolForm =
    "pool POOL add ADDRESS:PORT [ratio N], or pool POOL remove ADDRESS:PORT";
constexpr std::string_view kVirtualForm = "virtual NAME enable|disable";

struct Word {
  std::string_view text;
  size_t column;  // from 1
};

std::vector<Word> splitWords(std::string_view line) {
  std::vector<Word> words;
  line = line.substr(0, line.find('#'));
  for (size_t at = 0; at < line.size();) {
    const size_t start = line.find_first_not_of(" \t\r", at);
    if (start == std::string_view::npos) break;
    const size_t end = std::min(line.find_first_of(" \t\r", start), line.size());
    words.push_back({line.substr(start, end - start), start + 1});
    at = end;
  }
  return words;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// One line of the file. Each take...() eats a word or reports the first error of the line and
// yields nothing.
class LineParser {
 public:
  LineParser(std::string_view line, std::string place)
      : line_(line), place_(std::move(place)), words_(splitWords(line)) {}

  bool empty() const { return words_.empty(); }
  const std::string& error() const { return error_; }

  std::optional<ScenarioAction> parse() {
    ScenarioAction result;
    if (!takeWord("at", "at TIME ACTION")) return std::nullopt;
    const auto time = takeTime();
    if (!time) return std::nullopt;
    result.at_ns = *time;
    const size_t start = next_ < words_.size() ? words_[next_].column - 1 : line_.size();
    const auto verb = take("member, pool or virtual");
    if (!verb) return std::nullopt;
    if (*verb == "member") {
      parseMember(result);
    } else if (*verb == "pool") {
      parsePool(result);
    } else if (*verb == "virtual") {
      parseVirtual(result);
    } else {
      failAt(next_ - 1, "no action " + quoted(*verb), "member, pool or virtual");
    }
    if (error_.empty() && next_ < words_.size()) {
      failAt(next_, "unexpected " + quoted(words_[next_].text), "the end of the line");
    }
    if (!error_.empty()) return std::nullopt;
    const size_t end = words_.back().column - 1 + words_.back().text.size();
    result.text = line_.substr(start, end - start);
    return result;
  }

 private:
  void failAt(size_t word, const std::string& what, std::string_view right) {
    if (!error_.empty()) return;
    const size_t end = words_.empty() ? 1 : words_.back().column + words_.back().text.size();
    const size_t column = word < words_.size() ? words_[word].column : end;
    error_ =
        place_ + ":" + std::to_string(column) + ": " + what + "; expected " + std::string(right);
  }

  std::optional<std::string_view> take(std::string_view right) {
    if (next_ < words_.size()) return words_[next_++].text;
    failAt(next_, "the line ends early", right);
    return std::nullopt;
  }

  bool takeWord(std::string_view wanted, std::string_view right) {
    const auto word = take(right);
    if (word && *word != wanted) failAt(next_ - 1, "no statement " + quoted(*word), right);
    return word && *word == wanted;
  }

  std::optional<uint64_t> takeTime() {
    const auto word = take("a time such as 2.5s or 300ms");
    if (!word) return std::nullopt;
    const auto time = parseDuration(*word);
    if (!time)
      failAt(next_ - 1, quoted(*word) + " is not a time",
             "a number with unit, such as 2.5s or 300ms");
    return time;
  }

  std::optional<Endpoint> takeMember() {
    const auto word = take("ADDRESS:PORT");
    if (!word) return std::nullopt;
    const auto endpoint = Endpoint::parse(*word);
    if (!endpoint)
      failAt(next_ - 1, quoted(*word) + " is not a member", "ADDRESS:PORT or [ADDRESS]:PORT");
    return endpoint;
  }

  uint32_t takeWeight() {
    constexpr std::string_view kRange = "a number from 1 to 255";
    const auto word = take(kRange);
    if (!word) return 1;
    uint32_t value = 0;
    const auto [end, code] = std::from_chars(word->data(), word->data() + word->size(), value);
    const bool whole = code == std::errc() && end == word->data() + word->size();
    if (!whole || value < 1 || value > 255)
      failAt(next_ - 1, quoted(*word) + " is not a weight", kRange);
    return value;
  }

  void parseMember(ScenarioAction& result) {
    const auto pool = take(kMemberForm);
    if (!pool) return;
    const auto member = takeMember();
    if (!member) return;
    const auto what = take("up, drain, down or weight N");
    if (!what) return;
    using State = MemberStateAction::State;
    if (*what == "weight") {
      result.action = MemberWeightAction{std::string(*pool), *member, takeWeight()};
    } else if (*what == "up" || *what == "drain" || *what == "down") {
      const State state = *what == "up"      ? State::kUp
                          : *what == "drain" ? State::kDrain
                                             : State::kDown;
      result.action = MemberStateAction{std::string(*pool), *member, state};
    } else {
      failAt(next_ - 1, "a member cannot be " + quoted(*what), "up, drain, down or weight N");
    }
  }

  void parsePool(ScenarioAction& result) {
    const auto pool = take(kPoolForm);
    const auto what = pool ? take("add or remove") : std::nullopt;
    if (!what) return;
    if (*what != "add" && *what != "remove") {
      failAt(next_ - 1, "a pool has no action " + quoted(*what), "add or remove");
      return;
    }
    const auto member = takeMember();
    if (!member) return;
    if (*what == "remove") {
      result.action = PoolRemoveAction{std::string(*pool), *member};
      return;
    }
    PoolAddAction add{std::string(*pool), *member, 1};
    if (next_ < words_.size() && words_[next_].text == "ratio") {
      ++next_;
      add.ratio = takeWeight();
    }
    result.action = add;
  }

  void parseVirtual(ScenarioAction& result) {
    const auto name = take(kVirtualForm);
    const auto what = name ? take("enable or disable") : std::nullopt;
    if (!what) return;
    if (*what != "enable" && *what != "disable") {
      failAt(next_ - 1, "a virtual has no action " + quoted(*what), "enable or disable");
    }
    result.action = VirtualStateAction{std::string(*name), *what == "enable"};
  }

  std::string_view line_;
  std::string place_;
  std::vector<Word> words_;
  size_t next_ = 0;
  std::string error_;
};

}  // namespace

Result<std::vector<ScenarioAction>> parseScenario(std::string_view text, const std::string& file) {
  std::vector<ScenarioAction> actions;
  std::string errors;
  uint32_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    LineParser line(text.substr(at, end - at), file + ":" + std::to_string(++number));
    at = end + 1;
    if (line.empty()) continue;
    auto action = line.parse();
    if (action) {
      action->line = number;
      actions.push_back(std::move(*action));
    } else {
      errors += (errors.empty() ? "" : "\n") + line.error();
    }
  }
  if (!errors.empty()) return Error{ErrorCode::kInvalidInput, errors};
  std::stable_sort(actions.begin(), actions.end(),
                   [](const auto& a, const auto& b) { return a.at_ns < b.at_ns; });
  return actions;
}

Result<std::vector<ScenarioAction>> readScenario(const std::string& path) {
  auto text = readTextFile(path);
  if (!text) return text.error();
  return parseScenario(*text, path);
}

}  // namespace sluice
