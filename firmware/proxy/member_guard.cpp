// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/member_guard.h"

#include <algorithm>

namespace sluice::proxy {
namespace {

// One more may go.
bool mayEject(const PoolPlan& pool, std::chrono::nanoseconds now) {
  const auto ejected = static_cast<uint64_t>(std::count_if(
      pool.members.begin(), pool.members.end(),
      [&](const MemberPlan& member) { return member.counters->outlier.ejected(now); }));
  return (ejected + 1) * 100 <= uint64_t{pool.outliers->most} * pool.members.size();
}

}  // namespace

bool keptAway(const PoolPlan& pool, const MemberPlan& member, std::chrono::nanoseconds now) {
  return (pool.member_breaker && !member.counters->breaker.mayBegin(now)) ||
         (pool.outliers && member.counters->outlier.ejected(now));
}

Judgement::Judgement(const PoolPlan& pool)
    : Judgement(pool, nullptr, pool.breaker, pool.counters->breaker) {}

Judgement::Judgement(const PoolPlan& pool, const MemberPlan& member)
    : Judgement(pool, &member, pool.member_breaker, member.counters->breaker) {}

Judgement::Judgement(const PoolPlan& pool, const MemberPlan* member,
                     const std::optional<BreakerRule>& rule, CircuitBreaker& breaker)
    : pool_(pool),
      member_(member),
      rule_(rule),
      breaker_(breaker),
      trial_(rule && breaker.begin(steadyTime())) {}

Judgement::~Judgement() {
  if (trial_ && !told_) breaker_.giveUp();
}

void Judgement::tell(bool good) {
  if (told_) return;
  told_ = true;
  const bool watched = member_ != nullptr && pool_.outliers;
  if (!rule_ && !watched) return;
  const auto now = steadyTime();
  if (rule_) breaker_.finish(*rule_, good, trial_, now);
  if (!watched) return;
  Outlier& outlier = member_->counters->outlier;
  if (outlier.report(*pool_.outliers, good) && mayEject(pool_, now))
    outlier.eject(*pool_.outliers, now);
}

}  // namespace sluice::proxy
