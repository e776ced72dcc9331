// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/http_condition.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "firmware/control/config_value.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice {
namespace {

using Subject = HttpCondition::Subject;
using Test = HttpCondition::Test;

bool coversText(const HttpCondition& wide, const HttpCondition& narrow) {
  if (wide.test == Test::kPresent) return true;
  if (wide.test == narrow.test && wide.value == narrow.value) return true;
  if (narrow.test != Test::kExact && narrow.test != Test::kPrefix) return false;
  if (wide.test == Test::kPrefix) return narrow.value.starts_with(wide.value);
  return wide.test == Test::kContains && narrow.value.find(wide.value) != std::string::npos;
}

bool coversHost(const std::string& wide, const std::string& narrow) {
  if (proxy::equalIgnoringCase(wide, narrow)) return true;
  if (!wide.starts_with("*.") || narrow.size() < wide.size()) return false;
  return proxy::equalIgnoringCase(narrow.substr(narrow.size() - wide.size() + 1), wide.substr(1));
}

constexpr std::array<std::string_view, 11> kSubjects = {"host",   "path",  "method", "header",
                                                        "cookie", "query", "client", "user-agent",
                                                        "time",   "body",  "tls"};

bool coversCondition(const HttpCondition& wide, const HttpCondition& narrow) {
  // What a group holds may change.
  if (wide.test == Test::kGroup || narrow.test == Test::kGroup)
    return wide.test == narrow.test && wide.value == narrow.value;
  switch (wide.subject) {
    case Subject::kHost:
      return coversHost(wide.value, narrow.value);
    case Subject::kMethod:
    case Subject::kUserAgent:
    case Subject::kTime:
      return wide.value == narrow.value;
    case Subject::kClient:
      return wide.network.length <= narrow.network.length &&
             wide.network.contains(narrow.network.address);
    default:
      return coversText(wide, narrow);
  }
}

}  // namespace

bool sameThing(const HttpCondition& a, const HttpCondition& b) {
  return a.subject == b.subject && a.negated == b.negated && !a.negated &&
         proxy::equalIgnoringCase(a.name, b.name);
}

std::string describeThing(const HttpCondition& condition) {
  const std::string thing(kSubjects[static_cast<size_t>(condition.subject)]);
  return condition.name.empty() ? thing : thing + " " + quoted(condition.name);
}

std::string describeTest(const HttpCondition& condition) {
  if (condition.test == Test::kGroup) return "in data-group " + condition.value;
  if (condition.subject == Subject::kClient) return "in " + condition.network.toString();
  switch (condition.test) {
    case Test::kPrefix:
      return quoted(condition.value + "*");
    case Test::kContains:
      return quoted("*" + condition.value + "*");
    case Test::kRegex:
      return "like " + quoted(condition.value);
    case Test::kPresent:
      return "there";
    case Test::kGroup:
    case Test::kExact:
      break;
  }
  return quoted(condition.value);
}

// Each thing that `earlier` asks for, `later` asks for, too, and for nothing that `earlier` would
// not take.
bool covers(const HttpRule& earlier, const HttpRule& later) {
  return std::all_of(
      earlier.conditions.begin(), earlier.conditions.end(), [&](const HttpCondition& wide) {
        // What must not be has to be so there, too.
        if (wide.negated)
          return std::find(later.conditions.begin(), later.conditions.end(), wide) !=
                 later.conditions.end();
        bool asked = false, all = true;
        for (const HttpCondition& narrow : later.conditions) {
          if (!sameThing(wide, narrow)) continue;
          asked = true;
          // Another alternative of `earlier` may cover it.
          all &= std::any_of(earlier.conditions.begin(), earlier.conditions.end(),
                             [&](const HttpCondition& other) {
                               return sameThing(other, narrow) && coversCondition(other, narrow);
                             });
        }
        return asked && all;
      });
}

}  // namespace sluice
