// SPDX-License-Identifier: Apache-2.0
// What the requests of a member and a pool tell about them: circuit breakers and the ejection of
// outliers, as the pool is configured.
#pragma once

#include <chrono>

#include "firmware/proxy/proxy_plan.h"

namespace sluice::proxy {

// The member gets no requests now, whatever the pool's other members do.
bool keptAway(const PoolPlan& pool, const MemberPlan& member, std::chrono::nanoseconds now);
// The pool gets none.
inline bool circuitOpen(const PoolPlan& pool, std::chrono::nanoseconds now) {
  return pool.breaker && !pool.counters->breaker.mayBegin(now);
}

// A request, from its beginning to what it tells. If it tells nothing, and was the trial of a
// breaker, another one will be.
class Judgement {
 public:
  explicit Judgement(const PoolPlan& pool);
  Judgement(const PoolPlan& pool, const MemberPlan& member);
  ~Judgement();
  Judgement(const Judgement&) = delete;
  Judgement& operator=(const Judgement&) = delete;

  void tell(bool good);

 private:
  Judgement(const PoolPlan& pool, const MemberPlan* member, const std::optional<BreakerRule>& rule,
            CircuitBreaker& breaker);

  const PoolPlan& pool_;
  const MemberPlan* member_;  // null: of the pool
  const std::optional<BreakerRule>& rule_;
  CircuitBreaker& breaker_;
  bool trial_;
  bool told_ = false;
};

}  // namespace sluice::proxy
