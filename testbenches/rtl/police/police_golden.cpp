// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/police/police_golden.h"

#include <algorithm>

namespace sluice::police_test {

namespace {

using Wide = unsigned __int128;

}  // namespace

void Bucket::refill(const BucketConfig& config, uint64_t rate_tick) {
  if (config.rate == 0) return;
  const uint64_t elapsed = (rate_tick - last) & ((uint64_t{1} << 54) - 1);
  const Wide full = Wide{config.burst} << 24;
  const bool untouched = last == 0 || elapsed >= (1u << 24);
  const Wide sum = Wide{tokens} + Wide{elapsed} * config.rate;
  tokens = static_cast<uint64_t>(untouched ? full : std::min(full, sum));
  last = rate_tick;
}

bool Bucket::holds(const BucketConfig& config, uint64_t cost) const {
  return config.rate == 0 || tokens >= cost << 24;
}

void Bucket::charge(const BucketConfig& config, uint64_t cost) {
  if (config.rate != 0) tokens -= cost << 24;
}

regs::DropReason Police::test(const Arrival& arrival) {
  const uint64_t tick = arrival.meta.now >> 10;
  const uint32_t id = arrival.classified.virtual_id % virtuals_;
  const regs::VirtualPolicerRow row = policers[id];
  const BucketConfig rule =
      arrival.acl_police ? rules[arrival.classified.acl_rule] : BucketConfig{};
  const BucketConfig packets{row.packet_rate, row.packet_burst};
  const BucketConfig bytes{row.byte_rate, row.byte_burst};
  Bucket& of_rule = rule_buckets_[arrival.classified.acl_rule];
  Bucket& of_source = source_buckets_[arrival.hash_src0 % sources_];
  of_rule.refill(rule, tick);
  of_source.refill(source, tick);
  packet_buckets_[id].refill(packets, tick);
  byte_buckets_[id].refill(bytes, tick);

  if (!of_rule.holds(rule, 1)) return regs::DropReason::kAclPolice;
  of_rule.charge(rule, 1);
  if (!of_source.holds(source, 1)) return regs::DropReason::kSourceRate;
  of_source.charge(source, 1);
  if (!packet_buckets_[id].holds(packets, 1)) return regs::DropReason::kVirtualPacketRate;
  if (!byte_buckets_[id].holds(bytes, arrival.meta.len)) return regs::DropReason::kVirtualBitRate;
  packet_buckets_[id].charge(packets, 1);
  byte_buckets_[id].charge(bytes, arrival.meta.len);
  return regs::DropReason::kNone;
}

regs::Classified Police::decide(const Arrival& arrival) {
  regs::Classified result = arrival.classified;
  if (result.verdict != regs::Verdict::kForward || !result.has_virtual) return result;
  const regs::DropReason reason = test(arrival);
  if (reason != regs::DropReason::kNone) {
    result.verdict = regs::Verdict::kDrop;
    result.reason = reason;
  }
  return result;
}

}  // namespace sluice::police_test
