// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/classify/classify_golden.h"

#include <algorithm>

namespace sluice::classify_test {

namespace {

template <size_t kWords>
bool bit(const std::array<uint64_t, kWords>& bits, uint32_t index) {
  return bits[index / 64] >> (index % 64) & 1;
}

}  // namespace

uint64_t hashOf(const testing::HashKey& key, bool v6, const std::array<uint8_t, 16>& address,
                uint16_t port) {
  testing::Ip ip;
  ip.v6 = v6;
  ip.bytes = address;
  return testing::hash64(key, ip, testing::memoryOrder(port));
}

bool Classify::portMatches(Tables& tables, uint32_t chunk, uint16_t port, uint32_t rule) {
  const uint8_t first = static_cast<uint8_t>(port);
  const uint8_t second = static_cast<uint8_t>(port >> 8);
  const auto is = [&](uint32_t offset, uint8_t value) {
    return bit(tables.acl_bits[(chunk + offset) << 8 | value].rules, rule);
  };
  const bool strict = is(0, first), eq_lo = is(1, first), eq_hi = is(2, first);
  const bool ge_lo = is(3, second), le_hi = is(4, second);
  return strict || ((eq_lo || eq_hi) && (!eq_lo || ge_lo) && (!eq_hi || le_hi));
}

bool Classify::ruleMatches(const Arrival& arrival, uint32_t rule) {
  Tables& tables = banks[arrival.meta.bank];
  const auto accepts = [&](uint32_t chunk, uint8_t value) {
    return bit(tables.acl_bits[chunk << 8 | value].rules, rule);
  };
  const uint32_t bytes = arrival.parsed.is_v6 ? 16 : 4;
  for (uint32_t i = 0; i < bytes; ++i) {
    if (!accepts(i, arrival.own.src[i]) || !accepts(16 + i, arrival.own.dst[i])) return false;
  }
  const bool syn =
      arrival.parsed.l4 == regs::L4Kind::kTcp && (arrival.parsed.tcp_flags & 0x12) == 2;
  const uint8_t misc =
      static_cast<uint8_t>(arrival.parsed.is_v6 | arrival.meta.port << 1 | syn << 4);
  return accepts(32, arrival.own.proto) && accepts(33, misc) &&
         portMatches(tables, 34, arrival.own.sport, rule) &&
         portMatches(tables, 39, arrival.own.dport, rule);
}

std::optional<uint8_t> Classify::aclRule(const Arrival& arrival) {
  for (uint32_t rule = 0; rule < sizes_.rules; ++rule)
    if (ruleMatches(arrival, rule)) return static_cast<uint8_t>(rule);
  return std::nullopt;
}

std::optional<Classify::Found> Classify::findKey(Tables& tables, uint64_t hash,
                                                 const regs::VirtualKeyRow& like) {
  const uint32_t buckets = sizes_.keys / 2;
  for (const uint32_t bucket :
       {static_cast<uint32_t>(hash) % buckets, static_cast<uint32_t>(hash >> 32) % buckets}) {
    for (const uint32_t row : {2 * bucket, 2 * bucket + 1}) {
      const regs::VirtualKeyRow& key = tables.keys[row];
      if (!key.valid || key.is_v6 != like.is_v6 || key.any_port != like.any_port) continue;
      if (key.address != like.address) continue;
      if (key.any_port && key.any_proto != like.any_proto) continue;
      if (!like.any_proto && key.proto != like.proto) continue;
      if (!like.any_port && key.port != like.port) continue;
      return Found{key.virtual_id, key.punt};
    }
  }
  return std::nullopt;
}

std::optional<Classify::Found> Classify::findPrefix(const Arrival& arrival) {
  Tables& tables = banks[arrival.meta.bank];
  const auto accepts = [&](uint32_t entry, uint32_t chunk, uint8_t value) {
    return bit(tables.prefix_bits[chunk << 8 | value].entries, entry);
  };
  const uint32_t bytes = arrival.parsed.is_v6 ? 16 : 4;
  for (uint32_t entry = 0; entry < sizes_.prefixes; ++entry) {
    bool matches =
        accepts(entry, 16, arrival.key.proto) &&
        accepts(entry, 17, static_cast<uint8_t>(arrival.parsed.is_v6 | arrival.meta.port << 1)) &&
        accepts(entry, 18, static_cast<uint8_t>(arrival.key.dport)) &&
        accepts(entry, 19, static_cast<uint8_t>(arrival.key.dport >> 8));
    for (uint32_t i = 0; i < bytes; ++i) matches = matches && accepts(entry, i, arrival.key.dst[i]);
    if (!matches) continue;
    const regs::PrefixResultRow& result = tables.prefix_result[entry];
    return Found{result.virtual_id, result.punt};
  }
  return std::nullopt;
}

std::optional<Classify::Found> Classify::findVirtual(const Arrival& arrival,
                                                     const Outcome& hashes) {
  Tables& tables = banks[arrival.meta.bank];
  regs::VirtualKeyRow like;
  like.is_v6 = arrival.parsed.is_v6;
  like.address = arrival.key.dst;
  like.proto = arrival.key.proto;
  like.port = arrival.key.dport;
  if (const auto found = findKey(tables, hashes.dst, like)) return found;
  like.any_port = true;
  if (const auto found = findKey(tables, hashes.dst0, like)) return found;
  like.any_proto = true;
  if (const auto found = findKey(tables, hashes.dst0, like)) return found;
  return prefix_enable ? findPrefix(arrival) : std::nullopt;
}

Outcome Classify::decide(const Arrival& arrival) {
  Outcome outcome;
  regs::Classified& result = outcome.classified;
  result.verdict = arrival.parsed.verdict;
  result.reason = arrival.parsed.reason;
  result.cause = arrival.parsed.cause;
  if (arrival.parsed.verdict != regs::Verdict::kForward || arrival.parsed.direct) return outcome;

  const bool v6 = arrival.parsed.is_v6;
  outcome.hashed = true;
  outcome.src = hashOf(hash_key, v6, arrival.key.src, arrival.key.sport);
  outcome.dst = hashOf(hash_key, v6, arrival.key.dst, arrival.key.dport);
  outcome.src0 = hashOf(hash_key, v6, arrival.key.src, 0);
  outcome.dst0 = hashOf(hash_key, v6, arrival.key.dst, 0);

  const auto drop = [&](regs::DropReason reason) {
    result.verdict = regs::Verdict::kDrop;
    result.reason = reason;
    return outcome;
  };
  const auto punt = [&](regs::PuntCause cause) {
    result.verdict = regs::Verdict::kPunt;
    result.cause = cause;
    return outcome;
  };

  auto action = regs::AclAction::kPermit;
  if (const auto rule = acl_enable ? aclRule(arrival) : std::nullopt) {
    result.acl_hit = true;
    result.acl_rule = *rule;
    action = banks[arrival.meta.bank].acl_action[*rule].action;
  }
  if (action == regs::AclAction::kDeny) return drop(regs::DropReason::kAclDeny);
  if (action == regs::AclAction::kPunt) return punt(regs::PuntCause::kAcl);
  if (arrival.parsed.multicast) return punt(regs::PuntCause::kMulticast);

  const auto found = findVirtual(arrival, outcome);
  if (!found) {
    result.direction = regs::Direction::kReverse;
  } else {
    const regs::VirtualRow& row = banks[arrival.meta.bank].virtuals[found->virtual_id];
    result.has_virtual = true;
    result.virtual_id = found->virtual_id;
    result.mode = row.mode;
    result.pool = row.pool;
    result.affinity = row.affinity;
    result.timer = row.timer;
    result.loose = row.loose;
    result.on_down = row.on_down;
    result.client_neighbor = row.client_neighbor;
    result.connection_limit = row.connection_limit;
    result.half_open_limit = row.half_open_limit;
    result.snat = row.snat;
    if (found->punt) return punt(regs::PuntCause::kIcmp);
    if (!row.enabled) return drop(regs::DropReason::kVirtualDisabled);
    if (row.mode == regs::VirtualMode::kLocal) return punt(regs::PuntCause::kLocal);
    if (arrival.parsed.fragment && !row.fragments) return drop(regs::DropReason::kIpFragment);
  }
  outcome.acl_police = action == regs::AclAction::kPolice;
  return outcome;
}

}  // namespace sluice::classify_test
