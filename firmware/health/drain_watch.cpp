// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/drain_watch.h"

#include <algorithm>

namespace sluice {

void DrainWatch::look(const Config& config, const Overrides& overrides,
                      const Operational& operational, uint64_t now_ns) {
  due_ns_ = UINT64_MAX;
  // A member past its deadline drains no more, but that is why.
  Operational found = operational;
  for (auto& [key, member] : found.members) member.past_deadline = false;
  std::map<MemberKey, Drain> before = std::exchange(drains_, {});
  for (const Pool& pool : config.pools) {
    const PoolService service = servePool(pool, overrides, found, false);
    for (size_t i = 0; i < pool.members.size(); ++i) {
      if (service.members[i].state != AdminState::kDrain) continue;
      MemberKey key{pool.name, pool.members[i].endpoint};
      auto known = before.extract(key);
      const bool begins = known.empty();
      Drain& drain = drains_.emplace(key, begins ? Drain{now_ns, 0, false, false} : known.mapped())
                         .first->second;
      drain.live = live_(key);
      if (begins) tell_(News::kBegun, key, drain);
      follow(pool, key, drain, now_ns);
    }
  }
  for (const auto& [key, drain] : before) tell_(News::kOver, key, drain);
}

void DrainWatch::follow(const Pool& pool, const MemberKey& key, Drain& drain, uint64_t now_ns) {
  if (!drain.drained && drain.live == 0) {
    drain.drained = true;
    tell_(News::kDrained, key, drain);
  }
  const uint64_t timeout = pool.shutdown_timeout->value;
  if (timeout != 0 && !drain.past_deadline && now_ns - drain.since_ns >= timeout) {
    drain.past_deadline = true;
    tell_(News::kPastDeadline, key, drain);
  }
  if (drain.drained) return;
  due_ns_ = std::min(due_ns_, now_ns + kPeriodNs);
  if (timeout != 0 && !drain.past_deadline) due_ns_ = std::min(due_ns_, drain.since_ns + timeout);
}

void DrainWatch::addTo(Operational& operational) const {
  for (const auto& [key, drain] : drains_) {
    if (drain.past_deadline) operational.members[key].past_deadline = true;
  }
}

}  // namespace sluice
