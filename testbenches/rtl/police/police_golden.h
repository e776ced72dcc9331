// SPDX-License-Identifier: Apache-2.0
//
// Section 6 of docs/data-plane.md, one packet at a time, for the benches of police.
#pragma once

#include <cstdint>
#include <map>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice::police_test {

struct BucketConfig {
  uint64_t rate = 0;
  uint32_t burst = 0;
};

struct Bucket {
  uint64_t tokens = 0;  ///< 2^-24 token
  uint64_t last = 0;    ///< rate tick

  void refill(const BucketConfig& config, uint64_t rate_tick);
  bool holds(const BucketConfig& config, uint64_t cost) const;
  void charge(const BucketConfig& config, uint64_t cost);
};

/// What police knows of a packet.
struct Arrival {
  regs::IngressMeta meta;
  regs::Classified classified;
  bool acl_police = false;
  uint64_t hash_src0 = 0;
};

class Police {
 public:
  Police(uint32_t virtuals, uint32_t sources) : virtuals_(virtuals), sources_(sources) {}

  regs::Classified decide(const Arrival& arrival);

  BucketConfig source;
  std::map<uint32_t, BucketConfig> rules;
  std::map<uint32_t, regs::VirtualPolicerRow> policers;

 private:
  regs::DropReason test(const Arrival& arrival);

  uint32_t virtuals_;
  uint32_t sources_;
  std::map<uint32_t, Bucket> rule_buckets_;
  std::map<uint32_t, Bucket> source_buckets_;
  std::map<uint32_t, Bucket> packet_buckets_;
  std::map<uint32_t, Bucket> byte_buckets_;
};

}  // namespace sluice::police_test
