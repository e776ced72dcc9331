// SPDX-License-Identifier: Apache-2.0
// The sentences about each stage. Used by explainer.cpp alone.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "firmware/control/control.h"
#include "sim/explain/explainer.h"

namespace sluice {

// What the sentences are about.
struct StageFacts {
  const Control& control;
  TwinPlane& twin;
  uint8_t port;
  std::span<const uint8_t> frame;  // that came in
  const TwinPlane::Outcome& outcome;
  uint64_t now_ns;
};

// The result of a stage behind which nothing is known.
inline constexpr char kNotFollowed[] = "not followed";

// All stages up to the one that decides.
std::vector<ExplainedStage> describeStages(const StageFacts& facts);

std::string memberText(const Control& control, uint16_t id);    // "10.0.0.11:80 of pool web"
std::string virtualText(const Control& control, uint16_t id);   // "shop"
std::string interfaceOn(const Control& control, uint8_t port);  // "ethernet1"; "cpu"
std::string verdictText(const StageFacts& facts);

}  // namespace sluice
