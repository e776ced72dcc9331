// SPDX-License-Identifier: Apache-2.0
// Statements about what http-rules look at: conditions, data groups.
#include <algorithm>
#include <functional>
#include <optional>
#include <span>

#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

using Subject = HttpCondition::Subject;
using Test = HttpCondition::Test;

// A condition as it is declared; each becomes two statements, with and without `not`.
struct Form {
  std::string syntax;
  std::string_view help;
  Subject subject;
  std::function<HttpCondition(const Args&)> make;
  std::function<std::optional<Args>(const HttpCondition&)> show;
};

void addForm(std::vector<Statement>& table, const Form& form) {
  for (const bool negated : {false, true}) {
    table.push_back(element<HttpRule, HttpCondition>(
        Block::kHttpRule, (negated ? "not " : "") + form.syntax,
        negated ? "No request of which that holds." : form.help, &HttpRule::conditions,
        [=](const Args& args) {
          HttpCondition made = form.make(args);
          made.subject = form.subject;
          made.negated = negated;
          return made;
        },
        [=](const HttpCondition& one) -> std::optional<Args> {
          if (one.subject != form.subject || one.negated != negated) return std::nullopt;
          return form.show(one);
        }));
  }
}

// WORD VALUE
Form plain(std::string_view syntax, std::string_view help, Subject subject) {
  const std::string key = Syntax(syntax).firstKey();
  return {std::string(syntax), help, subject,
          [=](const Args& args) { return HttpCondition{.value = args.get<std::string>(key)}; },
          [=](const HttpCondition& one) -> std::optional<Args> {
            if (one.test == Test::kGroup) return std::nullopt;
            return Args{{key, one.value}};
          }};
}

// WORD in GROUP, where other tests are statements of their own.
Form inGroup(std::string_view word, std::string_view help, Subject subject) {
  return {std::string(word) + " in <group:name>", help, subject,
          [](const Args& args) {
            return HttpCondition{.test = Test::kGroup, .value = args.get<std::string>("group")};
          },
          [](const HttpCondition& one) -> std::optional<Args> {
            if (one.test != Test::kGroup) return std::nullopt;
            return Args{{"group", one.value}};
          }};
}

// A choice of words, as syntax.
std::string choice(const std::string& name, std::span<const std::string_view> words) {
  std::string syntax = "<" + name;
  for (const std::string_view one : words) syntax.append(one == words[0] ? ":" : "|").append(one);
  return syntax + ">";
}

// WORD CHOICE
Form ofClass(std::string_view word, const std::vector<std::string_view>& classes,
             std::string_view help, Subject subject) {
  return {std::string(word) + " " + choice("class", classes), help, subject,
          [=](const Args& args) {
            return HttpCondition{.value = std::string(classes[args.number("class")])};
          },
          [=](const HttpCondition& one) -> std::optional<Args> {
            const auto at = std::find(classes.begin(), classes.end(), one.value);
            return Args{{"class", static_cast<uint64_t>(at - classes.begin())}};
          }};
}

// WORD TEST VALUE; `tests` are the first of Test.
Form tested(const std::string& syntax, std::string_view help, Subject subject) {
  return {syntax, help, subject,
          [](const Args& args) {
            return HttpCondition{.test = static_cast<Test>(args.number("test")),
                                 .value = args.get<std::string>("value")};
          },
          [](const HttpCondition& one) {
            return Args{{"test", static_cast<uint64_t>(one.test)}, {"value", one.value}};
          }};
}

// WORD SELECTOR [TEST VALUE]; the selector is read and shown by the two functions.
Form selected(const std::string& selector, std::string_view help, Subject subject,
              const std::function<std::string(const Args&)>& name,
              const std::function<Args(const HttpCondition&)>& show) {
  return {selector + " [<test:exact|prefix|regex|contains|in> <value:text>]", help, subject,
          [=](const Args& args) {
            HttpCondition made{.test = Test::kPresent, .name = name(args)};
            if (args.has("test")) {
              made.test = static_cast<Test>(args.number("test"));
              made.value = args.get<std::string>("value");
            }
            return made;
          },
          [=](const HttpCondition& one) {
            Args args = show(one);
            if (one.test == Test::kPresent) return args;
            args.add("test", static_cast<uint64_t>(one.test));
            args.add("value", one.value);
            return args;
          }};
}

// WORD NAME [TEST VALUE]
Form named(std::string_view word, std::string_view help, Subject subject) {
  return selected(
      std::string(word) + " <name:name>", help, subject,
      [](const Args& args) { return args.get<std::string>("name"); },
      [](const HttpCondition& one) {
        return Args{{"name", one.name}};
      });
}

// tls FIELD [TEST VALUE]
Form ofTls(std::string_view help) {
  constexpr auto& kFields = HttpCondition::kTlsFields;
  return selected(
      "tls " + choice("field", kFields), help, Subject::kTls,
      [](const Args& args) { return std::string(kFields[args.number("field")]); },
      [](const HttpCondition& one) {
        const auto at = std::find(kFields.begin(), kFields.end(), one.name);
        return Args{{"field", static_cast<uint64_t>(at - kFields.begin())}};
      });
}

Form ofClient() {
  return {"client <network:prefix>", "Requests of clients in this network.", Subject::kClient,
          [](const Args& args) { return HttpCondition{.network = args.get<IpPrefix>("network")}; },
          [](const HttpCondition& one) -> std::optional<Args> {
            if (one.test == Test::kGroup) return std::nullopt;
            return Args{{"network", one.network}};
          }};
}

// contains|regex: of other tests a body has no use.
Form ofBody() {
  return {"body <test:contains|regex> <value:text>",
          "Requests with this in the first `inspect-body` bytes of their body.", Subject::kBody,
          [](const Args& args) {
            return HttpCondition{.test = args.number("test") == 0 ? Test::kContains : Test::kRegex,
                                 .value = args.get<std::string>("value")};
          },
          [](const HttpCondition& one) {
            return Args{{"test", uint64_t{one.test == Test::kRegex}}, {"value", one.value}};
          }};
}

Statement entry(std::string_view syntax, std::string_view help, DataGroup::Entry::Kind kind) {
  const bool network = kind == DataGroup::Entry::Kind::kNetwork;
  return element<DataGroup, DataGroup::Entry>(
      Block::kDataGroup, syntax, help, &DataGroup::entries,
      [=](const Args& args) {
        DataGroup::Entry made{.kind = kind};
        if (network) {
          made.network = args.get<IpPrefix>("value");
        } else {
          made.text = args.get<std::string>("value");
        }
        return made;
      },
      [=](const DataGroup::Entry& one) -> std::optional<Args> {
        if (one.kind != kind) return std::nullopt;
        if (network) return Args{{"value", one.network}};
        return Args{{"value", one.text}};
      });
}

}  // namespace

void addConditionStatements(std::vector<Statement>& table) {
  const auto add = [&](const Form& form) { addForm(table, form); };
  add(plain("host <host:text>",
            "Requests for this host; `*.example` is every host below `example`.", Subject::kHost));
  add(inGroup("host", "Requests for a host that is in this data-group.", Subject::kHost));
  add(tested(
      "path <test:exact|prefix|regex|contains|in> <value:text>",
      "Requests for such a path, which is compared with percent-encoding decoded and repeated "
      "slashes made one. Regular expressions (RE2) match anywhere unless ^ and $ say otherwise; "
      "`in`: that is in this data-group.",
      Subject::kPath));
  add(plain("method <method:name>", "Requests with this method.", Subject::kMethod));
  add(named("header", "Requests with such a header; `in`: with a value of this data-group.",
            Subject::kHeader));
  add(named("cookie", "Requests with such a cookie.", Subject::kCookie));
  add(named("query", "Requests with such a parameter in the query.", Subject::kQuery));
  add(ofClient());
  add(inGroup("client", "Requests of clients in a network of this data-group.", Subject::kClient));
  add(ofClass("user-agent", {"browser", "mobile", "bot", "tool"},
              "Requests of such a program, as its User-Agent says.", Subject::kUserAgent));
  add(plain("time <when:text>",
            "Requests at such a time: days, hours or both, as in `mon-fri 08:00-18:00 local`. "
            "Without `local` it is UTC.",
            Subject::kTime));
  add(ofBody());
  add(
      ofTls("Requests over TLS of which this field is like that, or is there. A client-certificate "
            "is `none`, `success` or `failed: REASON`."));
}

void addDataGroupStatements(std::vector<Statement>& table) {
  using Kind = DataGroup::Entry::Kind;
  table.push_back(namedBlock(
      Block::kDataGroup, "data-group",
      "Texts and networks that conditions of http-rules look into. The console adds and takes "
      "away entries without a commit.",
      &Config::data_groups));
  table.push_back(entry("text <value:text>", "Values that are this.", Kind::kText));
  table.push_back(entry("prefix <value:text>", "Values that begin with this.", Kind::kPrefix));
  table.push_back(entry("network <value:prefix>", "Addresses of this network.", Kind::kNetwork));
}

}  // namespace sluice
