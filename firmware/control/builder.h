// SPDX-License-Identifier: Apache-2.0
// The state that the parts of the table builder share. Used by table_builder.cpp and build_*.cpp
// alone.
#pragma once

#include <string>
#include <utility>

#include "firmware/control/table_builder.h"

namespace sluice {

struct Builder {
  const Config& config;
  const Overrides& overrides;
  const Operational& operational;
  const Resolution& resolution;
  Build build;
  Error error;  // first failure, by code and message
  bool failed = false;

  void exhausted(std::string message) {
    if (!failed) error = {ErrorCode::kExhausted, std::move(message)};
    failed = true;
  }
  // The row of table neighbor for a next hop, made if there is none yet; 0 if the table is full (an
  // error).
  uint16_t neighborId(const struct NextHop& hop);
  // The same for packets that firmware shall have; on the trap port.
  uint16_t trapId();
};

void buildSystem(Builder& builder);    // registers, ports, punt policers
void buildPools(Builder& builder);     // pools, members, rings
void buildSources(Builder& builder);   // snat_address
void buildVirtuals(Builder& builder);  // after buildSources: virtuals and their policers
void buildKeys(Builder& builder);  // virtual_key, prefix_bits, prefix_result; after buildVirtuals
void buildAcl(Builder& builder);   // acl_bits, acl_action, acl_policer

// A token bucket's default burst: what comes in 100 ms, at least `least`, at most 32 bits.
uint32_t burstOf(const RateLimit& limit, uint64_t per_second, uint64_t least);

}  // namespace sluice
