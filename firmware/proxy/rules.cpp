// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/rules.h"

#include <algorithm>
#include <cstdlib>

#include "firmware/control/config_value.h"
#include "firmware/control/http_condition.h"
#include "firmware/proxy/http_grammar.h"
#include "firmware/proxy/path_text.h"
#include "firmware/proxy/user_agent.h"

namespace sluice::proxy {
namespace {

using Subject = HttpCondition::Subject;
using Test = HttpCondition::Test;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lowerCase);
  return result;
}

// Takes what is before `end` off the front of `list`.
std::string_view takePart(std::string_view& list, char end) {
  const size_t at = std::min(list.find(end), list.size());
  const std::string_view part = list.substr(0, at);
  list.remove_prefix(std::min(at + 1, list.size()));
  return part;
}

bool hostIs(const std::string& host, const std::string& wanted) {
  if (!wanted.starts_with("*.")) return host == wanted;
  return host.size() > wanted.size() - 1 && host.ends_with(wanted.substr(1));
}

// $1 to $9, $host, $path, $query and $$.
std::string expand(const std::string& text, const RuleSubject& subject, const RuleMatch& match) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    const auto take = [&](std::string_view word, std::string_view value) {
      if (!rest.starts_with(word)) return false;
      out += value;
      i += word.size() - 1;
      return true;
    };
    if (take("$$", "$") || take("$host", subject.host()) ||
        take("$path", encoded(subject.path(), true)) || take("$query", subject.head().query))
      continue;
    if (rest.size() > 1 && rest[0] == '$' && rest[1] >= '1' && rest[1] <= '9') {
      out += encoded(match.captures[static_cast<size_t>(rest[1] - '0')], true);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

// "mon 14:05 utc"
std::string timeText(const HttpCondition& condition, std::time_t now) {
  const bool local = TimeWindow::parse(condition.value)->local;
  std::tm parts{};
  if ((local ? ::localtime_r(&now, &parts) : ::gmtime_r(&now, &parts)) == nullptr) return "unknown";
  std::array<char, 32> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%a %H:%M", &parts);
  return "'" + lower({text.data(), size}) + (local ? " local'" : " utc'");
}

// What the request has of a thing; "" if it has none.
std::string seen(const HttpCondition& condition, const RuleSubject& subject) {
  const auto first = [](const std::vector<std::string>& values) {
    return values.empty() ? "" : "is " + quoted(values[0]);
  };
  switch (condition.subject) {
    case Subject::kHost:
      return "is " + quoted(subject.host());
    case Subject::kPath:
      return "is " + quoted(subject.path());
    case Subject::kMethod:
      return "is " + quoted(subject.head().method);
    case Subject::kHeader:
      return first(subject.headers(condition.name));
    case Subject::kCookie:
      return first(subject.cookies(condition.name));
    case Subject::kQuery:
      return first(subject.parameters(condition.name));
    case Subject::kClient:
      return "is " + subject.client().toString();
    case Subject::kUserAgent:
      return "is " + quoted(subject.userAgent());
    case Subject::kTime:
      return "is " + timeText(condition, subject.now());
    case Subject::kBody:
      return subject.body().empty() ? ""
                                    : "has " + std::to_string(subject.body().size()) + " bytes";
    case Subject::kTls:
      const std::string value = subject.tls(condition.name);
      return value.empty() ? "" : "is " + quoted(value);
  }
  return "";
}

}  // namespace

std::vector<std::string> cookiesOf(const RequestHead& head, std::string_view name) {
  std::vector<std::string> values;
  for (const Header& header : head.headers) {
    if (!equalIgnoringCase(header.name, "cookie")) continue;
    for (std::string_view list = header.value; !list.empty();) {
      std::string_view pair = trimBlanks(takePart(list, ';'));
      if (takePart(pair, '=') == name) values.emplace_back(pair);
    }
  }
  return values;
}

RuleSubject::RuleSubject(const RequestHead& head, const RuleSurroundings& around)
    : head_(head),
      around_(around),
      host_(lower(hostWithoutPort(head.host))),
      path_(normalizedPath(head.path)) {}

std::vector<std::string> RuleSubject::headers(std::string_view name) const {
  std::vector<std::string> values;
  for (const Header& header : head_.headers) {
    if (equalIgnoringCase(header.name, name)) values.emplace_back(header.value);
  }
  return values;
}

std::string_view RuleSubject::userAgent() const {
  const Header* header = head_.find("user-agent");
  return userAgentClass(header == nullptr ? std::string_view() : header->value);
}

std::string RuleSubject::tls(std::string_view field) const {
  return around_.tls == nullptr ? std::string() : around_.tls->field(field);
}

std::vector<std::string> RuleSubject::cookies(std::string_view name) const {
  return cookiesOf(head_, name);
}

std::vector<std::string> RuleSubject::parameters(std::string_view name) const {
  std::vector<std::string> values;
  for (std::string_view list = head_.query; !list.empty();) {
    std::string_view pair = takePart(list, '&');
    if (decodedValue(takePart(pair, '=')) == name) values.push_back(decodedValue(pair));
  }
  return values;
}

Rule::Rule(const HttpRule& config, const DataGroups& groups) : config_(config) {
  for (const HttpCondition& condition : config_.conditions) {
    auto thing = std::find_if(things_.begin(), things_.end(), [&](const auto& others) {
      return sameThing(others[0].config, condition);
    });
    if (thing == things_.end()) thing = things_.emplace(things_.end());
    Condition& added = thing->emplace_back();
    added.config = condition;
    if (condition.subject == Subject::kHost) added.config.value = lower(condition.value);
    // checkConfig() has tried it.
    if (condition.test == Test::kRegex)
      added.regex = std::make_unique<RE2>(condition.value, RE2::Quiet);
    if (condition.subject == Subject::kTime) added.time = TimeWindow::parse(condition.value);
    if (condition.test != Test::kGroup) continue;
    const auto group = groups.find(condition.value);
    added.group = group == groups.end() ? std::make_shared<DataGroupTable>() : group->second;
  }
}

bool Rule::looksAtBody() const {
  return std::any_of(config_.conditions.begin(), config_.conditions.end(),
                     [](const auto& one) { return one.subject == Subject::kBody; });
}

bool Rule::textHolds(const Condition& condition, std::string_view text, RuleMatch* match) const {
  const std::string& wanted = condition.config.value;
  switch (condition.config.test) {
    case Test::kExact:
      return text == wanted;
    case Test::kPrefix:
      if (!text.starts_with(wanted)) return false;
      if (match != nullptr) match->prefix = wanted.size();
      return true;
    case Test::kContains:
      return text.find(wanted) != std::string_view::npos;
    case Test::kGroup:
      return condition.group->holds(text);
    case Test::kPresent:
      return true;
    case Test::kRegex:
      break;
  }
  const re2::StringPiece piece(text.data(), text.size());
  if (match == nullptr) return RE2::PartialMatch(piece, *condition.regex);
  std::array<re2::StringPiece, 10> groups;
  const int count = std::min(condition.regex->NumberOfCapturingGroups() + 1, 10);
  if (!condition.regex->Match(piece, 0, piece.size(), RE2::UNANCHORED, groups.data(), count))
    return false;
  for (size_t i = 0; i < groups.size(); ++i) match->captures[i] = groups[i].as_string();
  return true;
}

bool Rule::holds(const Condition& condition, const RuleSubject& subject, RuleMatch& match) const {
  const auto any = [&](const std::vector<std::string>& values) {
    return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
      return textHolds(condition, value, nullptr);
    });
  };
  switch (condition.config.subject) {
    case Subject::kHost:
      if (condition.group) return condition.group->holdsHost(subject.host());
      return hostIs(subject.host(), condition.config.value);
    case Subject::kPath:
      return textHolds(condition, subject.path(), &match);
    case Subject::kMethod:
      return subject.head().method == condition.config.value;
    case Subject::kHeader:
      return any(subject.headers(condition.config.name));
    case Subject::kCookie:
      return any(subject.cookies(condition.config.name));
    case Subject::kQuery:
      return any(subject.parameters(condition.config.name));
    case Subject::kClient:
      if (condition.group) return condition.group->holds(subject.client());
      return condition.config.network.contains(subject.client());
    case Subject::kUserAgent:
      return subject.userAgent() == condition.config.value;
    case Subject::kTime:
      return condition.time->contains(subject.now());
    case Subject::kBody:
      return textHolds(condition, subject.body(), nullptr);
    case Subject::kTls:
      const std::string value = subject.tls(condition.config.name);
      return !value.empty() && textHolds(condition, value, nullptr);
  }
  return false;
}

bool Rule::matches(const RuleSubject& subject, RuleMatch& match) const {
  return std::all_of(things_.begin(), things_.end(), [&](const auto& thing) {
    return std::any_of(thing.begin(), thing.end(), [&](const Condition& condition) {
      return agrees(condition, subject, match);
    });
  });
}

std::string Rule::problem(const RuleSubject& subject, RuleMatch& match) const {
  for (const auto& thing : things_) {
    const bool good = std::any_of(thing.begin(), thing.end(), [&](const Condition& condition) {
      return agrees(condition, subject, match);
    });
    if (good) continue;
    const std::string what = seen(thing[0].config, subject);
    if (what.empty()) return describeThing(thing[0].config) + " is not there";
    std::string wanted;
    for (const Condition& condition : thing)
      wanted += (wanted.empty() ? "" : " or ") + describeTest(condition.config);
    if (thing[0].config.negated) return describeThing(thing[0].config) + " is " + wanted;
    return describeThing(thing[0].config) + " " + what + ", not " + wanted;
  }
  return "";
}

std::string Rule::location(const RuleSubject& subject, const RuleMatch& match) const {
  return encoded(expand(config_.redirect->text, subject, match), false);
}

std::optional<std::string> Rule::rewrittenPath(const RuleSubject& subject,
                                               const RuleMatch& match) const {
  if (!config_.rewrite_path.set) return std::nullopt;
  return encoded(expand(*config_.rewrite_path, subject, match) +
                     (match.prefix > 0 ? subject.path().substr(match.prefix) : std::string()),
                 true);
}

std::vector<std::shared_ptr<const Rule>> rulesOf(const Config& config, const Virtual& service,
                                                 const DataGroups& groups) {
  std::vector<std::shared_ptr<const Rule>> rules;
  for (const HttpRuleRef& use : service.rules)
    rules.push_back(std::make_shared<Rule>(*findByName(config.http_rules, use.name), groups));
  return rules;
}

HeaderEdits editsOf(const HttpRule& rule, bool of_response) {
  HeaderEdits edits;
  for (const HeaderChange& change : rule.header_changes) {
    if (change.of_response != of_response) continue;
    if (change.kind == HeaderChange::Kind::kRemove) {
      edits.takeAway(change.name);
    } else if (change.kind == HeaderChange::Kind::kSet) {
      edits.set(change.name, change.value);
    } else {
      edits.add.append(change.name).append(": ").append(change.value).append("\r\n");
    }
  }
  return edits;
}

}  // namespace sluice::proxy
