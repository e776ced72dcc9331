// SPDX-License-Identifier: Apache-2.0
// Redirects of http-rules that lead clients back to where they came from.
//
// A client that follows `redirect` asks again, with GET, for what it was told. If that comes to the
// same virtual, and the same rule matches it again, it is sent round until it gives up. Only what
// can be said for sure is: parts of the path that come from a regular expression, queries and
// cookies that may change on the way are taken for an end.
#include <algorithm>
#include <string>
#include <string_view>

#include "firmware/control/checker.h"
#include "firmware/control/config_value.h"
#include "firmware/control/http_condition.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice {

namespace {

using Subject = HttpCondition::Subject;
using Test = HttpCondition::Test;

// Where a redirect leads. Empty: as in the request.
struct Target {
  std::string_view scheme, host, path;
  uint64_t port = 0;   // 0: as in the request
  bool sure = true;    // nothing else comes into it
  bool query = false;  // that of the request is kept
};

Target parseTarget(std::string_view text) {
  Target target;
  if (const size_t at = text.find("://"); at != std::string_view::npos) {
    target.scheme = text.substr(0, at);
    text.remove_prefix(at + 3);
    const size_t end = std::min(text.find_first_of("/?#$", 1), text.size());
    std::string_view host = text.substr(0, end);
    text.remove_prefix(end);
    const size_t colon = host.find(':');
    target.port = target.scheme == "https" ? 443 : 80;
    if (colon != std::string_view::npos)
      target.port = proxy::parseDecimal(host.substr(colon + 1)).value_or(0);
    host = host.substr(0, colon);
    target.host = host == "$host" ? "" : host;
    target.sure = target.host.find('$') == std::string_view::npos;
  }
  const size_t question = text.find('?');
  target.query =
      question != std::string_view::npos && text.find("$query", question) != std::string_view::npos;
  std::string_view path = text.substr(0, question);
  target.path = path == "$path" ? "" : path.empty() ? "/" : path;
  target.sure &= target.path.find('$') == std::string_view::npos;
  return target;
}

bool pathHolds(const HttpCondition& condition, std::string_view path) {
  switch (condition.test) {
    case Test::kExact:
      return path == condition.value;
    case Test::kPrefix:
      return path.starts_with(condition.value);
    case Test::kContains:
      return path.find(condition.value) != std::string_view::npos;
    default:
      return false;  // not sure
  }
}

// Whether, of conditions about one thing, one holds of what the client asks for next.
bool holdsAgain(const HttpCondition& condition, const Target& target) {
  switch (condition.subject) {
    case Subject::kHost: {
      if (target.host.empty()) return true;
      if (condition.test == Test::kGroup) return false;
      const HttpCondition asked{.value = std::string(target.host)};
      return covers(HttpRule{.conditions = {{.value = condition.value}}},
                    HttpRule{.conditions = {asked}});
    }
    case Subject::kPath:
      return target.path.empty() || pathHolds(condition, target.path);
    case Subject::kMethod:
      return condition.value == "GET";
    case Subject::kQuery:
      return target.query;
    case Subject::kCookie:
    case Subject::kBody:
      return false;
    case Subject::kHeader:
    case Subject::kClient:
    case Subject::kUserAgent:
    case Subject::kTime:
    case Subject::kTls:
      return true;
  }
  return false;
}

bool matchesAgain(const HttpRule& rule, const Target& target) {
  return std::all_of(
      rule.conditions.begin(), rule.conditions.end(), [&](const HttpCondition& condition) {
        if (!condition.negated)
          return std::any_of(rule.conditions.begin(), rule.conditions.end(),
                             [&](const HttpCondition& other) {
                               return sameThing(condition, other) && holdsAgain(other, target);
                             });
        // It did not hold before; a thing that stays as it was is no different now.
        if (condition.subject == Subject::kHost && !target.host.empty())
          return condition.test != Test::kGroup && !holdsAgain(condition, target);
        if (condition.subject == Subject::kPath && !target.path.empty())
          return condition.test != Test::kRegex && condition.test != Test::kGroup &&
                 !pathHolds(condition, target.path);
        return condition.subject != Subject::kQuery && condition.subject != Subject::kCookie;
      });
}

std::string_view schemeOf(const Virtual& service) {
  return service.layer7 == Layer7::kHttps ? "https" : "http";
}

// The target is asked for at this virtual.
bool comesTo(const Virtual& service, const Virtual& from, const Target& target) {
  const std::string_view scheme = target.scheme.empty() ? schemeOf(from) : target.scheme;
  const uint64_t port = target.port != 0 ? target.port : from.destination->port;
  return schemeOf(service) == scheme && service.destination->port == port &&
         service.destination->prefix.address == from.destination->prefix.address;
}

void checkRedirect(Checker& check, const Virtual& service, const HttpRule& rule) {
  const Target target = parseTarget(rule.redirect->text);
  if (!target.sure || !matchesAgain(rule, target)) return;
  const auto warn = [&](const std::string& why) {
    check.warning(rule.redirect->position, "http-rule " + quoted(rule.name) +
                                               " sends clients of virtual " + quoted(service.name) +
                                               " round in circles: " + why);
  };
  if (comesTo(service, service, target))
    return warn("it matches what it redirects to" +
                (target.host.empty() ? "" : ", for host " + quoted(target.host)));
  for (const Virtual& other : check.config.virtuals) {
    const bool back = other.layer7 == Layer7::kHttp && other.https_redirect.set &&
                      *other.https_redirect == service.destination->port &&
                      service.layer7 == Layer7::kHttps;
    if (back && comesTo(other, service, target))
      return warn("virtual " + quoted(other.name) + " redirects them to it");
  }
}

}  // namespace

void checkRedirects(Checker& check) {
  for (const Virtual& service : check.config.virtuals) {
    if (service.layer7 != Layer7::kHttp && service.layer7 != Layer7::kHttps) continue;
    if (service.https_redirect.set) continue;
    for (const HttpRuleRef& use : service.rules) {
      const HttpRule* rule = findByName(check.config.http_rules, use.name);
      if (rule != nullptr && rule->redirect) checkRedirect(check, service, *rule);
    }
  }
}

}  // namespace sluice
