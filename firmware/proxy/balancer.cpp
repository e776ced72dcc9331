// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/balancer.h"

#include <algorithm>
#include <cmath>

#include "firmware/proxy/client_hash.h"

namespace sluice::proxy {
namespace {

// Weighted rendezvous hashing (Schindelhauer and Schomaker, 2005): the highest score wins.
double score(const MemberPlan& member, uint64_t client) {
  const uint64_t hash = mix(hashOf(member.endpoint.address, client) + member.endpoint.port);
  const double uniform = (static_cast<double>(hash >> 11) + 0.5) * 0x1p-53;
  return -static_cast<double>(member.weight) / std::log(uniform);
}

double load(const MemberPlan& member) {
  const auto active = member.counters->active.load(std::memory_order_relaxed);
  return static_cast<double>(active + 1) / member.weight;
}

}  // namespace

const MemberPlan* Balancer::choose(const PoolPlan& pool, const IpAddress& client,
                                   std::span<const MemberPlan* const> tried,
                                   const Endpoint* known) {
  std::vector<size_t> eligible;
  eligible.reserve(pool.members.size());
  for (size_t i = 0; i < pool.members.size(); ++i) {
    const MemberPlan& member = pool.members[i];
    const bool comes_back = known != nullptr && member.endpoint == *known;
    const bool full = member.limit != 0 && member.counters->active.load() >= member.limit;
    if (full || !(member.serving || (comes_back && member.draining))) continue;
    if (std::find(tried.begin(), tried.end(), &member) != tried.end()) continue;
    if (comes_back) return &member;
    eligible.push_back(i);
  }
  if (eligible.empty()) return nullptr;
  if (pool.choice == PoolPlan::Choice::kRoundRobin) return roundRobin(pool, eligible);
  const bool by_source = pool.choice == PoolPlan::Choice::kSource;
  const uint64_t hash = by_source ? hashOf(client, 0) : 0;
  const auto value = [&](size_t i) {
    const MemberPlan& member = pool.members[i];
    return by_source ? score(member, hash) : -load(member);
  };
  return &pool.members[*std::max_element(eligible.begin(), eligible.end(),
                                         [&](size_t a, size_t b) { return value(a) < value(b); })];
}

const MemberPlan* Balancer::roundRobin(const PoolPlan& pool, std::span<const size_t> eligible) {
  std::vector<int64_t>& credits = credits_[&pool];
  if (credits.size() != pool.members.size()) credits.assign(pool.members.size(), 0);
  int64_t total = 0;
  size_t best = eligible[0];
  for (const size_t i : eligible) {
    credits[i] += pool.members[i].weight;
    total += pool.members[i].weight;
    if (credits[i] > credits[best]) best = i;
  }
  credits[best] -= total;
  return &pool.members[best];
}

}  // namespace sluice::proxy
