// SPDX-License-Identifier: Apache-2.0
// Rules about http-rules.
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/control/checker.h"
#include "firmware/control/config_value.h"
#include "firmware/control/http_condition.h"
#include "firmware/control/time_window.h"
#include "firmware/proxy/http1_head.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice {

namespace {

using Subject = HttpCondition::Subject;
using Test = HttpCondition::Test;

// That a condition can look into: a client only into networks, all others only into texts.
void checkGroup(Checker& check, const HttpCondition& condition) {
  const DataGroup* group = findByName(check.config.data_groups, condition.value);
  if (group == nullptr)
    return check.error(condition.position, "there is no data-group " + quoted(condition.value));
  const bool networks = condition.subject == Subject::kClient;
  const bool fits =
      std::any_of(group->entries.begin(), group->entries.end(), [&](const DataGroup::Entry& entry) {
        return (entry.kind == DataGroup::Entry::Kind::kNetwork) == networks;
      });
  if (!fits && !group->entries.empty())
    check.warning(condition.position, "data-group " + quoted(group->name) + " has no " +
                                          (networks ? "network" : "text or prefix"));
}

void checkCondition(Checker& check, const HttpCondition& condition) {
  const auto error = [&](const std::string& text) { check.error(condition.position, text); };
  if (condition.test == Test::kGroup) return checkGroup(check, condition);
  if (condition.test == Test::kRegex) {
    const RE2 regex(condition.value, RE2::Quiet);
    if (!regex.ok())
      error("not a regular expression: " + quoted(condition.value) + ": " + regex.error());
  }
  const bool literal = condition.test == Test::kExact || condition.test == Test::kPrefix;
  if (condition.subject == Subject::kPath && literal && !condition.value.starts_with('/'))
    error("a path begins with '/', " + quoted(condition.value) + " does not");
  if (condition.subject == Subject::kHost &&
      !proxy::isHostAndPort(condition.value.starts_with("*.") ? condition.value.substr(2)
                                                              : condition.value))
    error(quoted(condition.value) + " is no host; expected a name, an address or *.NAME");
  if (condition.subject == Subject::kTime && !TimeWindow::parse(condition.value))
    error(quoted(condition.value) +
          " is no time; expected days, hours or both, as in mon-fri 08:00-18:00 local");
}

void checkPool(Checker& check, const Position& at, const std::string& name) {
  if (findByName(check.config.pools, name) == nullptr)
    check.error(at, "there is no pool " + quoted(name));
}

// Copies are what a member of HTTP/1.1 got.
void checkMirror(Checker& check, const Position& at, const std::string& name) {
  checkPool(check, at, name);
  const Pool* pool = findByName(check.config.pools, name);
  if (pool != nullptr && pool->speaksHttp2()) {
    check.error(at, "pool '" + name +
                        "' says `protocol http2`; copies are sent by HTTP/1.1 only, so that "
                        "expected is a pool with `protocol http1`");
  }
}

void checkHeader(Checker& check, const HeaderChange& change) {
  constexpr std::array kOwn = {"host", "content-length", "expect"};
  const bool own = std::any_of(kOwn.begin(), kOwn.end(), [&](const char* name) {
    return proxy::equalIgnoringCase(change.name, name);
  });
  if (own || proxy::isHopByHop(change.name)) {
    check.error(change.position, "header " + quoted(change.name) +
                                     " says how messages are framed or where they go; rules cannot "
                                     "change it");
  }
  if (!proxy::isToken(change.name) || !proxy::isHeaderValue(change.value))
    check.error(change.position, quoted(change.name + ": " + change.value) + " is no header");
}

void checkLimits(Checker& check, const HttpRule& rule) {
  if (rule.mirror.set) checkMirror(check, rule.mirror.position, rule.mirror->pool);
  if (rule.tarpit.set && rule.tarpit->value == 0)
    check.error(rule.tarpit.position, "a tarpit of no time does nothing; expected 1ms or more");
  if (!rule.rate_limit.set) return;
  const RequestLimit& limit = *rule.rate_limit;
  const auto error = [&](const char* text) { check.error(rule.rate_limit.position, text); };
  const bool named =
      limit.key == RequestLimit::Key::kHeader || limit.key == RequestLimit::Key::kCookie;
  if (named == limit.name.empty())
    error("expected `by client`, `by path`, `by header NAME` or `by cookie NAME`");
  if (limit.per.value < 1'000'000) error("the time is too short; expected 1ms or more");
}

void checkActions(Checker& check, const HttpRule& rule) {
  if (rule.pool.set) checkPool(check, rule.pool.position, *rule.pool);
  uint32_t sum = 0;
  for (const PoolShare& share : rule.splits) {
    checkPool(check, share.position, share.pool);
    sum += share.percent;
    if (sum > 100)
      check.error(share.position, "the shares of http-rule " + quoted(rule.name) + " are " +
                                      std::to_string(sum) + " percent; expected at most 100");
  }
  constexpr std::array<uint32_t, 5> kRedirects = {301, 302, 303, 307, 308};
  if (rule.redirect &&
      std::find(kRedirects.begin(), kRedirects.end(), rule.redirect->status) == kRedirects.end()) {
    check.error(rule.redirect->position, "status " + std::to_string(rule.redirect->status) +
                                             " is no redirect; expected 301, 302, 303, 307 or 308");
  }
  checkLimits(check, rule);
  const bool to_pool = rule.pool.set || !rule.splits.empty();
  if (to_pool && rule.tarpit.set)
    check.error(rule.tarpit.position,
                "a tarpit answers itself; expected neither pool nor split beside it");
  if (rule.redirect.has_value() + rule.respond.has_value() + to_pool > 1)
    check.error(rule.position, "http-rule " + quoted(rule.name) +
                                   " has more than one answer; expected one of pool and split, "
                                   "redirect, or respond");
  if (rule.rewrite_path.set && !rule.rewrite_path->starts_with('/') &&
      !rule.rewrite_path->starts_with("$path"))
    check.error(rule.rewrite_path.position, "a path begins with '/'");
  if (rule.rewrite_host.set && !proxy::isHostAndPort(*rule.rewrite_host))
    check.error(rule.rewrite_host.position, quoted(*rule.rewrite_host) + " is no host");
}

// Of one virtual: conditions about TLS can hold there.
void checkTls(Checker& check, const Virtual& service, const HttpRuleRef& use,
              const HttpRule& rule) {
  const auto asks = [&](auto&& about) {
    return std::any_of(rule.conditions.begin(), rule.conditions.end(), [&](const auto& one) {
      return one.subject == Subject::kTls && !one.negated && about(one.name);
    });
  };
  const std::string what = "http-rule " + quoted(rule.name) + " never matches: ";
  if (service.layer7 == Layer7::kHttp && asks([](const auto&) { return true; })) {
    return check.warning(use.position, what + "it asks about TLS, and virtual " +
                                           quoted(service.name) + " is of mode http");
  }
  const TlsProfile* profile = findByName(check.config.tls_profiles, *service.tls_profile);
  if (profile == nullptr || *profile->client_certificate != ClientCertificates::kNone) return;
  constexpr std::array kOfCertificate = {"subject", "issuer", "serial", "fingerprint"};
  const bool of_certificate = asks([&](const std::string& name) {
    return std::find(kOfCertificate.begin(), kOfCertificate.end(), name) != kOfCertificate.end();
  });
  if (of_certificate) {
    check.warning(use.position, what + "it asks about certificates of clients, and tls-profile " +
                                    quoted(profile->name) + " does not ask for any");
  }
}

// Of one virtual: rules that are there, and that can be come to.
void checkUse(Checker& check, const Virtual& service) {
  std::vector<const HttpRule*> before;
  for (const HttpRuleRef& use : service.rules) {
    const HttpRule* rule = findByName(check.config.http_rules, use.name);
    if (rule == nullptr) {
      check.error(use.position, "there is no http-rule " + quoted(use.name));
      continue;
    }
    for (const HttpRule* earlier : before) {
      const bool goes_on = *service.rule_mode == Virtual::RuleMode::kAll && !earlier->decides();
      if (goes_on || !covers(*earlier, *rule)) continue;
      check.warning(use.position, "http-rule " + quoted(rule->name) +
                                      " is never come to: " + quoted(earlier->name) +
                                      " before it matches every such request");
      break;
    }
    before.push_back(rule);
    checkTls(check, service, use, *rule);
  }
  if (!service.rules.empty() && (service.layer7 == Layer7::kNone || service.https_redirect.set)) {
    check.warning(service.rules[0].position,
                  "http-rules are not used here; expected mode http or https, and no "
                  "https-redirect");
  }
}

void checkGroupUse(Checker& check) {
  std::set<std::string_view> used;
  for (const HttpRule& rule : check.config.http_rules) {
    for (const HttpCondition& condition : rule.conditions) {
      if (condition.test == Test::kGroup) used.insert(condition.value);
    }
  }
  for (const DataGroup& group : check.config.data_groups) {
    if (used.count(group.name) == 0)
      check.warning(group.position,
                    "data-group " + quoted(group.name) + " is used by no http-rule");
  }
}

}  // namespace

void checkRules(Checker& check) {
  std::set<std::string_view> used;
  for (const Virtual& service : check.config.virtuals) {
    for (const HttpRuleRef& use : service.rules) used.insert(use.name);
  }
  for (const HttpRule& rule : check.config.http_rules) {
    for (const HttpCondition& condition : rule.conditions) checkCondition(check, condition);
    for (const HeaderChange& change : rule.header_changes) checkHeader(check, change);
    checkActions(check, rule);
    if (used.count(rule.name) == 0)
      check.warning(rule.position, "http-rule " + quoted(rule.name) + " is used by no virtual");
  }
  for (const Virtual& service : check.config.virtuals) checkUse(check, service);
  checkGroupUse(check);
}

}  // namespace sluice
