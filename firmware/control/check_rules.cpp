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
#include "firmware/proxy/http1_head.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice {

namespace {

void checkCondition(Checker& check, const HttpCondition& condition) {
  using Test = HttpCondition::Test;
  const auto error = [&](const std::string& text) { check.error(condition.position, text); };
  if (condition.test == Test::kRegex) {
    const RE2 regex(condition.value, RE2::Quiet);
    if (!regex.ok())
      error("not a regular expression: " + quoted(condition.value) + ": " + regex.error());
  }
  const bool literal = condition.test == Test::kExact || condition.test == Test::kPrefix;
  if (condition.subject == HttpCondition::Subject::kPath && literal &&
      !condition.value.starts_with('/'))
    error("a path begins with '/', " + quoted(condition.value) + " does not");
  if (condition.subject == HttpCondition::Subject::kHost &&
      !proxy::isHostAndPort(condition.value.starts_with("*.") ? condition.value.substr(2)
                                                              : condition.value))
    error(quoted(condition.value) + " is no host; expected a name, an address or *.NAME");
}

void checkPool(Checker& check, const Position& at, const std::string& name) {
  if (findByName(check.config.pools, name) == nullptr)
    check.error(at, "there is no pool " + quoted(name));
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
  const bool to_pool = rule.pool.set || !rule.splits.empty();
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
      if (!covers(*earlier, *rule)) continue;
      check.warning(use.position, "http-rule " + quoted(rule->name) +
                                      " is never come to: " + quoted(earlier->name) +
                                      " before it matches every such request");
      break;
    }
    before.push_back(rule);
  }
  if (!service.rules.empty() && (service.layer7 == Layer7::kNone || service.https_redirect.set)) {
    check.warning(service.rules[0].position,
                  "http-rules are not used here; expected mode http or https, and no "
                  "https-redirect");
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
}

}  // namespace sluice
