// SPDX-License-Identifier: Apache-2.0
#include "sim/live/neighbor_watch.h"

#include <algorithm>

namespace sluice {

void NeighborWatch::setNeeded(const std::map<NeighborKey, NextHop>& next_hops,
                              const NetworkPlan& plan) {
  std::map<NeighborKey, Wanted> wanted;
  for (const auto& [key, hop] : next_hops) {
    const TapPlan* tap = plan.tapOf(key.interface);
    if (hop.mac_configured || hop.assumed || tap == nullptr) continue;
    const auto before = wanted_.find(key);
    wanted[key] = before != wanted_.end() ? before->second : Wanted{tap->device, 0};
  }
  wanted_ = std::move(wanted);
  std::erase_if(known_, [&](const auto& entry) { return wanted_.count(entry.first) == 0; });
}

uint64_t NeighborWatch::ask(uint64_t now_ns) {
  uint64_t next = UINT64_MAX;
  for (auto& [key, wanted] : wanted_) {
    if (wanted.due_ns <= now_ns) {
      kernel_.resolve(wanted.device, key.address);
      wanted.due_ns = now_ns + (known_.count(key) != 0 ? kCheckNs : kRetryNs);
    }
    next = std::min(next, wanted.due_ns);
  }
  return next;
}

bool NeighborWatch::takeEvents() {
  bool changed = false;
  kernel_.poll([&](const NeighborEvent& event) {
    for (auto& [key, wanted] : wanted_) {
      if (wanted.device != event.device || key.address != event.address) continue;
      if (!event.mac) {
        changed |= known_.erase(key) > 0;
        wanted.due_ns = 0;
        continue;
      }
      const auto entry = known_.find(key);
      if (entry != known_.end() && entry->second == *event.mac) continue;
      known_[key] = *event.mac;
      changed = true;
    }
  });
  return changed;
}

std::set<NeighborKey> NeighborWatch::missing() const {
  std::set<NeighborKey> keys;
  for (const auto& entry : wanted_) {
    if (known_.count(entry.first) == 0) keys.insert(entry.first);
  }
  return keys;
}

}  // namespace sluice
