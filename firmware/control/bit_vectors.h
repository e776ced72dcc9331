// SPDX-License-Identifier: Apache-2.0
// Rules as bit vectors: the access list and the prefix virtuals.
//
// The data plane looks each chunk (a byte, or a part of a port) of a packet up in a table of
// vectors, one bit per rule, and ANDs them; the lowest bit left is the rule that decides (Lakshman
// and Stiliadis, SIGCOMM 1998; Jiang and Prasanna, "StrideBV", 2009). Chunks and the combination of
// the five port vectors are in docs/data-plane.md section 5.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "firmware/base/ip_address.h"
#include "firmware/control/config.h"
#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

// An access-list rule, names resolved.
struct AclMatch {
  IpFamily family = IpFamily::kBoth;
  std::optional<uint8_t> protocol;
  std::optional<IpPrefix> source, destination;
  PortRange source_port, destination_port;
  std::optional<uint8_t> ingress_port;
};

// Rules in order of priority, at most 256. The result is table acl_bits.
std::vector<regs::AclBitsRow> aclVectors(std::span<const AclMatch> rules);

// An entry of the prefix table.
struct PrefixMatch {
  IpPrefix prefix;
  std::optional<uint8_t> protocol;
  uint16_t port = 0;  // 0 = any
  std::optional<uint8_t> ingress_port;
};

// Entries in order of priority, at most 128. The result is table prefix_bits.
std::vector<regs::PrefixBitsRow> prefixVectors(std::span<const PrefixMatch> entries);

}  // namespace sluice
