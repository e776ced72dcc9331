// SPDX-License-Identifier: Apache-2.0
// Header rewriting of the model: docs/data-plane.md section 9.
#pragma once

#include <span>

#include "sim/model/model_packet.h"
#include "sim/model/model_tables.h"

namespace sluice::model {

// The frame that leaves, and where.
struct Edited {
  uint8_t port = regs::kPortNone;
  std::span<const uint8_t> bytes;
};

// Applies section 9 to a routed packet: may turn its verdict into a drop or a punt (in
// packet.routed), and fills `out` with the frame that goes out (the original one for punted and
// direct packets, none for dropped ones). It is written into the packet's frame buffer, over the
// original.
void edit(Packet& packet, const Tables& tables, const regs::CsrConfig& config, Edited& out);

}  // namespace sluice::model
