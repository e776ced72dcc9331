// SPDX-License-Identifier: Apache-2.0
// What becomes of a request, by the rules of its virtual.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/proxy_plan.h"
#include "firmware/proxy/rules.h"

namespace sluice::proxy {

struct Route {
  std::vector<const RulePlan*> rules;     // that matched and count, in order
  const PoolPlan* pool = nullptr;         // null: the appliance answers
  std::optional<std::string> path, host;  // in place of the request's
  Flaw flaw = Flaw::kNone;                // of the rewritten path: nobody gets the request
  const PoolPlan* mirror = nullptr;       // gets a copy
  RuleCounters* mirror_counters = nullptr;

  // Of the appliance's answer:
  int status = 0;
  Cause cause = Cause::kNone;
  std::string location;                // of a redirect
  std::string_view text;               // of a response
  std::chrono::seconds retry_after{};  // kRateLimited
  std::chrono::nanoseconds delay{};    // before it: tarpit

  const HeaderEdits* requestEdits() const {
    if (combined) return &combined->request;
    return rules.empty() ? nullptr : &rules[0]->request_edits;
  }
  // Null: the virtual's.
  const HeaderEdits* responseEdits() const {
    if (combined) return &combined->response;
    return rules.empty() ? nullptr : &rules[0]->response_edits;
  }
  RequestChanges changes() const {
    return {path ? &*path : nullptr, host ? &*host : nullptr, requestEdits()};
  }
  // Names, with commas.
  std::string ruleNames() const;
  std::string tags() const;

  struct Edits {
    HeaderEdits request, response;
  };
  std::unique_ptr<Edits> combined;  // of several rules
};

// Counts the rules. `body`: the beginning of the request's, if the virtual looks at that. Any
// worker's thread.
Route route(const ServicePlan& service, const RequestHead& request, const RuleSurroundings& around);

// The pool of a rule's request; `number` is 0 to 99, of the request or its client.
const PoolPlan* poolOf(const RulePlan& rule, unsigned number);
// Of a client: the same in every worker and after every restart, another one for each rule.
unsigned shareOf(const IpAddress& client, const std::string& rule);
// What a limit counts a request by.
std::string rateKey(const RequestLimit& limit, const RuleSubject& subject);

}  // namespace sluice::proxy
