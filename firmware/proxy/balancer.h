// SPDX-License-Identifier: Apache-2.0
// Which member of a pool gets a request: those in service and below their limit, that no breaker
// and no ejection keeps away, by the pool's choice. One per worker.
//
// With a bound, members with more than that share of the average of requests under way are passed
// over (V. Mirrokni, M. Thorup, M. Zadimoghaddam, Consistent Hashing with Bounded Loads, SODA 2018;
// here the average is by weight, and of the members that could be chosen).
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "firmware/proxy/proxy_plan.h"

namespace sluice::proxy {

class Balancer {
 public:
  // Null: nobody is left. `tried` are not asked again. `known`, if not null, is who the client
  // comes back to.
  const MemberPlan* choose(const PoolPlan& pool, const IpAddress& client,
                           std::span<const MemberPlan* const> tried,
                           const Endpoint* known = nullptr);
  // Why choose() finds nobody: those that could serve are at their limit, or are kept away.
  enum class Nobody : uint8_t { kNone, kFull, kKeptAway };
  static Nobody whyNobody(const PoolPlan& pool, std::span<const MemberPlan* const> tried);
  // Another plan came: what was remembered about pools goes.
  void reset() { credits_.clear(); }

 private:
  const MemberPlan* roundRobin(const PoolPlan& pool, std::span<const size_t> eligible);

  // Smooth weighted round robin: who waited longest in proportion to its weight.
  std::unordered_map<const PoolPlan*, std::vector<int64_t>> credits_;
};

}  // namespace sluice::proxy
