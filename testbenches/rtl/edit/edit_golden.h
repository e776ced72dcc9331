// SPDX-License-Identifier: Apache-2.0
//
// Section 9 of docs/data-plane.md, byte by byte, with checksums updated word by word as RFC 1624
// has it.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "firmware/hal/gen/sluice_regs.h"
#include "testbenches/common/packet_builder.h"

namespace sluice::edit_test {

using namespace regs;  // NOLINT: the names of the specification
using testing::Bytes;

struct Tables {
  std::array<PortRow, 8> ports{};
  std::map<uint16_t, NeighborRow> neighbors;
  std::array<uint8_t, 4> tunnel_source4{};
  std::array<uint8_t, 16> tunnel_source6{};
};

/// A packet as it comes to edit.
struct Input {
  Bytes frame;
  uint8_t cpu_dest = kPortNone;
  Parsed parsed;
  Tuple own;
  Routed routed;
};

/// A packet as it leaves; the frame is empty if it is dropped.
struct Output {
  Routed routed;
  uint8_t port = kPortNone;
  Bytes frame;
};

Output goldenEdit(const Input& input, const Tables& tables);

}  // namespace sluice::edit_test
