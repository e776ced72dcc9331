// SPDX-License-Identifier: Apache-2.0
// What becomes of a request, by the rules of its virtual.
#pragma once

#include <memory>
#include <string>

#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/proxy_plan.h"
#include "firmware/proxy/rules.h"

namespace sluice::proxy {

struct Route {
  const RulePlan* rule = nullptr;         // null: none matched
  const PoolPlan* pool = nullptr;         // null: the appliance answers
  std::optional<std::string> path, host;  // in place of the request's
  Flaw flaw = Flaw::kNone;                // of the rewritten path: nobody gets the request
  int status = 0;                         // of the appliance's answer
  std::string location;                   // of a redirect

  RequestChanges changes() const {
    return {path ? &*path : nullptr, host ? &*host : nullptr,
            rule != nullptr ? &rule->request_edits : nullptr};
  }
};

// Counts the rule. Any worker's thread.
Route route(const ServicePlan& service, const RequestHead& request, const IpAddress& client);

// The pool of a rule's request; `number` is 0 to 99, of the request or its client.
const PoolPlan* poolOf(const RulePlan& rule, unsigned number);
// Of a client: the same in every worker and after every restart, another one for each rule.
unsigned shareOf(const IpAddress& client, const std::string& rule);

}  // namespace sluice::proxy
