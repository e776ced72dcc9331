// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/flow/flow_traffic.h"

#include <algorithm>
#include <cstring>

namespace sluice::flow_test {

namespace {

constexpr uint32_t kClients = 24;
constexpr uint32_t kClientPorts = 4;

std::array<uint8_t, 16> address(uint8_t kind, uint32_t number, bool is_v6) {
  std::array<uint8_t, 16> bytes{};
  bytes[0] = kind;
  bytes[3] = static_cast<uint8_t>(number);
  if (is_v6) bytes[15] = static_cast<uint8_t>(0x80 | kind);
  return bytes;
}

bool isV6(uint32_t virtual_id) { return virtual_id % 3 == 2; }
uint8_t protocolOf(uint32_t virtual_id) {
  static constexpr std::array<uint8_t, 5> kProtocols = {6, 6, 17, 6, 47};
  return kProtocols[virtual_id % kProtocols.size()];
}
uint16_t portOf(uint32_t virtual_id) {
  return protocolOf(virtual_id) == 47 ? 0 : static_cast<uint16_t>(0x5000 + virtual_id / 2);
}
bool isV6Source(uint32_t id) { return id >= 4; }
regs::L4Kind kindOf(uint8_t protocol) {
  return protocol == 6    ? regs::L4Kind::kTcp
         : protocol == 17 ? regs::L4Kind::kUdp
                          : regs::L4Kind::kOther;
}

}  // namespace

uint64_t testHash(const std::array<uint8_t, 16>& address, uint16_t port) {
  uint64_t words[2];
  std::memcpy(words, address.data(), sizeof(words));
  uint64_t x = words[0] * 0x9e3779b97f4a7c15u ^ (words[1] + port) * 0xc2b2ae3d27d4eb4fu;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

void FlowTraffic::randomize(regs::MemberRow& row, uint32_t id) {
  row.accept_new = chance(85);
  row.accept_existing = chance(80);
  row.weight = static_cast<uint8_t>(1 + below(4));
  row.connection_limit = crowded || chance(50) ? 0 : 1 + below(5);
  row.is_v6 = chance(30);
  row.neighbor = static_cast<uint16_t>(below(1024));
  row.port = chance(40) ? 0 : static_cast<uint16_t>(0x1f00 + below(3));
  // Now and then the other bank, or another member, has the same address.
  row.address = address(10, chance(90) ? id : below(geometry_.members), row.is_v6);
  row.digest = static_cast<uint32_t>(testHash(row.address, 0) >> 40);
}

void FlowTraffic::randomize(regs::SnatAddressRow& row, uint32_t id) {
  row.valid = chance(95);
  row.is_v6 = isV6Source(id);
  row.address = address(11, id, row.is_v6);
}

void FlowTraffic::randomize(regs::VirtualRow& row, uint32_t id) {
  row.enabled = true;
  row.mode = static_cast<regs::VirtualMode>(chance(60) ? 0 : below(5));
  if (geometry_.exact_keys && chance(40)) row.mode = regs::VirtualMode::kFullnat;
  row.snat = static_cast<uint8_t>(isV6(id) ? below(16) << 4 : below(16));
  if (chance(5)) row.snat = static_cast<uint8_t>(below(256));
  // Without keys there is nothing to restore the addresses of answers from.
  while (!geometry_.exact_keys && row.mode == regs::VirtualMode::kNat)
    row.mode = static_cast<regs::VirtualMode>(below(5));
  row.pool = static_cast<uint16_t>(below(geometry_.pools));
  row.affinity = static_cast<regs::Affinity>(below(3));
  row.timer = static_cast<uint8_t>(below(4));
  row.loose = chance(40);
  row.on_down = static_cast<regs::OnDown>(below(2));
  row.client_neighbor = static_cast<uint16_t>(below(1024));
  row.connection_limit = crowded || chance(60) ? 0 : 1 + below(12);
  row.half_open_limit = chance(crowded ? 80 : 50) ? 0 : 1 + below(4);
}

void FlowTraffic::randomize(regs::PoolRow& row) {
  row.ring_base = below(1u << geometry_.ring_log2);
  row.ring_size = chance(crowded ? 0 : 10) ? 0 : 1 + below(1u << geometry_.ring_log2);
  row.algorithm = static_cast<regs::Algorithm>(below(2));
}

uint32_t FlowTraffic::timeout() {
  if (crowded) return 50 + below(200);
  return chance(10) ? 0 : 1 + below(chance(50) ? 6 : 100);
}

void FlowTraffic::configure() {
  crowded = chance(50);
  for (uint32_t id = 0; id < geometry_.members; ++id) {
    randomize(golden_.members[0][id], id);
    golden_.members[1][id] = golden_.members[0][id];
    if (chance(30)) randomize(golden_.members[1][id], id);
  }
  for (uint32_t id = 0; id < geometry_.virtuals; ++id) {
    for (auto& bank : golden_.virtuals) randomize(bank[id], id);
    golden_.policers[id] = {};
  }
  for (uint32_t id = 0; id < golden_.snat_addresses.size(); ++id)
    randomize(golden_.snat_addresses[id], id);
  for (auto& bank : golden_.pools)
    for (regs::PoolRow& row : bank) randomize(row);
  for (uint16_t& member : golden_.ring) member = static_cast<uint16_t>(below(geometry_.members));
  for (uint32_t& timer : golden_.timers) timer = timeout();
  reconfigure();
}

void FlowTraffic::reconfigure() {
  const uint32_t bank = below(2);
  const uint32_t member = below(geometry_.members);
  randomize(golden_.members[bank][member], member);
  const uint32_t virtual_id = below(geometry_.virtuals);
  randomize(golden_.virtuals[bank][virtual_id], virtual_id);
  const uint32_t source = below(static_cast<uint32_t>(golden_.snat_addresses.size()));
  randomize(golden_.snat_addresses[source], source);
  randomize(golden_.pools[bank][below(geometry_.pools)]);
  golden_.ring[below(1u << geometry_.ring_log2)] = static_cast<uint16_t>(below(geometry_.members));
  regs::ConnectionPolicerRow& policer = golden_.policers[below(geometry_.virtuals)];
  policer.rate = chance(crowded ? 95 : 60) ? 0 : uint64_t{1} << (16 + below(10));
  policer.burst = 1 + below(5);
  golden_.half_open_max = chance(crowded ? 90 : 50) ? 0 : 1 + below(geometry_.slots() / 4);
  golden_.source_rate = chance(crowded ? 95 : 60) ? 0 : uint64_t{1} << (16 + below(10));
  golden_.source_burst = 1 + below(5);
  golden_.timers[below(24)] = timeout();
  golden_.report_opened = chance(85);
  golden_.report_failed = chance(85);
}

void FlowTraffic::advance() {
  const uint32_t kind = below(1000);
  if (kind < 600) return;
  if (kind < 900)
    now += below(3000);
  else if (kind < 985)
    now += below(200'000);
  else if (kind < 998)
    now += uint64_t{1 + below(3)} << 23;
  else
    now += uint64_t{1 + below(40)} << 23;
}

Packet FlowTraffic::finish(Packet packet) {
  packet.meta.now = now;
  packet.meta.stamp = now;
  packet.meta.len = 64;
  packet.hash_src = testHash(packet.key.src, packet.key.sport);
  packet.hash_dst = testHash(packet.key.dst, packet.key.dport);
  packet.hash_src0 = testHash(packet.key.src, 0);
  return packet;
}

void FlowTraffic::flags(Packet& packet) {
  static constexpr std::array<uint8_t, 16> kFlags = {0x02, 0x02, 0x02, 0x02, 0x10, 0x10,
                                                     0x10, 0x18, 0x12, 0x11, 0x11, 0x11,
                                                     0x04, 0x14, 0x15, 0x30};
  if (packet.parsed.l4 == regs::L4Kind::kTcp)
    packet.parsed.tcp_flags = kFlags[below(16)];
  else
    packet.parsed.tcp_flags = static_cast<uint8_t>(chance(50) ? 0 : below(256));
}

Packet FlowTraffic::forward(uint32_t client, uint16_t port, uint32_t virtual_id) {
  Packet packet;
  const bool is_v6 = isV6(virtual_id);
  packet.meta.bank = chance(20);
  packet.parsed.is_ip = true;
  packet.parsed.is_v6 = is_v6;
  packet.key.proto = protocolOf(virtual_id);
  packet.parsed.l4 = kindOf(packet.key.proto);
  packet.key.src = address(172, client, is_v6);
  packet.key.dst = address(192, virtual_id / 2, is_v6);
  packet.key.sport = packet.key.proto == 47 ? 0 : port;
  packet.key.dport = portOf(virtual_id);
  const regs::VirtualRow& row = golden_.virtuals[packet.meta.bank][virtual_id];
  packet.classified.has_virtual = true;
  packet.classified.virtual_id = static_cast<uint16_t>(virtual_id);
  packet.classified.mode = row.mode;
  packet.classified.pool = row.pool;
  packet.classified.affinity = row.affinity;
  packet.classified.timer = row.timer;
  packet.classified.loose = row.loose;
  packet.classified.on_down = row.on_down;
  packet.classified.client_neighbor = row.client_neighbor;
  packet.classified.connection_limit = row.connection_limit;
  packet.classified.half_open_limit = row.half_open_limit;
  packet.classified.snat = row.snat;
  return finish(packet);
}

Packet FlowTraffic::reverse(const regs::FlowKeyRow& key, uint16_t member) {
  Packet packet;
  packet.meta.bank = chance(20);
  packet.parsed.is_ip = true;
  packet.parsed.is_v6 = key.is_v6;
  packet.parsed.l4 = kindOf(key.proto);
  packet.key.proto = key.proto;
  packet.key.src = golden_.members[packet.meta.bank][member].address;
  packet.key.dst = key.client;
  packet.key.sport = key.server_port;
  packet.key.dport = key.client_port;
  packet.classified.direction = regs::Direction::kReverse;
  return finish(packet);
}

Packet FlowTraffic::answer(const regs::FlowKeyRow& key, uint16_t member, uint32_t source) {
  Packet packet = reverse(key, member);
  const regs::Tuple end = golden_.sourceOf(source);
  packet.key.dst = end.dst;
  packet.key.dport = end.dport;
  return finish(packet);
}

Packet FlowTraffic::fresh() {
  // An entry that is there, in one of two cases from the other side; or any connection.
  const uint32_t slot = below(geometry_.slots());
  const Entry& entry = golden_.entry(slot);
  if (entry.tag.state != regs::FlowState::kFree && chance(60)) {
    const bool full = entry.tag.reverse_digest >> 23 != 0;
    if (chance(entry.tag.nat ? 50 : 5)) {
      if (full && chance(95))
        return answer(entry.key, entry.tag.member, entry.tag.reverse_digest & 0x1ffff);
      return reverse(entry.key, entry.tag.member);
    }
    return forward(entry.key.client[3], entry.key.client_port, entry.tag.virtual_id);
  }
  return forward(below(kClients), static_cast<uint16_t>(0x8000 + below(kClientPorts)),
                 below(geometry_.virtuals));
}

Packet FlowTraffic::related() {
  const Packet& last = *last_;
  const bool full = last.classified.mode == regs::VirtualMode::kFullnat;
  const bool answers = full || last.classified.mode == regs::VirtualMode::kNat || chance(5);
  if (last.classified.direction == regs::Direction::kReverse || !answers || chance(40)) {
    Packet packet = last;
    if (chance(20)) packet.meta.bank = !packet.meta.bank;
    return finish(packet);
  }
  // The answer of the member that the packet before most likely got.
  const auto member = golden_.peekMember(last);
  if (!member) return fresh();
  regs::FlowKeyRow key;
  key.is_v6 = last.parsed.is_v6;
  key.proto = last.key.proto;
  key.client = last.key.src;
  key.client_port = last.key.sport;
  key.virtual_port = last.key.dport;
  const uint16_t port = golden_.members[last.meta.bank][*member].port;
  key.server_port = port != 0 ? port : last.key.dport;
  if (full) {
    // The source that it gets, unless one of those on their way before gets it.
    const auto source = golden_.peekSource(last);
    if (source) return answer(key, *member, *source + (chance(30) ? 1 : 0));
  }
  return reverse(key, *member);
}

Packet FlowTraffic::next() {
  advance();
  Packet packet = last_ && chance(45) ? related() : fresh();
  packet.parsed.l4 = kindOf(packet.key.proto);
  if (chance(4)) packet.parsed.l4 = regs::L4Kind::kIcmpError;
  flags(packet);
  packet.parsed.direct = false;
  packet.classified.verdict = regs::Verdict::kForward;
  packet.classified.reason = regs::DropReason::kNone;
  packet.classified.cause = regs::PuntCause::kNone;
  last_ = packet;
  packet.policed = chance(4);
  if (packet.policed) {
    packet.classified.verdict = regs::Verdict::kDrop;
    packet.classified.reason = regs::DropReason::kSourceRate;
  } else if (chance(4)) {
    // Not for the table: decided before, or on its way from the CPU to a port.
    packet.parsed.direct = chance(30);
    if (!packet.parsed.direct) {
      packet.classified.verdict = chance(50) ? regs::Verdict::kDrop : regs::Verdict::kPunt;
      packet.classified.reason = static_cast<regs::DropReason>(below(50));
      packet.classified.cause = static_cast<regs::PuntCause>(below(10));
    }
  }
  return packet;
}

}  // namespace sluice::flow_test
