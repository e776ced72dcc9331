// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/pool_service.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

namespace sluice {

namespace {

constexpr uint32_t kMostWeight = 255;

Operational::OfMember found(const Pool& pool, const Member& member,
                            const Operational& operational) {
  const auto entry = operational.members.find(MemberKey{pool.name, member.endpoint});
  return entry == operational.members.end() ? Operational::OfMember() : entry->second;
}

AdminState stateOf(const Pool& pool, AdminState admin, const Operational::OfMember& found) {
  if (admin == AdminState::kDown) return AdminState::kDown;
  AdminState state = admin == AdminState::kDrain ? admin : found.state;
  if (found.state == AdminState::kDown) {
    state = *pool.on_down == Pool::OnDown::kDrain ? AdminState::kDrain : AdminState::kDown;
  }
  if (state == AdminState::kDrain && found.past_deadline) return AdminState::kDown;
  return state;
}

// The groups of the highest priorities that have `min_active` members in service together. Full
// members count if `source` is kFull.
void chooseGroups(const Pool& pool, PoolSource source, PoolService& service) {
  std::set<uint32_t, std::greater<>> priorities;
  for (const Member& member : pool.members) priorities.insert(member.priority);
  uint32_t active = 0;
  for (const uint32_t priority : priorities) {
    for (size_t i = 0; i < pool.members.size(); ++i) {
      if (pool.members[i].priority != priority) continue;
      MemberService& member = service.members[i];
      member.serving =
          member.state == AdminState::kUp && (!member.full || source == PoolSource::kFull);
      active += member.serving;
    }
    if (active >= *pool.min_active) break;
  }
  if (active > 0) service.source = source;
}

// Weights in proportion to `parts`, in the smallest whole numbers up to 255.
void setWeights(const std::vector<uint64_t>& parts, PoolService& service) {
  uint64_t common = 0, most = 1;
  for (const uint64_t part : parts) {
    common = std::gcd(common, part);
    most = std::max(most, part);
  }
  if (common == 0) return;
  most /= common;
  for (size_t i = 0; i < parts.size(); ++i) {
    uint64_t weight = parts[i] / common;
    if (most > kMostWeight) weight = (weight * kMostWeight + most / 2) / most;
    service.members[i].weight = static_cast<uint32_t>(std::max<uint64_t>(weight, 1));
  }
}

}  // namespace

EffectiveMember effective(const Pool& pool, const Member& member, const Overrides& overrides) {
  EffectiveMember result{member.admin, member.ratio};
  const auto entry = overrides.members.find(MemberKey{pool.name, member.endpoint});
  if (entry == overrides.members.end()) return result;
  result.admin = entry->second.admin.value_or(result.admin);
  result.weight = entry->second.weight.value_or(result.weight);
  return result;
}

bool enabled(const Virtual& service, const Overrides& overrides) {
  const auto entry = overrides.virtuals.find(service.name);
  return entry != overrides.virtuals.end() ? entry->second : !*service.shutdown;
}

PoolService servePool(const Pool& pool, const Overrides& overrides, const Operational& operational,
                      bool last_resort) {
  PoolService service;
  std::vector<uint64_t> parts;
  bool scaled = false;
  for (const Member& member : pool.members) {
    const EffectiveMember wanted = effective(pool, member, overrides);
    const Operational::OfMember is = found(pool, member, operational);
    const AdminState state = stateOf(pool, wanted.admin, is);
    service.members.push_back(
        {state, false, wanted.weight, is.full, is.resetting && state == AdminState::kDown});
    parts.push_back(uint64_t{wanted.weight} * is.percent);
    scaled |= is.percent != 100;
  }
  // Configured weights stay as they are, however large their common divisor.
  if (scaled) setWeights(parts, service);
  chooseGroups(pool, PoolSource::kMembers, service);
  if (service.source != PoolSource::kNone || !last_resort) return service;
  chooseGroups(pool, PoolSource::kFull, service);
  if (service.source != PoolSource::kNone || !*pool.fail_open) return service;
  for (size_t i = 0; i < pool.members.size(); ++i) {
    MemberService& member = service.members[i];
    if (effective(pool, pool.members[i], overrides).admin != AdminState::kUp) continue;
    member.state = AdminState::kUp;
    member.serving = true;
    service.source = PoolSource::kFailOpen;
  }
  return service;
}

PoolChoice choosePool(const Config& config, const Pool& pool, const Overrides& overrides,
                      const Operational& operational) {
  PoolChoice choice;
  choice.own = servePool(pool, overrides, operational, false);
  if (choice.own.source != PoolSource::kNone) return choice;
  if (const Pool* backup = findByName(config.pools, *pool.backup_pool)) {
    choice.of_backup = servePool(*backup, overrides, operational, true);
    const PoolSource source = choice.of_backup.source;
    const bool full = source == PoolSource::kFull;
    if (full) choice.own = servePool(pool, overrides, operational, true);
    if (source != PoolSource::kNone && (!full || choice.own.source == PoolSource::kNone)) {
      choice.backup = backup;
      return choice;
    }
  }
  choice.own = servePool(pool, overrides, operational, true);
  return choice;
}

}  // namespace sluice
