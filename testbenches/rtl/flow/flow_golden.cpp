// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/flow/flow_golden.h"

#include <algorithm>
#include <cstring>

namespace sluice::flow_test {

using regs::CloseCause;
using regs::DropReason;
using regs::FlowResult;
using regs::FlowState;
using regs::L4Kind;
using regs::Verdict;
using regs::VirtualMode;

namespace {

constexpr uint32_t kMask24 = 0xffffff;
constexpr uint32_t kReference = 1u << 23;
constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10;

uint32_t ageTick(uint64_t now) { return (now >> 23) & kMask24; }

uint32_t top24(uint64_t hash) { return static_cast<uint32_t>(hash >> 40); }

uint32_t rotated(uint32_t value) { return ((value << 1) | (value >> 23)) & kMask24; }

uint32_t portmix(uint16_t port) { return (port * 0x9E3779u) & kMask24; }

bool isReverse(const Packet& packet) {
  return packet.classified.direction == regs::Direction::kReverse;
}

bool isTcp(const Packet& packet) { return packet.parsed.l4 == L4Kind::kTcp; }
bool isError(const Packet& packet) { return packet.parsed.l4 == L4Kind::kIcmpError; }
bool has(const Packet& packet, uint8_t flag) { return (packet.parsed.tcp_flags & flag) != 0; }
bool isFirstSyn(const Packet& packet) {
  return isTcp(packet) && has(packet, kSyn) && !has(packet, kAck);
}

uint64_t clientHash(const Packet& packet) {
  return isReverse(packet) ? packet.hash_dst : packet.hash_src;
}

FlowState next(FlowState state, const Packet& packet) {
  const bool reverse = isReverse(packet);
  if (state == FlowState::kOneWay) return reverse ? FlowState::kTwoWay : state;
  if (state == FlowState::kTwoWay || !isTcp(packet)) return state;
  const bool fin = has(packet, kFin);
  if (state == FlowState::kHalfOpen || state == FlowState::kEstablished) {
    if (fin) return reverse ? FlowState::kClosingServer : FlowState::kClosingClient;
    if (!reverse && has(packet, kAck) && !has(packet, kSyn)) return FlowState::kEstablished;
    return state;
  }
  if (state == FlowState::kClosingClient && fin && reverse) return FlowState::kClosing;
  if (state == FlowState::kClosingServer && fin && !reverse) return FlowState::kClosing;
  return state;
}

bool isClosing(FlowState state) {
  return state == FlowState::kClosingClient || state == FlowState::kClosingServer ||
         state == FlowState::kClosing;
}

}  // namespace

FlowGolden::FlowGolden(const Geometry& geometry)
    : ring(size_t{1} << geometry.ring_log2),
      policers(geometry.virtuals),
      snat_addresses(regs::SnatAddressRow::kRows),
      virtual_connections(geometry.virtuals),
      member_connections(geometry.members),
      geometry_(geometry),
      slots_(geometry.slots()),
      buckets_(geometry.virtuals),
      source_buckets_(geometry.sources),
      half_open_(geometry.virtuals),
      free_ports_(regs::SnatAddressRow::kRows),
      recent_(3) {
  for (auto& ports : free_ports_)
    for (uint32_t port = 0; port < 1u << geometry.snat_ports_log2; ++port) ports.push_back(port);
  for (auto& rows : members) rows.resize(geometry.members);
  for (auto& rows : pools) rows.resize(geometry.pools);
  for (auto& rows : virtuals) rows.resize(geometry.virtuals);
}

uint32_t FlowGolden::rowOf(uint32_t slot) const { return slot / geometry_.ways % geometry_.rows(); }

uint32_t FlowGolden::slotOf(const Packet& packet, uint32_t bank, uint32_t way) const {
  const uint64_t hash = clientHash(packet);
  const uint64_t first = hash & 0xfffff;
  const uint64_t step = ((hash >> 20) & 0xfffff) | 1;
  const uint64_t row = (first + bank * step) % geometry_.rows();
  return static_cast<uint32_t>((bank * geometry_.rows() + row) * geometry_.ways + way);
}

uint32_t FlowGolden::forwardDigest(const Packet& packet) const {
  const uint32_t digest =
      top24(packet.hash_src) ^ rotated(top24(packet.hash_dst)) ^ packet.key.proto;
  return digest & ((1u << geometry_.digest_bits) - 1);
}

uint32_t FlowGolden::reverseDigest(const Packet& packet, uint32_t server, uint16_t port) const {
  const uint32_t digest =
      top24(clientHash(packet)) ^ rotated(server ^ portmix(port)) ^ packet.key.proto;
  return digest & ((1u << geometry_.digest_bits) - 1) & ~kReference;
}

std::optional<uint32_t> FlowGolden::answered(const Packet& packet) const {
  if (!isReverse(packet)) return std::nullopt;
  const uint32_t port = (packet.key.dport & 0xffu) << 8 | packet.key.dport >> 8;
  if (port < 0xc000 || port >= 0xc000 + (1u << geometry_.snat_ports_log2)) return std::nullopt;
  for (uint32_t i = 0; i < snat_addresses.size(); ++i) {
    const regs::SnatAddressRow& row = snat_addresses[i];
    if (row.valid && row.is_v6 == packet.parsed.is_v6 && row.address == packet.key.dst)
      return i * 0x4000 + port - 0xc000;
  }
  return std::nullopt;
}

regs::Tuple FlowGolden::sourceOf(uint32_t id) const {
  regs::Tuple end;
  const uint32_t port = 0xc000 + id % 0x4000;
  end.dst = snat_addresses[id / 0x4000].address;
  end.dport = static_cast<uint16_t>(port << 8 | port >> 8);
  return end;
}

std::optional<uint32_t> FlowGolden::peekSource(const Packet& packet) const {
  std::vector<uint32_t> pool;
  for (uint32_t i = 0; i < free_ports_.size(); ++i)
    if (packet.classified.snat >> i & 1) pool.push_back(i);
  const auto entropy =
      static_cast<uint8_t>(packet.hash_src ^ ((packet.hash_dst << 32) | (packet.hash_dst >> 32)));
  for (size_t i = 0; i < pool.size(); ++i) {
    const uint32_t address = pool[(entropy * pool.size() / 256 + i) % pool.size()];
    if (!free_ports_[address].empty()) return address * 0x4000 + free_ports_[address].front();
  }
  return std::nullopt;
}

regs::SnatPortsRow FlowGolden::snatPorts(uint32_t address) const {
  const auto total = static_cast<uint16_t>(1u << geometry_.snat_ports_log2);
  return {static_cast<uint16_t>(total - free_ports_[address].size()), total};
}

bool FlowGolden::isLive(uint32_t slot, uint64_t now) const {
  const regs::FlowTagRow& tag = slots_[slot].tag;
  return tag.state != FlowState::kFree && (((ageTick(now) - tag.expires) & kMask24) >> 23) != 0;
}

bool FlowGolden::early(uint32_t id, uint64_t now) const {
  return std::any_of(recent_.begin(), recent_.end(), [&](const Taken& taken) {
    return taken.source == id && (now >> 10) - (taken.now >> 10) <= 1;
  });
}

std::optional<uint32_t> FlowGolden::lookup(const Packet& packet) const {
  if (const auto id = answered(packet)) {
    if (early(*id, packet.meta.now)) return std::nullopt;
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
      const regs::FlowTagRow& tag = slots_[slot].tag;
      if (tag.nat && tag.reverse_digest == (kReference | *id) && isLive(slot, packet.meta.now))
        return slot;
    }
    return std::nullopt;
  }
  const uint32_t digest = isReverse(packet)
                              ? reverseDigest(packet, top24(packet.hash_src0), packet.key.sport)
                              : forwardDigest(packet);
  for (uint32_t bank = 0; bank < geometry_.banks; ++bank) {
    for (uint32_t way = 0; way < geometry_.ways; ++way) {
      const uint32_t slot = slotOf(packet, bank, way);
      const regs::FlowTagRow& tag = slots_[slot].tag;
      const bool same = isReverse(packet) ? tag.nat && tag.reverse_digest == digest
                                          : tag.forward_digest == digest;
      if (same && isLive(slot, packet.meta.now)) return slot;
    }
  }
  return std::nullopt;
}

bool FlowGolden::keyMatches(const Packet& packet, const Entry& entry) const {
  if (!geometry_.exact_keys) return !isReverse(packet);
  const regs::FlowKeyRow& key = entry.key;
  if (key.is_v6 != packet.parsed.is_v6 || key.proto != packet.key.proto) return false;
  if (isReverse(packet)) {
    const bool client =
        answered(packet) || (key.client == packet.key.dst && key.client_port == packet.key.dport);
    return client && key.server_port == packet.key.sport &&
           members[packet.meta.bank][entry.tag.member].address == packet.key.src;
  }
  return key.client == packet.key.src && key.client_port == packet.key.sport &&
         key.virtual_address == packet.key.dst && key.virtual_port == packet.key.dport;
}

FlowGolden::Outcome FlowGolden::process(const Packet& packet) {
  const regs::Classified& classified = packet.classified;
  routed_ = {};
  event_ = {};
  routed_.verdict = classified.verdict;
  routed_.reason = classified.reason;
  routed_.cause = classified.cause;
  routed_.direction = classified.direction;
  routed_.has_virtual = classified.has_virtual;
  routed_.virtual_id = classified.virtual_id;
  routed_.mode = classified.mode;
  if (classified.verdict != Verdict::kForward || packet.parsed.direct) return {routed_, {}, false};

  routed_.entropy =
      static_cast<uint16_t>(packet.hash_src ^ ((packet.hash_dst << 32) | (packet.hash_dst >> 32)));
  const std::optional<uint32_t> match = lookup(packet);
  const std::optional<uint32_t> id = answered(packet);
  const bool is_early = id && early(*id, packet.meta.now);
  recent_.push_front({std::nullopt, packet.meta.now});
  if (match && keyMatches(packet, slots_[*match])) {
    ++totals_.hits;
    hit(packet, *match);
  } else {
    ++totals_.misses;
    miss(packet);
  }
  recent_.pop_back();
  return {routed_, report(packet.meta.now), is_early};
}

void FlowGolden::drop(DropReason reason, FlowResult result) {
  routed_.verdict = Verdict::kDrop;
  routed_.reason = reason;
  routed_.result = result;
}

void FlowGolden::found(uint16_t member) {
  routed_.has_member = true;
  routed_.member = member;
}

void FlowGolden::hit(const Packet& packet, uint32_t slot) {
  Entry& entry = slots_[slot];
  const std::vector<regs::MemberRow>& rows = members[packet.meta.bank];
  const bool reverse = isReverse(packet);
  found(entry.tag.member);
  if (reverse) {
    routed_.has_virtual = true;
    routed_.virtual_id = entry.tag.virtual_id;
    const bool source = entry.tag.reverse_digest & kReference;
    routed_.mode = source ? VirtualMode::kFullnat : VirtualMode::kNat;
  }

  if (!reverse && !rows[entry.tag.member].accept_existing) {
    if (isError(packet)) return drop(DropReason::kMemberDown, FlowResult::kHit);
    const bool ends = isTcp(packet) && (has(packet, kRst) || has(packet, kFin));
    if (packet.classified.on_down == regs::OnDown::kDrop || ends) {
      close(slot, CloseCause::kMemberDown);
      return drop(DropReason::kMemberDown, FlowResult::kHit);
    }
    return open(packet, slot, CloseCause::kMemberDown, false);
  }
  if (!reverse && isFirstSyn(packet) && isClosing(entry.tag.state))
    return open(packet, slot, CloseCause::kReuse, false);

  routed_.result = FlowResult::kHit;
  if (reverse) {
    if (routed_.mode == VirtualMode::kFullnat) {
      routed_.peer_address = entry.key.client;
      routed_.peer_port = entry.key.client_port;
    }
    routed_.address = entry.key.virtual_address;
    routed_.address_v6 = entry.key.is_v6;
    routed_.port = entry.key.virtual_port;
    routed_.neighbor = virtuals[packet.meta.bank][entry.tag.virtual_id].client_neighbor;
  } else {
    const regs::MemberRow& member = rows[entry.tag.member];
    routed_.address = member.address;
    routed_.address_v6 = member.is_v6;
    const uint16_t server = geometry_.exact_keys ? entry.key.server_port : packet.key.dport;
    routed_.port = isError(packet) ? server : member.port;
    routed_.neighbor = member.neighbor;
    translated(entry.tag.reverse_digest);
  }
  if (isError(packet)) return;
  if (isTcp(packet) && has(packet, kRst)) return close(slot, CloseCause::kReset);
  const FlowState state = next(entry.tag.state, packet);
  countHalfOpen(entry.tag.virtual_id,
                (state == FlowState::kHalfOpen) - (entry.tag.state == FlowState::kHalfOpen));
  entry.tag.state = state;
  entry.tag.expires = (ageTick(packet.meta.now) + timeout(state, entry.tag.timer)) & kMask24;
}

void FlowGolden::translated(uint32_t reference) {
  if (routed_.mode != VirtualMode::kFullnat) return;
  const regs::Tuple end = sourceOf(reference & 0x1ffff);
  routed_.peer_address = end.dst;
  routed_.peer_port = end.dport;
}

void FlowGolden::miss(const Packet& packet) {
  if (isReverse(packet)) return drop(DropReason::kNoVirtual, FlowResult::kMiss);
  if (isError(packet)) return drop(DropReason::kNoConnection, FlowResult::kMiss);
  if (isTcp(packet) && !isFirstSyn(packet)) {
    if (!packet.classified.loose) return drop(DropReason::kNoConnection, FlowResult::kMiss);
    if (has(packet, kRst) || has(packet, kFin))
      return open(packet, std::nullopt, CloseCause::kNone, true);
  }
  open(packet, std::nullopt, CloseCause::kNone, false);
}

void FlowGolden::open(const Packet& packet, std::optional<uint32_t> in_place, CloseCause cause,
                      bool lone) {
  const regs::Classified& classified = packet.classified;
  const uint16_t id = classified.virtual_id;
  const bool full = classified.mode == VirtualMode::kFullnat;
  const bool nat = classified.mode == VirtualMode::kNat || full;
  const uint32_t limit = classified.connection_limit;
  if (limit != 0 && virtual_connections[id].opened - virtual_connections[id].closed >= limit)
    return drop(DropReason::kVirtualConnectionLimit, FlowResult::kMiss);

  const Choice choice = choose(packet);
  if (choice.reason != DropReason::kNone) return drop(choice.reason, FlowResult::kMiss);
  found(choice.member);
  const regs::MemberRow& member = members[packet.meta.bank][choice.member];
  const auto forward = [&](FlowResult result) {
    routed_.result = result;
    routed_.address = member.address;
    routed_.address_v6 = member.is_v6;
    routed_.port = member.port;
    routed_.neighbor = member.neighbor;
  };
  if (lone) {
    if (nat) return drop(DropReason::kNoConnection, FlowResult::kMiss);
    return forward(FlowResult::kMiss);
  }
  const Policer source{source_rate, source_burst};
  if (!charge(source_buckets_[packet.hash_src0 % geometry_.sources], source, packet.meta.now))
    return drop(DropReason::kSourceConnectionRate, FlowResult::kMiss);
  if (!charge(buckets_[id], {policers[id].rate, policers[id].burst}, packet.meta.now))
    return drop(DropReason::kVirtualConnectionRate, FlowResult::kMiss);

  const auto untracked = [&](FlowResult result, DropReason reason) {
    event_.failed = result;
    event_.virtual_id = id;
    event_.member = choice.member;
    if (nat) return drop(reason, result);
    forward(result);
  };
  const bool first_syn = isFirstSyn(packet);
  const bool counts = first_syn && !in_place;
  const bool virtual_spent =
      counts && classified.half_open_limit != 0 && half_open_[id] >= classified.half_open_limit;
  const bool spent =
      virtual_spent || (counts && half_open_max != 0 && totals_.half_open >= half_open_max);

  Entry fresh;
  const uint16_t server_port = member.port != 0 ? member.port : packet.key.dport;
  fresh.tag.forward_digest = forwardDigest(packet);
  fresh.tag.reverse_digest = reverseDigest(packet, member.digest, server_port);
  const std::optional<uint32_t> taken = full ? peekSource(packet) : std::nullopt;
  if (full && !taken) return untracked(FlowResult::kUntrackedSnat, DropReason::kSnatExhausted);
  if (taken) fresh.tag.reverse_digest = kReference | *taken;
  if (aliased(packet, in_place, fresh.tag.forward_digest, nat, fresh.tag.reverse_digest)) {
    ++totals_.alias;
    return untracked(FlowResult::kUntrackedAlias, DropReason::kFlowAlias);
  }
  std::optional<uint16_t> owner;
  if (virtual_spent) owner = id;
  const std::optional<Place> where = in_place ? Place{*in_place, cause}
                                     : spent  ? victim(packet, owner)
                                              : place(packet);
  if (!where && spent) return untracked(FlowResult::kUntrackedHalfOpen, DropReason::kHalfOpenLimit);
  if (!where) {
    ++totals_.full;
    return untracked(FlowResult::kUntrackedFull, DropReason::kFlowTableFull);
  }
  if (taken) {
    free_ports_[*taken / 0x4000].pop_front();
    recent_.front().source = taken;
  }
  totals_.evicted += where->cause == CloseCause::kEvicted;
  if (slots_[where->slot].tag.state != FlowState::kFree) close(where->slot, where->cause);

  fresh.tag.state = first_syn       ? FlowState::kHalfOpen
                    : isTcp(packet) ? FlowState::kEstablished
                                    : FlowState::kOneWay;
  fresh.tag.timer = classified.timer;
  fresh.tag.expires =
      (ageTick(packet.meta.now) + timeout(fresh.tag.state, fresh.tag.timer)) & kMask24;
  fresh.tag.virtual_id = id;
  fresh.tag.member = choice.member;
  fresh.tag.nat = nat;
  fresh.key.is_v6 = packet.parsed.is_v6;
  fresh.key.proto = packet.key.proto;
  fresh.key.client = packet.key.src;
  fresh.key.client_port = packet.key.sport;
  fresh.key.virtual_address = packet.key.dst;
  fresh.key.virtual_port = packet.key.dport;
  fresh.key.server_port = server_port;
  slots_[where->slot] = fresh;

  ++totals_.opened;
  ++totals_.live;
  countHalfOpen(id, fresh.tag.state == FlowState::kHalfOpen);
  ++virtual_connections[id].opened;
  ++member_connections[choice.member].opened;
  event_.opened = true;
  event_.virtual_id = id;
  event_.member = choice.member;
  event_.slot = where->slot;
  forward(FlowResult::kOpened);
  translated(fresh.tag.reverse_digest);
}

uint32_t FlowGolden::live(uint16_t member) const {
  return member_connections[member].opened - member_connections[member].closed;
}

FlowGolden::Choice FlowGolden::choose(const Packet& packet) const {
  const regs::PoolRow& pool = pools[packet.meta.bank][packet.classified.pool];
  if (pool.ring_size == 0) return {0, DropReason::kNoMember};
  uint64_t hash = packet.hash_src ^ ((packet.hash_dst << 32) | (packet.hash_dst >> 32));
  if (packet.classified.affinity == regs::Affinity::kSource) hash = packet.hash_src0;
  if (packet.classified.affinity == regs::Affinity::kSourcePort) hash = packet.hash_src;

  const std::vector<regs::MemberRow>& rows = members[packet.meta.bank];
  const auto candidate = [&](uint32_t half) {
    const uint64_t slot = pool.ring_base + ((uint64_t{half} * pool.ring_size) >> 32);
    return ring[slot % ring.size()];
  };
  const auto present = [&](uint16_t id) { return id != 0 && rows[id].accept_new; };
  const auto able = [&](uint16_t id) {
    return present(id) && (rows[id].connection_limit == 0 || live(id) < rows[id].connection_limit);
  };
  const uint16_t first = candidate(static_cast<uint32_t>(hash));
  const uint16_t second = candidate(static_cast<uint32_t>(hash >> 32));
  if (able(first) && able(second) && pool.algorithm == regs::Algorithm::kLeast) {
    const bool stay =
        uint64_t{live(first)} * rows[second].weight <= uint64_t{live(second)} * rows[first].weight;
    return {stay ? first : second, DropReason::kNone};
  }
  if (able(first)) return {first, DropReason::kNone};
  if (able(second)) return {second, DropReason::kNone};
  if (present(first) || present(second)) return {0, DropReason::kMemberConnectionLimit};
  return {0, DropReason::kNoMember};
}

std::optional<uint16_t> FlowGolden::peekMember(const Packet& packet) const {
  const Choice choice = choose(packet);
  if (choice.reason != DropReason::kNone) return std::nullopt;
  return choice.member;
}

void FlowGolden::countHalfOpen(uint16_t virtual_id, int change) {
  totals_.half_open += static_cast<uint32_t>(change);
  half_open_[virtual_id] += static_cast<uint32_t>(change);
}

bool FlowGolden::charge(Bucket& bucket, const Policer& policer, uint64_t now) {
  if (policer.rate == 0) return true;
  const uint64_t tick = now >> 10;
  const uint64_t passed = tick - bucket.last;
  const __uint128_t full = static_cast<__uint128_t>(policer.burst) << 24;
  __uint128_t tokens = full;
  if (bucket.last != 0 && passed < (uint64_t{1} << 24))
    tokens = std::min<__uint128_t>(full, bucket.tokens + __uint128_t{passed} * policer.rate);
  bucket.last = tick;
  const bool pass = tokens >= (uint64_t{1} << 24);
  bucket.tokens = static_cast<uint64_t>(tokens - (pass ? uint64_t{1} << 24 : 0));
  return pass;
}

bool FlowGolden::aliased(const Packet& packet, std::optional<uint32_t> except, uint32_t forward,
                         bool nat, uint32_t reverse) const {
  for (uint32_t bank = 0; bank < geometry_.banks; ++bank) {
    for (uint32_t way = 0; way < geometry_.ways; ++way) {
      const uint32_t slot = slotOf(packet, bank, way);
      if (slot == except || !isLive(slot, packet.meta.now)) continue;
      const regs::FlowTagRow& tag = slots_[slot].tag;
      if (tag.forward_digest == forward) return true;
      if (nat && tag.nat && tag.reverse_digest == reverse) return true;
    }
  }
  return false;
}

std::optional<FlowGolden::Place> FlowGolden::place(const Packet& packet) const {
  std::optional<uint32_t> best;
  uint32_t most = 0;
  for (uint32_t bank = 0; bank < geometry_.banks; ++bank) {
    uint32_t open = 0;
    std::optional<uint32_t> first;
    for (uint32_t way = 0; way < geometry_.ways; ++way) {
      const uint32_t slot = slotOf(packet, bank, way);
      if (isLive(slot, packet.meta.now)) continue;
      ++open;
      if (!first) first = slot;
    }
    if (open > most) {
      most = open;
      best = first;
    }
  }
  if (best) return Place{*best, CloseCause::kExpired};
  return victim(packet, std::nullopt);
}

std::optional<FlowGolden::Place> FlowGolden::victim(const Packet& packet,
                                                    std::optional<uint16_t> owner) const {
  const uint32_t ways = geometry_.banks * geometry_.ways;
  const uint32_t digest =
      (top24(packet.hash_src) ^ packet.key.proto) & ((1u << geometry_.digest_bits) - 1);
  for (uint32_t i = 0; i < ways; ++i) {
    const uint32_t number = (digest + i) % ways;
    const uint32_t slot = slotOf(packet, number / geometry_.ways, number % geometry_.ways);
    const regs::FlowTagRow& tag = slots_[slot].tag;
    if (tag.state != FlowState::kHalfOpen || (owner && tag.virtual_id != *owner)) continue;
    return Place{slot, isLive(slot, packet.meta.now) ? CloseCause::kEvicted : CloseCause::kExpired};
  }
  return std::nullopt;
}

void FlowGolden::close(uint32_t slot, CloseCause cause) {
  const regs::FlowTagRow& tag = slots_[slot].tag;
  ++totals_.closed;
  --totals_.live;
  countHalfOpen(tag.virtual_id, -(tag.state == FlowState::kHalfOpen));
  ++virtual_connections[tag.virtual_id].closed;
  ++member_connections[tag.member].closed;
  routed_.close_cause = cause;
  event_.closed = cause;
  event_.closed_virtual = tag.virtual_id;
  event_.closed_member = tag.member;
  event_.slot = slot;
  if (tag.reverse_digest & kReference) {
    const uint32_t id = tag.reverse_digest & 0x1ffff;
    free_ports_[id / 0x4000].push_back(id % 0x4000);
  }
  slots_[slot] = {};
}

uint32_t FlowGolden::timeout(FlowState state, uint8_t profile) const {
  static constexpr std::array<uint32_t, 8> kKind = {0, 0, 1, 2, 2, 3, 4, 5};
  return timers[profile * 6 + kKind[static_cast<size_t>(state)]];
}

std::optional<regs::Event> FlowGolden::report(uint64_t now) const {
  regs::Event event = event_;
  const bool placed = event.opened || event.failed != FlowResult::kNone;
  event.opened = event.opened && report_opened;
  if (!report_failed) event.failed = FlowResult::kNone;
  if (placed && !event.opened && event.failed == FlowResult::kNone)
    event.virtual_id = event.member = 0;
  if (!report_closed) {
    event.closed = CloseCause::kNone;
    event.closed_virtual = event.closed_member = 0;
  }
  const bool closed = event.closed != CloseCause::kNone;
  if (!event.opened && !closed) event.slot = 0;
  if (!event.opened && !closed && event.failed == FlowResult::kNone) return std::nullopt;
  event.age_tick = ageTick(now);
  return event;
}

std::optional<uint32_t> FlowGolden::scrubChoice(uint32_t row, regs::ScrubMode mode,
                                                uint32_t argument, uint64_t now) const {
  for (uint32_t bank = 0; bank < geometry_.banks; ++bank) {
    for (uint32_t way = 0; way < geometry_.ways; ++way) {
      const uint32_t slot = (bank * geometry_.rows() + row) * geometry_.ways + way;
      const regs::FlowTagRow& tag = slots_[slot].tag;
      if (tag.state == FlowState::kFree) continue;
      const bool selected = mode == regs::ScrubMode::kExpired   ? !isLive(slot, now)
                            : mode == regs::ScrubMode::kMember  ? tag.member == argument
                            : mode == regs::ScrubMode::kVirtual ? tag.virtual_id == argument
                                                                : true;
      if (selected) return slot;
    }
  }
  return std::nullopt;
}

regs::Event FlowGolden::scrub(uint32_t slot, regs::ScrubMode mode, uint64_t now) {
  routed_ = {};
  event_ = {};
  close(slot, mode == regs::ScrubMode::kExpired ? CloseCause::kExpired : CloseCause::kPurged);
  event_.age_tick = ageTick(now);
  return event_;
}

}  // namespace sluice::flow_test
