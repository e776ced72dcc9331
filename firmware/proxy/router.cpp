// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/router.h"

#include <random>

#include "firmware/proxy/client_hash.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

unsigned randomShare() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_int_distribution<unsigned>(0, 99)(generator);
}

void follow(const RulePlan& plan, const RuleSubject& subject, const RuleMatch& match,
            Route& route) {
  const HttpRule& config = plan.rule->config();
  if (config.redirect) {
    route.status = static_cast<int>(config.redirect->status);
    route.location = plan.rule->location(subject, match);
  } else if (config.respond) {
    route.status = static_cast<int>(config.respond->status);
  } else {
    const bool by_client = *config.split_by == HttpRule::SplitBy::kClient;
    const unsigned number = by_client ? shareOf(subject.client(), config.name) : randomShare();
    route.pool = config.splits.empty() ? plan.pool.get() : poolOf(plan, number);
    route.path = plan.rule->rewrittenPath(subject, match);
    // "/static../x" with /static in place of /files/ would be "/files/../x".
    if (route.path) route.flaw = checkPath(*route.path);
    if (config.rewrite_host.set) route.host = *config.rewrite_host;
  }
}

}  // namespace

const PoolPlan* poolOf(const RulePlan& rule, unsigned number) {
  for (const RulePlan::Share& share : rule.shares) {
    if (number < share.percent) return share.pool.get();
    number -= share.percent;
  }
  return rule.pool.get();
}

unsigned shareOf(const IpAddress& client, const std::string& rule) {
  return static_cast<unsigned>(hashOf(client, hashOf(rule)) % 100);
}

Route route(const ServicePlan& service, const RequestHead& request, const IpAddress& client) {
  Route route;
  route.pool = service.pool.get();
  if (service.rules.empty()) return route;
  const RuleSubject subject(request, client);
  for (const RulePlan& plan : service.rules) {
    RuleMatch match;
    if (!plan.rule->matches(subject, match)) continue;
    count(plan.counters->requests);
    route.rule = &plan;
    route.pool = nullptr;
    follow(plan, subject, match, route);
    break;
  }
  return route;
}

}  // namespace sluice::proxy
