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

// Follows the rules of a virtual, one after another.
class Follower {
 public:
  Follower(const ServicePlan& service, const RuleSubject& subject)
      : service_(service), subject_(subject) {
    route_.pool = service.pool.get();
  }

  Route run() {
    for (const RulePlan& plan : service_.rules) {
      RuleMatch match;
      if (!plan.rule->matches(subject_, match)) continue;
      count(plan.counters->requests);
      route_.rules.push_back(&plan);
      if (!follow(plan, match) || !service_.all_rules) break;
    }
    if (route_.rules.size() > 1) combine();
    return std::move(route_);
  }

 private:
  // False: who answers is decided.
  bool follow(const RulePlan& plan, const RuleMatch& match) {
    const HttpRule& config = plan.rule->config();
    if (config.rate_limit.set && overRate(plan)) return false;
    if (config.mirror.set && randomShare() < config.mirror->percent) {
      route_.mirror = plan.mirror.get();
      route_.mirror_counters = plan.counters.get();
    }
    if (auto path = plan.rule->rewrittenPath(subject_, match)) {
      route_.path = std::move(path);
      // "/static../x" with /static in place of /files/ would be "/files/../x".
      route_.flaw = checkPath(*route_.path);
    }
    if (config.rewrite_host.set) route_.host = *config.rewrite_host;
    if (config.redirect || config.respond || config.tarpit.set) {
      answer(plan, match);
    } else if (!config.splits.empty()) {
      const bool by_client = *config.split_by == HttpRule::SplitBy::kClient;
      route_.pool =
          poolOf(plan, by_client ? shareOf(subject_.client(), config.name) : randomShare());
    } else if (config.pool.set) {
      route_.pool = plan.pool.get();
    }
    return !config.decides();
  }

  void answer(const RulePlan& plan, const RuleMatch& match) {
    const HttpRule& config = plan.rule->config();
    route_.pool = nullptr;
    route_.flaw = Flaw::kNone;
    if (config.redirect) {
      route_.cause = Cause::kRedirected;
      route_.status = static_cast<int>(config.redirect->status);
      route_.location = plan.rule->location(subject_, match);
    } else {
      route_.cause = Cause::kResponded;
      route_.status = config.respond ? static_cast<int>(config.respond->status) : 403;
      if (config.respond) route_.text = config.respond->text;
    }
    if (!config.tarpit.set) return;
    route_.cause = Cause::kTarpitted;
    route_.delay = std::chrono::nanoseconds(config.tarpit->value);
  }

  bool overRate(const RulePlan& plan) {
    const RequestLimit& limit = *plan.rule->config().rate_limit;
    const auto wait =
        plan.counters->rates.take(rateKey(limit, subject_), limit.requests,
                                  std::chrono::nanoseconds(limit.per.value), steadyTime());
    if (wait <= wait.zero()) return false;
    count(plan.counters->limited);
    route_.pool = nullptr;
    route_.flaw = Flaw::kNone;
    route_.status = 429;
    route_.cause = Cause::kRateLimited;
    route_.retry_after = std::chrono::ceil<std::chrono::seconds>(wait);
    return true;
  }

  void combine() {
    route_.combined = std::make_unique<Route::Edits>();
    for (const RulePlan* plan : route_.rules) {
      route_.combined->request.append(plan->request_edits);
      route_.combined->response.append(plan->response_edits);
    }
  }

  const ServicePlan& service_;
  const RuleSubject& subject_;
  Route route_;
};

template <typename TextOf>
std::string joined(const std::vector<const RulePlan*>& rules, TextOf textOf) {
  std::string text;
  for (const RulePlan* plan : rules) {
    const std::string& one = textOf(plan->rule->config());
    if (!one.empty()) text.append(text.empty() ? "" : ",").append(one);
  }
  return text;
}

}  // namespace

std::string Route::ruleNames() const {
  return joined(rules, [](const HttpRule& rule) -> const std::string& { return rule.name; });
}

std::string Route::tags() const {
  return joined(rules, [](const HttpRule& rule) -> const std::string& { return *rule.log_tag; });
}

std::string rateKey(const RequestLimit& limit, const RuleSubject& subject) {
  const auto first = [](const std::vector<std::string>& values) {
    return values.empty() ? std::string() : values[0];
  };
  switch (limit.key) {
    case RequestLimit::Key::kPath:
      return subject.path();
    case RequestLimit::Key::kHeader:
      return first(subject.headers(limit.name));
    case RequestLimit::Key::kCookie:
      return first(subject.cookies(limit.name));
    case RequestLimit::Key::kClient:
      break;
  }
  return subject.client().toString();
}

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

Route route(const ServicePlan& service, const RequestHead& request,
            const RuleSurroundings& around) {
  if (service.rules.empty()) {
    Route route;
    route.pool = service.pool.get();
    return route;
  }
  const RuleSubject subject(request, around);
  return Follower(service, subject).run();
}

}  // namespace sluice::proxy
