// SPDX-License-Identifier: Apache-2.0
// Parser of the model: docs/data-plane.md section 3.
#pragma once

#include "firmware/hal/gen/sluice_regs.h"
#include "sim/model/model_packet.h"

namespace sluice::model {

// Fills parsed, own and inner of a packet from its bytes and meta. `port` is the ingress port's
// row.
void parse(Packet& packet, const regs::PortRow& port, const regs::CsrConfig& config);

}  // namespace sluice::model
