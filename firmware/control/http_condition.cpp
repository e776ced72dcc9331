// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/http_condition.h"

#include <algorithm>

#include "firmware/control/config_value.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice {
namespace {

using Subject = HttpCondition::Subject;
using Test = HttpCondition::Test;

bool sameThing(const HttpCondition& a, const HttpCondition& b) {
  return a.subject == b.subject && proxy::equalIgnoringCase(a.name, b.name);
}

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

bool coversCondition(const HttpCondition& wide, const HttpCondition& narrow) {
  switch (wide.subject) {
    case Subject::kHost:
      return coversHost(wide.value, narrow.value);
    case Subject::kMethod:
      return wide.value == narrow.value;
    case Subject::kClient:
      return wide.network.length <= narrow.network.length &&
             wide.network.contains(narrow.network.address);
    default:
      return coversText(wide, narrow);
  }
}

}  // namespace

std::string describeThing(const HttpCondition& condition) {
  constexpr std::string_view kNames[] = {"host",   "path",  "method", "header",
                                         "cookie", "query", "client"};
  const std::string thing(kNames[static_cast<size_t>(condition.subject)]);
  return condition.name.empty() ? thing : thing + " " + quoted(condition.name);
}

std::string describeTest(const HttpCondition& condition) {
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
    case Test::kExact:
      break;
  }
  return quoted(condition.value);
}

std::string toText(const HttpCondition& condition) {
  constexpr std::string_view kTests[] = {"exact", "prefix", "regex", "contains", ""};
  constexpr std::string_view kNames[] = {"host",   "path",  "method", "header",
                                         "cookie", "query", "client"};
  std::string text(kNames[static_cast<size_t>(condition.subject)]);
  const auto add = [&](std::string_view word) {
    if (!word.empty()) text.append(" ").append(word);
  };
  add(condition.name);
  const bool tested = condition.subject != Subject::kHost &&
                      condition.subject != Subject::kMethod &&
                      condition.subject != Subject::kClient;
  if (tested) add(kTests[static_cast<size_t>(condition.test)]);
  add(condition.subject == Subject::kClient ? condition.network.toString() : condition.value);
  return text;
}

// Each thing that `earlier` asks for, `later` asks for, too, and for nothing that `earlier` would
// not take.
bool covers(const HttpRule& earlier, const HttpRule& later) {
  return std::all_of(
      earlier.conditions.begin(), earlier.conditions.end(), [&](const HttpCondition& wide) {
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
