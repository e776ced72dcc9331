// SPDX-License-Identifier: Apache-2.0
//
// Section 3 of docs/data-plane.md, byte by byte: what the parser says of a frame.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice::parse_test {

using namespace regs;  // NOLINT: the names of the specification

struct Settings {
  std::array<PortRow, 8> ports{};
  FragmentAction fragments = FragmentAction::kDrop;
  bool drop_options = false;
};

struct Outcome {
  Parsed parsed;
  Tuple own, key;  // hold only if hasTuples()

  bool hasTuples() const { return parsed.verdict == Verdict::kForward && !parsed.direct; }
};

Outcome goldenParse(std::span<const uint8_t> frame, uint8_t port, uint8_t cpu_dest,
                    const Settings& settings);

}  // namespace sluice::parse_test
