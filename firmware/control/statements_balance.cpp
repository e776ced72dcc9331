// SPDX-License-Identifier: Apache-2.0
// Statements about what layer 7 adds to pools: bounded load, circuit breakers, outliers, queues.
#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

Statement breaker(const std::string& word, std::string_view help, Leaf<BreakerRule> Pool::*member) {
  return valuesLeaf<Pool, BreakerRule>(
      Block::kPool,
      word +
          " <percent:1..100> of <requests:1..1000000> in <within:duration> "
          "[hold <hold:duration>]",
      help, "none; hold 10s", member,
      [](const Args& args) {
        BreakerRule rule{args.number("percent"), args.number("requests"),
                         args.get<Quantity>("within")};
        if (args.has("hold")) rule.hold = args.get<Quantity>("hold");
        return rule;
      },
      [](const BreakerRule& rule) {
        Args args{{"percent", uint64_t{rule.percent}},
                  {"requests", uint64_t{rule.requests}},
                  {"within", rule.within}};
        if (rule.hold != BreakerRule().hold) args.add("hold", rule.hold);
        return args;
      });
}

Statement outliers() {
  return valuesLeaf<Pool, OutlierRule>(
      Block::kPool, "outlier-ejection <errors:1..1000> [hold <hold:duration>] [most <most:1..100>]",
      "Modes http and https: a member with so many errors in a row gets no requests for `hold`, "
      "then twice, three times as long; of the members no more than `most` percent.",
      "none; hold 30s most 50", &Pool::outliers,
      [](const Args& args) {
        OutlierRule rule{.errors = args.number("errors")};
        if (args.has("hold")) rule.hold = args.get<Quantity>("hold");
        rule.most = args.number("most", rule.most);
        return rule;
      },
      [](const OutlierRule& rule) {
        Args args{{"errors", uint64_t{rule.errors}}};
        if (rule.hold != OutlierRule().hold) args.add("hold", rule.hold);
        if (rule.most != OutlierRule().most) args.add("most", uint64_t{rule.most});
        return args;
      });
}

Statement queue() {
  return valuesLeaf<Pool, QueueRule>(
      Block::kPool, "queue <requests:1..65535> timeout <timeout:duration>",
      "Modes http and https: so many requests may wait while all members are at their limit, each "
      "for so long.",
      "none", &Pool::queue,
      [](const Args& args) {
        return QueueRule{args.number("requests"), args.get<Quantity>("timeout")};
      },
      [](const QueueRule& rule) {
        return Args{{"requests", uint64_t{rule.requests}}, {"timeout", rule.timeout}};
      });
}

}  // namespace

void addBalanceStatements(std::vector<Statement>& table) {
  table.push_back(leaf(
      Block::kPool, "bounded-load <percent:101..1000>",
      "Modes http and https: a member with more than that share of the average of requests under "
      "way is passed over, also by clients that come back.",
      "no bound", &Pool::bounded_load));
  table.push_back(breaker(
      "member-breaker",
      "Modes http and https: a member that fails so many percent of its requests gets none for "
      "`hold`, then one on trial.",
      &Pool::member_breaker));
  table.push_back(breaker(
      "pool-breaker",
      "Modes http and https: a pool that fails so many percent of its requests gets none for "
      "`hold`, then one on trial; clients get 503.",
      &Pool::pool_breaker));
  table.push_back(outliers());
  table.push_back(queue());
}

}  // namespace sluice
