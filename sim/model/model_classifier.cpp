// SPDX-License-Identifier: Apache-2.0
#include "sim/model/model_classifier.h"

#include <array>
#include <bit>

namespace sluice::model {
namespace {

using regs::DropReason;
using regs::PuntCause;
using regs::Verdict;

constexpr uint32_t kAclSource = 0, kAclDestination = 16, kAclProtocol = 32, kAclMisc = 33;
constexpr uint32_t kAclSourcePort = 34, kAclDestinationPort = 39;
constexpr uint32_t kPrefixProtocol = 16, kPrefixMisc = 17, kPrefixPortHigh = 18,
                   kPrefixPortLow = 19;
constexpr uint8_t kSyn = 0x02, kAck = 0x10;

// An N x 64-bit match vector.
template <size_t kWords>
struct Vector {
  std::array<uint64_t, kWords> word;

  void keep(const std::array<uint64_t, kWords>& other) {
    for (size_t i = 0; i < kWords; ++i) word[i] &= other[i];
  }
  bool empty() const {
    uint64_t any = 0;
    for (const uint64_t w : word) any |= w;
    return any == 0;
  }
  int lowest() const {
    for (size_t i = 0; i < kWords; ++i) {
      if (word[i] != 0) return static_cast<int>(i * 64) + std::countr_zero(word[i]);
    }
    return -1;
  }
};

class AclMatcher {
 public:
  AclMatcher(const Tables& tables, bool bank) : tables_(tables), bank_(bank) {
    match_.word.fill(~uint64_t{0});
  }

  // Each of these keeps the rules that match one part of the packet; false if none is left.
  bool chunk(uint32_t chunk, uint8_t value) {
    match_.keep(row(chunk, value));
    return !match_.empty();
  }
  bool address(uint32_t first_chunk, const Address& address, bool v6) {
    const uint32_t length = v6 ? 16 : 4;
    for (uint32_t i = 0; i < length; ++i) {
      if (!chunk(first_chunk + i, address[i])) return false;
    }
    return true;
  }
  bool port(uint32_t first_chunk, uint16_t port) {
    const uint8_t high = port & 255,
                  low = port >> 8;  // memory order: first byte on the wire is lowest
    const auto& strict = row(first_chunk, high);
    const auto& eq_lo = row(first_chunk + 1, high);
    const auto& eq_hi = row(first_chunk + 2, high);
    const auto& ge_lo = row(first_chunk + 3, low);
    const auto& le_hi = row(first_chunk + 4, low);
    for (size_t i = 0; i < 4; ++i) {
      match_.word[i] &=
          strict[i] | ((eq_lo[i] | eq_hi[i]) & (~eq_lo[i] | ge_lo[i]) & (~eq_hi[i] | le_hi[i]));
    }
    return !match_.empty();
  }
  int rule() const { return match_.lowest(); }

 private:
  const std::array<uint64_t, 4>& row(uint32_t chunk, uint8_t value) const {
    return tables_.acl_bits.at(chunk * 256 + value, bank_).rules;
  }

  const Tables& tables_;
  bool bank_;
  Vector<4> match_;
};

}  // namespace

void Classifier::apply(Packet& packet, const regs::CsrConfig& config) const {
  regs::Classified& out = packet.classified;
  out.verdict = packet.parsed.verdict;
  out.reason = packet.parsed.reason;
  out.cause = packet.parsed.cause;
  if (out.verdict != Verdict::kForward || packet.parsed.direct) return;

  const Hash hash(config.hash_key);
  const bool v6 = packet.parsed.is_v6;
  const regs::Tuple& key = packet.key();
  packet.hashes = {hash(v6, key.src, key.sport), hash(v6, key.dst, key.dport)};

  if (config.control_acl_enable && !acl(packet)) return;
  if (packet.parsed.multicast) return punt(out, PuntCause::kMulticast);

  Match match;
  if (!findVirtual(packet, hash, config.control_prefix_enable, match)) {
    out.direction = regs::Direction::kReverse;
    return;
  }
  const regs::VirtualRow& row = tables_.virtuals.at(match.virtual_id, packet.meta.bank);
  out.has_virtual = true;
  out.virtual_id = match.virtual_id;
  out.mode = row.mode;
  out.pool = row.pool;
  out.affinity = row.affinity;
  out.timer = row.timer;
  out.loose = row.loose;
  out.on_down = row.on_down;
  out.client_neighbor = row.client_neighbor;
  out.connection_limit = row.connection_limit;
  out.half_open_limit = row.half_open_limit;
  out.snat = row.snat;
  if (match.punt) return punt(out, PuntCause::kIcmp);
  if (!row.enabled) return drop(out, DropReason::kVirtualDisabled);
  if (row.mode == regs::VirtualMode::kLocal) return punt(out, PuntCause::kLocal);
  if (packet.parsed.fragment && !row.fragments) return drop(out, DropReason::kIpFragment);
}

// Returns true if the packet goes on.
bool Classifier::acl(Packet& packet) const {
  const regs::Parsed& parsed = packet.parsed;
  const bool v6 = parsed.is_v6;
  const bool opening =
      parsed.l4 == regs::L4Kind::kTcp && (parsed.tcp_flags & (kSyn | kAck)) == kSyn;
  const auto misc = static_cast<uint8_t>(v6 | packet.meta.port << 1 | opening << 4);
  AclMatcher matcher(tables_, packet.meta.bank);
  const bool any = matcher.address(kAclSource, packet.own.src, v6) &&
                   matcher.address(kAclDestination, packet.own.dst, v6) &&
                   matcher.chunk(kAclProtocol, packet.own.proto) && matcher.chunk(kAclMisc, misc) &&
                   matcher.port(kAclSourcePort, packet.own.sport) &&
                   matcher.port(kAclDestinationPort, packet.own.dport);
  if (!any) return true;
  const int rule = matcher.rule();

  regs::Classified& out = packet.classified;
  out.acl_hit = true;
  out.acl_rule = static_cast<uint8_t>(rule);
  switch (tables_.acl_action.at(rule, packet.meta.bank).action) {
    case regs::AclAction::kPermit:
      return true;
    case regs::AclAction::kDeny:
      drop(out, DropReason::kAclDeny);
      return false;
    case regs::AclAction::kPunt:
      punt(out, PuntCause::kAcl);
      return false;
    case regs::AclAction::kPolice:
      packet.acl_police = true;
      return true;
  }
  return true;
}

bool Classifier::findVirtual(const Packet& packet, const Hash& hash, bool prefixes,
                             Match& found) const {
  return findKey(packet, packet.hashes.dst, false, found) ||
         findKey(packet, hash.destination(packet), true, found) ||
         (prefixes && findPrefix(packet, found));
}

bool Classifier::findKey(const Packet& packet, uint64_t hash, bool any_port, Match& found) const {
  const uint32_t buckets = tables_.virtual_key.rows() / 2;
  const std::array<uint32_t, 2> bucket = {static_cast<uint32_t>(hash) & (buckets - 1),
                                          static_cast<uint32_t>(hash >> 32) & (buckets - 1)};
  const regs::Tuple& key = packet.key();
  bool any_proto = false;
  for (uint32_t i = 0; i < 4; ++i) {
    const regs::VirtualKeyRow& row =
        tables_.virtual_key.at(bucket[i / 2] * 2 + i % 2, packet.meta.bank);
    if (!row.valid || row.any_port != any_port || row.is_v6 != packet.parsed.is_v6 ||
        !same(row.address, key.dst) || (!any_port && row.port != key.dport)) {
      continue;
    }
    if (any_port && row.any_proto) {
      if (!any_proto) found = {row.virtual_id, row.punt};
      any_proto = true;
    } else if (row.proto == key.proto) {
      found = {row.virtual_id, row.punt};
      return true;
    }
  }
  return any_proto;
}

bool Classifier::findPrefix(const Packet& packet, Match& found) const {
  Vector<2> match;
  match.word.fill(~uint64_t{0});
  const auto chunk = [&](uint32_t chunk, uint8_t value) {
    match.keep(tables_.prefix_bits.at(chunk * 256 + value, packet.meta.bank).entries);
  };
  const bool v6 = packet.parsed.is_v6;
  for (uint32_t i = 0; i < (v6 ? 16u : 4u); ++i) chunk(i, packet.key().dst[i]);
  chunk(kPrefixProtocol, packet.key().proto);
  chunk(kPrefixMisc, static_cast<uint8_t>(v6 | packet.meta.port << 1));
  chunk(kPrefixPortHigh, packet.key().dport & 255);
  chunk(kPrefixPortLow, packet.key().dport >> 8);
  const int entry = match.lowest();
  if (entry < 0) return false;
  const regs::PrefixResultRow& row = tables_.prefix_result.at(entry, packet.meta.bank);
  found = {row.virtual_id, row.punt};
  return true;
}

}  // namespace sluice::model
