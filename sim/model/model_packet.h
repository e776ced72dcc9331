// SPDX-License-Identifier: Apache-2.0
// What the model knows of a packet while it passes through the stages of docs/data-plane.md.
#pragma once

#include <cstdint>
#include <span>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice::model {

// The four hashes of section 4.
struct Hashes {
  uint64_t src = 0;       // S: source address and port
  uint64_t dst = 0;       // D: destination address and port
  uint64_t src_host = 0;  // S0: source address
  uint64_t dst_host = 0;  // D0: destination address
};

struct Packet {
  std::span<const uint8_t> bytes;
  regs::IngressMeta meta;
  regs::Parsed parsed;
  regs::Tuple own;  // the packet's own addresses and ports
  regs::Tuple key;  // what virtuals and connections look at
  Hashes hashes;
  regs::Classified classified;
  bool acl_police = false;
  regs::Routed routed;

  uint32_t ageTick() const { return (meta.now >> regs::kAgeTickShift) & 0xffffff; }
  uint64_t rateTick() const { return meta.now >> regs::kRateTickShift; }
};

// Verdicts, one way to say each, on any struct that carries them.
template <class Stage>
void drop(Stage& stage, regs::DropReason reason) {
  stage.verdict = regs::Verdict::kDrop;
  stage.reason = reason;
}

template <class Stage>
void punt(Stage& stage, regs::PuntCause cause) {
  stage.verdict = regs::Verdict::kPunt;
  stage.cause = cause;
}

}  // namespace sluice::model
