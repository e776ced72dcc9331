// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/stats.h"

namespace sluice {

namespace {

constexpr uint32_t kReverseVirtual = regs::VirtualCountersRow::kRows / 2;
constexpr uint32_t kReverseMember = regs::MemberCountersRow::kRows / 2;
constexpr uint32_t kSentPort = regs::PortCountersRow::kRows / 2;

template <typename Row>
PacketCount readCount(Hal& hal, uint32_t row) {
  const Row counters = hal.readRow<Row>(row);
  return {counters.packets, counters.bytes};
}

VirtualStats readVirtual(Hal& hal, std::string name, uint16_t id) {
  VirtualStats stats;
  stats.name = std::move(name);
  stats.id = id;
  stats.forward = readCount<regs::VirtualCountersRow>(hal, id);
  stats.reverse = readCount<regs::VirtualCountersRow>(hal, kReverseVirtual + id);
  const auto connections = hal.readRow<regs::VirtualConnectionsRow>(id);
  stats.opened = connections.opened;
  stats.closed = connections.closed;
  return stats;
}

MemberStats readMember(Hal& hal, const Pool& pool, const Member& member, uint16_t id) {
  MemberStats stats;
  stats.pool = pool.name;
  stats.endpoint = member.endpoint;
  stats.id = id;
  stats.forward = readCount<regs::MemberCountersRow>(hal, id);
  stats.reverse = readCount<regs::MemberCountersRow>(hal, kReverseMember + id);
  const auto connections = hal.readRow<regs::MemberConnectionsRow>(id);
  stats.opened = connections.opened;
  stats.closed = connections.closed;
  return stats;
}

void readServices(Hal& hal, const Config& config, const Overrides& overrides,
                  const Allocation& allocation, StatsSnapshot& snapshot) {
  for (const Virtual& service : config.virtuals) {
    const auto id = allocation.virtuals.find(service.name);
    if (!id) continue;
    snapshot.virtuals.push_back(readVirtual(hal, service.name, *id));
    snapshot.virtuals.back().enabled = enabled(service, overrides);
  }
  if (const auto id = allocation.virtuals.find(kOwnAddresses)) {
    snapshot.virtuals.push_back(readVirtual(hal, kOwnAddresses, *id));
    snapshot.virtuals.back().own_addresses = snapshot.virtuals.back().enabled = true;
  }
  for (const Pool& pool : config.pools) {
    const std::vector<double> shares = ringSharesOf(pool, allocation);
    for (size_t i = 0; i < pool.members.size(); ++i) {
      const Member& member = pool.members[i];
      const auto id = allocation.members.find(MemberKey{pool.name, member.endpoint});
      if (!id) continue;
      MemberStats stats = readMember(hal, pool, member, *id);
      const EffectiveMember state = effective(pool, member, overrides);
      stats.admin = state.admin;
      stats.weight = state.weight;
      stats.expected_share = shares[i];
      snapshot.members.push_back(std::move(stats));
    }
  }
}

void readPorts(Hal& hal, const Config& config, StatsSnapshot& snapshot) {
  const std::vector<uint32_t> ports = interfacePorts(config);
  for (uint32_t port = 0; port < regs::kPortCount; ++port) {
    PortStats& stats = snapshot.ports[port];
    stats.received = readCount<regs::PortCountersRow>(hal, port);
    stats.sent = readCount<regs::PortCountersRow>(hal, kSentPort + port);
    if (port == regs::kCpuPort) stats.name = "cpu";
    for (size_t i = 0; i < ports.size(); ++i) {
      if (ports[i] == port)
        stats.name += (stats.name.empty() ? "" : ", ") + config.interfaces[i].name;
    }
  }
}

}  // namespace

uint64_t StatsSnapshot::dropped() const {
  uint64_t sum = 0;
  for (const PacketCount& count : drops) sum += count.packets;
  return sum;
}

uint64_t StatsSnapshot::punted() const {
  uint64_t sum = 0;
  for (const PacketCount& count : punts) sum += count.packets;
  return sum;
}

void EventCounts::count(const regs::Event& event) {
  ++events;
  opened += event.opened;
  if (event.closed != regs::CloseCause::kNone)
    ++closed[static_cast<size_t>(event.closed) % closed.size()];
  if (event.failed != regs::FlowResult::kNone)
    ++failed[static_cast<size_t>(event.failed) % failed.size()];
}

std::vector<double> ringSharesOf(const Pool& pool, const Allocation& allocation) {
  std::vector<double> shares(pool.members.size(), 0.0);
  const auto ring = allocation.rings.find(pool.name);
  if (ring == allocation.rings.end()) return shares;
  const std::vector<uint16_t>& slots = *ring->second.slots;
  const std::vector<uint32_t> counts = ringShares(slots, regs::MemberRow::kRows);
  for (size_t i = 0; i < shares.size(); ++i) {
    const auto id = allocation.members.find(MemberKey{pool.name, pool.members[i].endpoint});
    if (id) shares[i] = static_cast<double>(counts[*id]) / static_cast<double>(slots.size());
  }
  return shares;
}

StatsSnapshot readStats(Hal& hal, const Config& config, const Overrides& overrides,
                        const Allocation& allocation) {
  StatsSnapshot snapshot;
  readServices(hal, config, overrides, allocation, snapshot);
  readPorts(hal, config, snapshot);
  for (uint32_t i = 0; i < snapshot.drops.size(); ++i) {
    snapshot.drops[i] = readCount<regs::DropCountersRow>(hal, i);
  }
  for (uint32_t i = 0; i < snapshot.punts.size(); ++i) {
    snapshot.punts[i] = readCount<regs::PuntCountersRow>(hal, i);
  }
  for (uint32_t i = 0; i < config.acl.size(); ++i) {
    snapshot.acl.push_back({config.acl[i].sequence, readCount<regs::AclCountersRow>(hal, i)});
  }
  for (const auto* map : {&allocation.sources.live(), &allocation.sources.retired()}) {
    for (const auto& [address, id] : *map) {
      const auto row = hal.readRow<regs::SnatPortsRow>(id);
      snapshot.sources.push_back({address, row.used, row.total});
    }
  }
  snapshot.flows = hal.flowStats();
  snapshot.flow_capacity = hal.geometry().flowEntries();
  snapshot.events_lost = hal.read(regs::EventLostReg::kOffset);
  return snapshot;
}

}  // namespace sluice
