// SPDX-License-Identifier: Apache-2.0
// Statements about what becomes of HTTP requests: http-rule.
#include <algorithm>
#include <functional>
#include <optional>

#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

constexpr Block kR = Block::kHttpRule;
using Subject = HttpCondition::Subject;
using Test = HttpCondition::Test;

// A statement that there may be several of, each an element of a list of the rule. `show` gives
// nothing for elements that are another statement's.
template <typename T>
Statement element(std::string_view syntax, std::string_view help, std::vector<T> HttpRule::*list,
                  std::function<T(const Args&)> make,
                  std::function<std::optional<Args>(const T&)> show) {
  Statement row = statement(kR, syntax, help);
  row.apply = [=](StatementContext& context, const Args& args) {
    auto& all = context.object<HttpRule>().*list;
    T fresh = make(args);
    fresh.position = context.position;
    const auto same = std::find(all.begin(), all.end(), fresh);
    if (same != all.end()) {
      same->position = context.position;
    } else if (context.hasRoom(all.size())) {
      all.push_back(std::move(fresh));
    }
  };
  row.dump = [=](const StatementContext& context) {
    std::vector<Args> found;
    for (const T& one : context.object<HttpRule>().*list) {
      if (auto args = show(one)) found.push_back(std::move(*args));
    }
    return found;
  };
  row.no_syntax.emplace(syntax);
  row.remove = [=](StatementContext& context, const Args& args) {
    if (std::erase(context.object<HttpRule>().*list, make(args)) == 0)
      context.error(1, "the rule does not have this");
  };
  return row;
}

Statement condition(std::string_view syntax, std::string_view help, Subject subject,
                    std::function<HttpCondition(const Args&)> make,
                    std::function<Args(const HttpCondition&)> show) {
  return element<HttpCondition>(
      syntax, help, &HttpRule::conditions,
      [=](const Args& args) {
        HttpCondition made = make(args);
        made.subject = subject;
        return made;
      },
      [=](const HttpCondition& one) -> std::optional<Args> {
        if (one.subject != subject) return std::nullopt;
        return show(one);
      });
}

// WORD VALUE
Statement plainCondition(std::string_view syntax, std::string_view help, Subject subject) {
  const std::string key = Syntax(syntax).firstKey();
  return condition(
      syntax, help, subject,
      [=](const Args& args) { return HttpCondition{.value = args.get<std::string>(key)}; },
      [=](const HttpCondition& one) {
        return Args{{key, one.value}};
      });
}

// WORD NAME [TEST VALUE]
Statement namedCondition(std::string_view word, std::string_view help, Subject subject) {
  const std::string syntax =
      std::string(word) + " <name:name> [<test:exact|prefix|regex|contains> <value:text>]";
  return condition(
      syntax, help, subject,
      [](const Args& args) {
        HttpCondition made{.test = Test::kPresent, .name = args.get<std::string>("name")};
        if (args.has("test")) {
          made.test = static_cast<Test>(args.number("test"));
          made.value = args.get<std::string>("value");
        }
        return made;
      },
      [](const HttpCondition& one) {
        Args args{{"name", one.name}};
        if (one.test == Test::kPresent) return args;
        args.add("test", static_cast<uint64_t>(one.test));
        args.add("value", one.value);
        return args;
      });
}

void addConditions(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  add(plainCondition("host <host:text>",
                     "Requests for this host; `*.example` is every host below `example`.",
                     Subject::kHost));
  add(condition(
      "path <test:exact|prefix|regex> <value:text>",
      "Requests for such a path, which is compared with percent-encoding decoded and repeated "
      "slashes made one. Regular expressions (RE2) match anywhere unless ^ and $ say otherwise.",
      Subject::kPath,
      [](const Args& args) {
        return HttpCondition{.test = static_cast<Test>(args.number("test")),
                             .value = args.get<std::string>("value")};
      },
      [](const HttpCondition& one) {
        return Args{{"test", static_cast<uint64_t>(one.test)}, {"value", one.value}};
      }));
  add(plainCondition("method <method:name>", "Requests with this method.", Subject::kMethod));
  add(namedCondition("header", "Requests with such a header.", Subject::kHeader));
  add(namedCondition("cookie", "Requests with such a cookie.", Subject::kCookie));
  add(namedCondition("query", "Requests with such a parameter in the query.", Subject::kQuery));
  add(condition(
      "client <network:prefix>", "Requests of clients in this network.", Subject::kClient,
      [](const Args& args) { return HttpCondition{.network = args.get<IpPrefix>("network")}; },
      [](const HttpCondition& one) {
        return Args{{"network", one.network}};
      }));
}

// STATUS and a text: redirect, respond.
Statement answer(std::string_view syntax, std::string_view help,
                 std::optional<HttpRule::Answer> HttpRule::*member) {
  Statement row = statement(kR, syntax, help);
  row.apply = [=](StatementContext& context, const Args& args) {
    HttpRule::Answer& target = (context.object<HttpRule>().*member).emplace();
    target.status = args.number("status");
    if (args.has("text")) target.text = args.get<std::string>("text");
    target.position = context.position;
  };
  row.dump = [=](const StatementContext& context) -> std::vector<Args> {
    const auto& source = context.object<HttpRule>().*member;
    if (!source) return {};
    Args args{{"status", uint64_t{source->status}}};
    if (!source->text.empty()) args.add("text", source->text);
    return {args};
  };
  row.no_syntax.emplace("");
  row.remove = [=](StatementContext& context, const Args&) {
    (context.object<HttpRule>().*member).reset();
  };
  return row;
}

Statement headerChange(const std::string& words, std::string_view help, bool of_response,
                       HeaderChange::Kind kind) {
  const bool valued = kind != HeaderChange::Kind::kRemove;
  return element<HeaderChange>(
      words + (valued ? " <name:name> <value:text>" : " <name:name>"), help,
      &HttpRule::header_changes,
      [=](const Args& args) {
        return HeaderChange{of_response,
                            kind,
                            args.get<std::string>("name"),
                            valued ? args.get<std::string>("value") : "",
                            {}};
      },
      [=](const HeaderChange& one) -> std::optional<Args> {
        if (one.of_response != of_response || one.kind != kind) return std::nullopt;
        Args args{{"name", one.name}};
        if (valued) args.add("value", one.value);
        return args;
      });
}

void addActions(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  add(leaf(kR, "pool <pool:name>", "Who serves these requests.", "the virtual's pool",
           &HttpRule::pool));
  add(element<PoolShare>(
      "split <pool:name> <percent:1..100>",
      "That many percent of these requests go to another pool; there may be several.",
      &HttpRule::splits,
      [](const Args& args) {
        return PoolShare{args.get<std::string>("pool"), args.number("percent"), {}};
      },
      [](const PoolShare& one) {
        return Args{{"pool", one.pool}, {"percent", uint64_t{one.percent}}};
      }));
  add(leaf(
      kR, "split-by <key:request|client>",
      "What is split: requests, or clients by their address. A client stays with its pool, and "
      "as a share grows, clients come to it and none leaves.",
      "request", &HttpRule::split_by));
  add(answer(
      "redirect <status:301..308> <text:text>",
      "Clients are sent to another URL: 301, 302, 303, 307 or 308. $host, $path, $query and, of "
      "a `path regex`, $1 to $9 stand for parts of the request, $$ for a dollar sign.",
      &HttpRule::redirect));
  add(answer("respond <status:200..599> [<text:text>]",
             "The appliance answers itself, with this status and text.", &HttpRule::respond));
  add(leaf(
      kR, "rewrite-path <path:text>",
      "The path that members get. In place of the prefix of a `path prefix`, else of the whole "
      "path; with the same $ as `redirect`.",
      "as it came", &HttpRule::rewrite_path));
  add(leaf(kR, "rewrite-host <host:text>", "The host that members get.", "as it came",
           &HttpRule::rewrite_host));
  using Kind = HeaderChange::Kind;
  for (const bool of_response : {false, true}) {
    const std::string word = of_response ? "response-header" : "request-header";
    add(headerChange(word + " set", "A header in place of all that have its name.", of_response,
                     Kind::kSet));
    add(headerChange(word + " add", "A header behind those that are there.", of_response,
                     Kind::kAdd));
    add(headerChange(word + " remove", "Takes away headers of that name.", of_response,
                     Kind::kRemove));
  }
}

}  // namespace

void addRuleStatements(std::vector<Statement>& table) {
  table.push_back(namedBlock(
      kR, "http-rule",
      "What becomes of some requests of the virtuals that name it. Of conditions about the same "
      "thing one has to hold, of things all; a rule without conditions is for every request.",
      &Config::http_rules));
  addConditions(table);
  addActions(table);
}

}  // namespace sluice
