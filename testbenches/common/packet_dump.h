// SPDX-License-Identifier: Apache-2.0
// Frames for people: one line per header, checksums judged, and what differs between two frames.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace sluice::testing {

// One line per layer, innermost last; bytes that no layer explains in hexadecimal.
std::vector<std::string> dumpLayers(std::span<const uint8_t> frame);
std::string dumpFrame(std::span<const uint8_t> frame);

// Empty if equal; else the layers, those that differ twice ("-" expected, "+" got), and the first
// byte that differs.
std::string diffFrames(std::span<const uint8_t> expected, std::span<const uint8_t> got);

}  // namespace sluice::testing
