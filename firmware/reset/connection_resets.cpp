// SPDX-License-Identifier: Apache-2.0
#include "firmware/reset/connection_resets.h"

#include <algorithm>

#include "firmware/control/next_hop.h"

namespace sluice {
namespace {

constexpr uint64_t kPaceNs = 16'000'000;

// Pools whose members' connections virtuals want to be reset.
std::set<std::string> poolsToReset(const Config& config) {
  std::set<std::string> pools;
  for (const Virtual& service : config.virtuals) {
    if (*service.on_down != Virtual::OnDown::kReset) continue;
    pools.insert(*service.pool);
    if (const Pool* pool = findByName(config.pools, *service.pool))
      pools.insert(*pool->backup_pool);
  }
  return pools;
}

bool isTcp(regs::FlowState state) {
  return state == regs::FlowState::kEstablished || state == regs::FlowState::kHalfOpen ||
         state == regs::FlowState::kClosingClient || state == regs::FlowState::kClosingServer;
}

Endpoint endpointOf(bool v6, const std::array<uint8_t, 16>& address, uint16_t wire_port) {
  return {IpAddress{v6, address}, portToWire(wire_port)};
}

Link linkOf(const Control::Way& way) { return {way.to, way.from, way.vlan}; }

}  // namespace

void ConnectionResets::look(const Operational& operational, uint64_t now_ns) {
  const Config& config = control_.config();
  std::map<MemberKey, Reset> before = std::exchange(resets_, {});
  if (!trapPort(config)) return;
  const std::set<std::string> wanted = poolsToReset(config);
  for (const Pool& pool : config.pools) {
    if (wanted.count(pool.name) == 0) continue;
    const PoolService service = servePool(pool, control_.overrides(), operational, true);
    for (size_t i = 0; i < pool.members.size(); ++i) {
      if (service.members[i].state != AdminState::kDown) continue;
      MemberKey key{pool.name, pool.members[i].endpoint};
      auto known = before.extract(key);
      if (!known.empty()) {
        resets_.insert(std::move(known));
        continue;
      }
      const auto id = control_.memberId(key.pool, key.endpoint);
      if (!id) continue;
      Reset reset{*id, live(*id)};
      reset.due_ns = now_ns;
      reset.over = reset.connections == 0;
      resets_.emplace(std::move(key), reset);
    }
  }
}

void ConnectionResets::addTo(Operational& operational) const {
  for (const auto& [key, reset] : resets_) {
    if (!reset.over) operational.members[key].resetting = true;
  }
}

uint32_t ConnectionResets::live(uint16_t id) const {
  const auto row = hal_.readRow<regs::MemberConnectionsRow>(id);
  return row.opened - row.closed;
}

uint64_t ConnectionResets::due() const {
  uint64_t due = UINT64_MAX;
  for (const auto& [key, reset] : resets_) {
    if (!reset.over) due = std::min(due, reset.due_ns);
  }
  return due;
}

bool ConnectionResets::run(uint64_t now_ns) {
  bool news = false;
  for (auto& [key, reset] : resets_) {
    if (reset.over || now_ns < reset.due_ns) continue;
    const bool asked = reset.next_slot == ConnectionSlots::kNone;
    if (asked && ++reset.round < kRounds) reset.next_slot = 0;
    if (reset.round < kRounds && live(reset.id) != 0) {
      ask(reset, now_ns);
      continue;
    }
    reset.over = news = true;
    if (live(reset.id) != 0) control_.endConnections(regs::ScrubMode::kMember, reset.id);
    tell_(key, reset.connections, reset.clients);
  }
  return news;
}

// Goes on where it stopped; after the last slot answers have their time.
void ConnectionResets::ask(Reset& reset, uint64_t now_ns) {
  size_t read = 0, asked = 0;
  uint32_t slot = slots_.next(reset.next_slot);
  for (; slot != ConnectionSlots::kNone && read < kRead && asked < kAsked;
       slot = slots_.next(slot + 1)) {
    ++read;
    asked += askSlot(reset, slot);
  }
  reset.next_slot = slot;
  reset.due_ns = now_ns + (slot == ConnectionSlots::kNone ? kWaitNs : kPaceNs);
}

bool ConnectionResets::askSlot(const Reset& reset, uint32_t slot) {
  const auto tag = hal_.readRow<regs::FlowTagRow>(slot);
  if (tag.member != reset.id || !isTcp(tag.state)) return false;
  const auto key = hal_.readRow<regs::FlowKeyRow>(slot);
  const auto way = control_.wayToClients(tag.virtual_id);
  if (!way || key.client == decltype(key.client){}) return false;
  const Endpoint service = endpointOf(key.is_v6, key.virtual_address, key.virtual_port);
  const Endpoint client = endpointOf(key.is_v6, key.client, key.client_port);
  send_(way->port, writeSegment(question(service, client), linkOf(*way)));
  ++counts_.asked;
  return true;
}

void ConnectionResets::take(const regs::Result& result, std::span<const uint8_t> frame) {
  const auto segment = readSegment(frame);
  if (!segment || segment->has(TcpSegment::kRst)) {
    ++counts_.ignored;
    return;
  }
  toClient(result, *segment);
  toMember(result, *segment);
}

void ConnectionResets::toClient(const regs::Result& result, const TcpSegment& segment) {
  const auto reset = resetFor(segment);
  const auto way = control_.wayToClients(result.virtual_id);
  if (!reset || !way) {
    ++counts_.ignored;
    return;
  }
  send_(way->port, writeSegment(*reset, linkOf(*way)));
  ++counts_.clients;
  for (auto& [key, going] : resets_) going.clients += going.id == result.member;
}

// In other modes than nat the server is reached by a way that firmware does not take.
void ConnectionResets::toMember(const regs::Result& result, const TcpSegment& segment) {
  const MemberKey* key = control_.memberKey(result.member);
  const Virtual* service =
      findByName(control_.config().virtuals, control_.virtualName(result.virtual_id));
  if (key == nullptr || service == nullptr || *service->mode != regs::VirtualMode::kNat) return;
  const auto way = control_.wayToMember(*key);
  if (!way) return;
  Endpoint server = key->endpoint;
  if (server.port == 0) server.port = segment.destination.port;
  send_(way->port, writeSegment(resetOnwards(segment, server), linkOf(*way)));
  ++counts_.members;
}

}  // namespace sluice
