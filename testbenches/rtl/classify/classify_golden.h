// SPDX-License-Identifier: Apache-2.0
//
// Section 5 of docs/data-plane.md, by the rows of the tables, one packet at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "firmware/hal/gen/sluice_regs.h"
#include "testbenches/common/reference_hash.h"

namespace sluice::classify_test {

/// How large the tables are.
struct Sizes {
  uint32_t rules = regs::AclActionRow::kRows;
  uint32_t keys = regs::VirtualKeyRow::kRows;
  uint32_t virtuals = regs::VirtualRow::kRows;
  uint32_t prefixes = regs::PrefixResultRow::kRows;
};

struct Arrival {
  regs::IngressMeta meta;
  regs::Parsed parsed;
  regs::Tuple own;
  regs::Tuple key;
};

struct Outcome {
  regs::Classified classified;
  bool acl_police = false;
  bool hashed = false;  ///< the hashes are defined
  uint64_t src = 0, dst = 0, src0 = 0, dst0 = 0;
};

/// Rows of one bank; those never written are 0.
struct Tables {
  std::map<uint32_t, regs::AclBitsRow> acl_bits;
  std::map<uint32_t, regs::AclActionRow> acl_action;
  std::map<uint32_t, regs::VirtualKeyRow> keys;
  std::map<uint32_t, regs::VirtualRow> virtuals;
  std::map<uint32_t, regs::PrefixBitsRow> prefix_bits;
  std::map<uint32_t, regs::PrefixResultRow> prefix_result;
};

/// hash64 of an address and a port as they stand in a tuple.
uint64_t hashOf(const testing::HashKey& key, bool v6, const std::array<uint8_t, 16>& address,
                uint16_t port);

class Classify {
 public:
  explicit Classify(const Sizes& sizes) : sizes_(sizes) {}

  Outcome decide(const Arrival& arrival);

  Tables banks[2];
  bool acl_enable = false;
  bool prefix_enable = false;
  testing::HashKey hash_key{};

 private:
  struct Found {
    uint16_t virtual_id;
    bool punt;
  };

  std::optional<uint8_t> aclRule(const Arrival& arrival);
  bool ruleMatches(const Arrival& arrival, uint32_t rule);
  bool portMatches(Tables& tables, uint32_t chunk, uint16_t port, uint32_t rule);
  std::optional<Found> findVirtual(const Arrival& arrival, const Outcome& hashes);
  std::optional<Found> findKey(Tables& tables, uint64_t hash, const regs::VirtualKeyRow& like);
  std::optional<Found> findPrefix(const Arrival& arrival);

  Sizes sizes_;
};

}  // namespace sluice::classify_test
