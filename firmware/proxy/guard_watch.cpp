// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/guard_watch.h"

namespace sluice::proxy {

void GuardWatch::take(const ProxyStats& stats) {
  constexpr auto kClosed = CircuitBreaker::State::kClosed;
  std::map<Key, Told> now;
  for (const PoolStats& pool : stats.pools)
    tell({pool.pool, "all"}, pool.breaker != kClosed, false, now);
  for (const MemberStats& member : stats.members)
    tell({member.pool, member.endpoint.toString()}, member.breaker != kClosed, member.ejected, now);
  // Of members that are gone nothing is open any more.
  std::map<Key, Told> gone;
  for (const auto& [key, told] : told_) {
    if (now.count(key) == 0) tell(key, false, false, gone);
  }
  told_ = std::move(now);
}

void GuardWatch::tell(const Key& key, bool open, bool ejected, std::map<Key, Told>& now) {
  const auto before = told_.find(key);
  const Told old = before == told_.end() ? Told() : before->second;
  const auto& [pool, member] = key;
  if (open && !old.open) log_.emit<events::kCircuitOpened>(pool, member);
  if (!open && old.open) log_.emit<events::kCircuitClosed>(pool, member);
  if (ejected && !old.ejected) log_.emit<events::kOutlierEjected>(pool, member);
  if (!ejected && old.ejected) log_.emit<events::kOutlierReturned>(pool, member);
  now[key] = {open, ejected};
}

}  // namespace sluice::proxy
