// SPDX-License-Identifier: Apache-2.0
#include "sim/model/model_police.h"

#include <algorithm>

#include "sim/model/model_hash.h"

namespace sluice::model {

using regs::DropReason;

void Bucket::refill(uint64_t rate, uint32_t burst, uint64_t tick) {
  if (rate == 0) return;
  const uint64_t full = uint64_t{burst} << 24;
  const uint64_t dt = (tick - last_) & ((uint64_t{1} << 54) - 1);
  if (last_ == 0 || dt >= uint64_t{1} << 24) {
    tokens_ = full;
  } else {
    const auto filled = static_cast<unsigned __int128>(tokens_) + dt * rate;
    tokens_ = filled > full ? full : static_cast<uint64_t>(filled);
  }
  last_ = tick;
}

bool Bucket::pass(uint64_t rate, uint32_t burst, uint64_t tick, uint32_t cost) {
  refill(rate, burst, tick);
  if (!has(rate, cost)) return false;
  take(rate, cost);
  return true;
}

void Police::apply(Packet& packet, const regs::CsrConfig& config) {
  regs::Classified& out = packet.classified;
  if (out.verdict != regs::Verdict::kForward || packet.parsed.direct ||
      out.direction != regs::Direction::kForward) {
    return;
  }
  const uint64_t tick = packet.rateTick();
  const regs::AclPolicerRow rule =
      packet.acl_police ? tables_.acl_policer.at(out.acl_rule) : regs::AclPolicerRow{};
  const uint64_t source_rate = uint64_t{config.source_rate_hi} << 32 | config.source_rate_lo;
  const regs::VirtualPolicerRow& row = tables_.virtual_policer.at(out.virtual_id);
  Bucket& of_rule = acl_[out.acl_rule];
  Bucket& of_source =
      source_[source_rate == 0 ? 0 : Hash(config.hash_key).source(packet) % kSources];
  Bucket& packets = packets_[out.virtual_id];
  Bucket& bytes = bytes_[out.virtual_id];
  of_rule.refill(rule.rate, rule.burst, tick);
  of_source.refill(source_rate, config.source_burst, tick);
  packets.refill(row.packet_rate, row.packet_burst, tick);
  bytes.refill(row.byte_rate, row.byte_burst, tick);

  if (!of_rule.has(rule.rate, 1)) return drop(out, DropReason::kAclPolice);
  of_rule.take(rule.rate, 1);
  if (!of_source.has(source_rate, 1)) return drop(out, DropReason::kSourceRate);
  of_source.take(source_rate, 1);
  if (!packets.has(row.packet_rate, 1)) return drop(out, DropReason::kVirtualPacketRate);
  if (!bytes.has(row.byte_rate, packet.meta.len)) return drop(out, DropReason::kVirtualBitRate);
  packets.take(row.packet_rate, 1);
  bytes.take(row.byte_rate, packet.meta.len);
}

void Police::clear() {
  for (auto* buckets : {&acl_, &source_, &packets_, &bytes_})
    std::fill(buckets->begin(), buckets->end(), Bucket());
}

}  // namespace sluice::model
