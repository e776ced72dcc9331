// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/balancer.h"

#include <algorithm>
#include <cmath>

#include "firmware/proxy/client_hash.h"
#include "firmware/proxy/member_guard.h"

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

bool full(const MemberPlan& member) {
  return member.limit != 0 && member.counters->active.load() >= member.limit;
}

bool among(std::span<const MemberPlan* const> tried, const MemberPlan& member) {
  return std::find(tried.begin(), tried.end(), &member) != tried.end();
}

// Takes out those over the bound. Never all: somebody is at the average or below.
void applyBound(const PoolPlan& pool, std::vector<size_t>& eligible) {
  uint64_t active = 1, weight = 0;  // with this request
  for (const size_t i : eligible) {
    active += pool.members[i].counters->active.load(std::memory_order_relaxed);
    weight += pool.members[i].weight;
  }
  std::vector<size_t> within;
  for (const size_t i : eligible) {
    const MemberPlan& member = pool.members[i];
    const uint64_t parts = active * member.weight * pool.bounded_load;
    const uint64_t most = (parts + weight * 100 - 1) / (weight * 100);
    if (member.counters->active.load(std::memory_order_relaxed) + 1 <= most) within.push_back(i);
  }
  if (!within.empty()) eligible = std::move(within);
}

}  // namespace

const MemberPlan* Balancer::choose(const PoolPlan& pool, const IpAddress& client,
                                   std::span<const MemberPlan* const> tried,
                                   const Endpoint* known) {
  const bool guarded = pool.member_breaker || pool.outliers;
  const auto now = guarded ? steadyTime() : std::chrono::nanoseconds(0);
  const auto comesBack = [&](const MemberPlan& member) {
    return known != nullptr && member.endpoint == *known;
  };
  std::vector<size_t> eligible;
  eligible.reserve(pool.members.size());
  for (size_t i = 0; i < pool.members.size(); ++i) {
    const MemberPlan& member = pool.members[i];
    if (full(member) || !(member.serving || (comesBack(member) && member.draining))) continue;
    if (among(tried, member) || (guarded && keptAway(pool, member, now))) continue;
    eligible.push_back(i);
  }
  if (pool.bounded_load != 0) applyBound(pool, eligible);
  for (const size_t i : eligible) {
    if (comesBack(pool.members[i])) return &pool.members[i];
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

Balancer::Nobody Balancer::whyNobody(const PoolPlan& pool,
                                     std::span<const MemberPlan* const> tried) {
  Nobody why = Nobody::kNone;
  const auto now = steadyTime();
  for (const MemberPlan& member : pool.members) {
    if (!member.serving || among(tried, member)) continue;
    if (keptAway(pool, member, now)) {
      if (why == Nobody::kNone) why = Nobody::kKeptAway;
    } else if (full(member)) {
      why = Nobody::kFull;
    }
  }
  return why;
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
