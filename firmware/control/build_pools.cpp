// SPDX-License-Identifier: Apache-2.0
// Pools: member rows, dispatch rings, pool rows.
#include <algorithm>
#include <numeric>

#include "firmware/control/builder.h"
#include "firmware/control/hash.h"
#include "firmware/control/next_hop.h"

namespace sluice {

namespace {

// The ring's size follows the members that are configured, not those in service, so that a drain
// does not change it.
uint32_t ringSize(const Pool& pool) {
  if (*pool.ring_size != 0) return *pool.ring_size;
  uint64_t turns = 0;
  uint32_t common = 0;
  for (const Member& member : pool.members) {
    turns += member.ratio;
    common = std::gcd(common, member.ratio);
  }
  return defaultRingSize(common == 0 ? 0 : turns / common);
}

regs::MemberRow memberRow(Builder& builder, const Member& member, const MemberService& service) {
  regs::MemberRow row;
  row.accept_new = service.state == AdminState::kUp;
  row.accept_existing = service.state != AdminState::kDown || service.resetting;
  row.weight = static_cast<uint8_t>(service.weight);
  row.connection_limit = member.limit;
  row.is_v6 = member.endpoint.address.v6;
  row.port = portToWire(member.endpoint.port);
  row.digest = memberDigest(*builder.config.hash_key, member.endpoint.address);
  row.address = member.endpoint.address.bytes;
  if (const auto hop = nextHopTo(builder.config, member.endpoint.address))
    row.neighbor = builder.neighborId(*hop);
  if (service.resetting) row.neighbor = builder.trapId();
  return row;
}

bool sameMembers(const std::vector<RingMember>& a, const std::vector<RingMember>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](const RingMember& x, const RingMember& y) {
           return x.key == y.key && x.weight == y.weight && x.id == y.id;
         });
}

void dropRing(Allocation& allocation, const std::string& pool) {
  const auto ring = allocation.rings.find(pool);
  if (ring == allocation.rings.end()) return;
  allocation.stale_rings.emplace_back(ring->second.base,
                                      static_cast<uint32_t>(ring->second.slots->size()));
  allocation.rings.erase(ring);
}

RingKind ringKind(const Pool& pool) {
  switch (*pool.algorithm) {
    case Pool::Algorithm::kRendezvous:
      return RingKind::kRendezvous;
    case Pool::Algorithm::kModulo:
    case Pool::Algorithm::kRoundRobin:
    case Pool::Algorithm::kRandom2:
      return RingKind::kModulo;
    case Pool::Algorithm::kMaglev:
    case Pool::Algorithm::kLeastConnections:
    case Pool::Algorithm::kSourceHash:
      break;
  }
  return RingKind::kMaglev;
}

bool fewerConnections(const Pool& pool) {
  return *pool.algorithm == Pool::Algorithm::kLeastConnections ||
         *pool.algorithm == Pool::Algorithm::kRandom2;
}

// Keeps the ring if nothing changed; else puts a new one beside it.
void updateRing(Builder& builder, const Pool& pool, std::vector<RingMember> members) {
  Allocation& allocation = builder.build.allocation;
  if (members.empty()) return dropRing(allocation, pool.name);
  const uint32_t size = ringSize(pool);
  const RingKind kind = ringKind(pool);
  const auto old = allocation.rings.find(pool.name);
  if (old != allocation.rings.end() && old->second.kind == kind &&
      old->second.slots->size() == size && sameMembers(old->second.members, members)) {
    return;
  }
  dropRing(allocation, pool.name);
  const auto base = allocation.arena.allocate(size);
  if (!base) {
    return builder.exhausted("no room for a ring of " + std::to_string(size) + " slots for pool '" +
                             pool.name + "': the largest free piece of the ring memory is " +
                             std::to_string(allocation.arena.largestFree()) +
                             " slots; expected a smaller ring-size");
  }
  auto slots = std::make_shared<const std::vector<uint16_t>>(buildRing(kind, members, size));
  builder.build.fresh_rings.push_back({*base, slots});
  allocation.rings[pool.name] = {*base, kind, std::move(members), std::move(slots)};
}

// Rows of the pool's own members.
bool buildMembers(Builder& builder, const Pool& pool, const PoolService& service) {
  for (size_t i = 0; i < pool.members.size(); ++i) {
    const Member& member = pool.members[i];
    const auto id = builder.build.allocation.members.use(MemberKey{pool.name, member.endpoint});
    if (!id) {
      builder.exhausted(
          "too many members; the data plane holds 4095, those that were removed included until "
          "their connections end");
      return false;
    }
    builder.build.image.set(*id, memberRow(builder, member, service.members[i]));
  }
  return true;
}

void addServing(const Builder& builder, const Pool& pool, const PoolService& service,
                std::vector<RingMember>& ring) {
  for (size_t i = 0; i < pool.members.size(); ++i) {
    if (!service.members[i].serving) continue;
    const Endpoint& endpoint = pool.members[i].endpoint;
    const auto id = builder.build.allocation.members.find(MemberKey{pool.name, endpoint});
    if (id)
      ring.push_back({identity64(endpoint.address, endpoint.port), service.members[i].weight, *id});
  }
}

void buildPool(Builder& builder, const Pool& pool) {
  const auto id = builder.build.allocation.pools.use(pool.name);
  if (!id) return builder.exhausted("too many pools; the data plane holds 1024");
  const PoolChoice serving =
      choosePool(builder.config, pool, builder.overrides, builder.operational);
  if (!buildMembers(builder, pool, serving.own)) return;
  std::vector<RingMember> ring_members;
  addServing(builder, pool, serving.own, ring_members);
  if (serving.backup != nullptr) {
    // Ids first: the other pool may come later.
    for (const Member& member : serving.backup->members)
      builder.build.allocation.members.use(MemberKey{serving.backup->name, member.endpoint});
    addServing(builder, *serving.backup, serving.of_backup, ring_members);
  }
  const bool rejects = serving.of_backup.source == PoolSource::kFull;
  builder.build.pool_sources[pool.name] = serving.backup == nullptr ? serving.own.source
                                          : rejects                 ? PoolSource::kFull
                                                                    : PoolSource::kBackup;
  updateRing(builder, pool, std::move(ring_members));
  regs::PoolRow row;
  row.algorithm = fewerConnections(pool) ? regs::Algorithm::kLeast : regs::Algorithm::kMaglev;
  const auto ring = builder.build.allocation.rings.find(pool.name);
  if (ring != builder.build.allocation.rings.end()) {
    row.ring_base = ring->second.base;
    row.ring_size = static_cast<uint32_t>(ring->second.slots->size());
  }
  builder.build.image.set(*id, row);
}

}  // namespace

void buildPools(Builder& builder) {
  std::vector<std::string> gone;
  for (const auto& ring : builder.build.allocation.rings) {
    if (findByName(builder.config.pools, ring.first) == nullptr) gone.push_back(ring.first);
  }
  for (const std::string& pool : gone) dropRing(builder.build.allocation, pool);
  for (const Pool& pool : builder.config.pools) buildPool(builder, pool);
}

}  // namespace sluice
