// SPDX-License-Identifier: Apache-2.0
// Token buckets of the model: docs/data-plane.md section 6.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/model/model_packet.h"
#include "sim/model/model_tables.h"

namespace sluice::model {

// One token bucket. Rates in 2^-24 tokens per rate tick (1.024 us), bursts and costs in tokens.
class Bucket {
 public:
  // Brings the bucket up to `tick`. With rate 0 a bucket does nothing and never fails.
  void refill(uint64_t rate, uint32_t burst, uint64_t tick);
  bool has(uint64_t rate, uint32_t cost) const {
    return rate == 0 || tokens_ >= uint64_t{cost} << 24;
  }
  void take(uint64_t rate, uint32_t cost) {
    if (rate != 0) tokens_ -= uint64_t{cost} << 24;
  }
  // refill, has and take in one.
  bool pass(uint64_t rate, uint32_t burst, uint64_t tick, uint32_t cost);

 private:
  uint64_t tokens_ = 0;
  uint64_t last_ = 0;
};

// Section 6, steps 1 to 3.
class Police {
 public:
  explicit Police(const Tables& tables) : tables_(tables) {}
  void apply(Packet& packet, const regs::CsrConfig& config);
  // All buckets as at power-up.
  void clear();

 private:
  static constexpr size_t kSources = 4096;

  const Tables& tables_;
  std::vector<Bucket> acl_ = std::vector<Bucket>(regs::AclPolicerRow::kRows);
  std::vector<Bucket> source_ = std::vector<Bucket>(kSources);
  std::vector<Bucket> packets_ = std::vector<Bucket>(regs::VirtualPolicerRow::kRows);
  std::vector<Bucket> bytes_ = std::vector<Bucket>(regs::VirtualPolicerRow::kRows);
};

}  // namespace sluice::model
