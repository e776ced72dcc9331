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
// A statement that a rule may have several of.
template <typename T>
Statement part(std::string_view syntax, std::string_view help, std::vector<T> HttpRule::*list,
               std::function<T(const Args&)> make,
               std::function<std::optional<Args>(const T&)> show) {
  return element<HttpRule, T>(kR, syntax, help, list, std::move(make), std::move(show));
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
  return part<HeaderChange>(
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

Statement requestLimit() {
  return valuesLeaf<HttpRule, RequestLimit>(
      kR,
      "rate-limit <requests:1..1000000> per <time:duration> by <key:client|path|header|cookie> "
      "[<name:name>]",
      "Most requests of a client, for a path, or with one value of the header or cookie NAME. "
      "Others get 429 with Retry-After.",
      "no limit", &HttpRule::rate_limit,
      [](const Args& args) {
        return RequestLimit{args.number("requests"), args.get<Quantity>("time"),
                            static_cast<RequestLimit::Key>(args.number("key")),
                            args.has("name") ? args.get<std::string>("name") : ""};
      },
      [](const RequestLimit& limit) {
        Args args{{"requests", uint64_t{limit.requests}},
                  {"time", limit.per},
                  {"key", static_cast<uint64_t>(limit.key)}};
        if (!limit.name.empty()) args.add("name", limit.name);
        return args;
      });
}

Statement mirror() {
  return valuesLeaf<HttpRule, Mirror>(
      kR, "mirror <pool:name> [<percent:1..100>]",
      "Copies of these requests, or of a share of them, go to another pool. Its answers are "
      "thrown away, and nobody waits for them.",
      "none", &HttpRule::mirror,
      [](const Args& args) {
        return Mirror{args.get<std::string>("pool"), args.number("percent", 100)};
      },
      [](const Mirror& one) {
        Args args{{"pool", one.pool}};
        if (one.percent != 100) args.add("percent", uint64_t{one.percent});
        return args;
      });
}

void addActions(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  add(leaf(kR, "pool <pool:name>", "Who serves these requests.", "the virtual's pool",
           &HttpRule::pool));
  add(part<PoolShare>(
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
  add(leaf(kR, "tarpit <time:duration>",
           "The answer is held back for so long: that of `respond` or `redirect`, or 403.", "none",
           &HttpRule::tarpit));
  add(requestLimit());
  add(mirror());
  add(leaf(kR, "log <tag:name>", "What the access log says of these requests in `tags`.", "nothing",
           &HttpRule::log_tag));
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
      "thing one has to hold, of things all, of those with `not` none; a rule without conditions "
      "is for every request.",
      &Config::http_rules));
  addConditionStatements(table);
  addActions(table);
}

}  // namespace sluice
