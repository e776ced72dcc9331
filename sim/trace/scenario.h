// SPDX-License-Identifier: Apache-2.0
// Scenario files: what happens while a trace is replayed.
//
//   # a rolling update
//   at 2.5s  member web 10.0.0.12:80 drain
//   at 3s    member web 10.0.0.12:80 down
//   at 3s    pool web add 10.0.0.15:80 ratio 2
//   at 4s    pool web remove 10.0.0.12:80
//   at 4.5s  member web 10.0.0.11:80 weight 5
//   at 5s    virtual shop disable
//
// Times count from the start of the trace. Members: up, drain (no new connections), down (no
// packets) or weight N. Names are not looked up here; that is for whoever carries the actions out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "firmware/base/ip_address.h"
#include "firmware/base/result.h"

namespace sluice {

struct MemberStateAction {
  enum class State : uint8_t { kUp, kDrain, kDown };
  std::string pool;
  Endpoint member;
  State state = State::kUp;
};

struct MemberWeightAction {
  std::string pool;
  Endpoint member;
  uint32_t weight = 1;  // 1 to 255
};

struct PoolAddAction {
  std::string pool;
  Endpoint member;
  uint32_t ratio = 1;  // 1 to 255
};

struct PoolRemoveAction {
  std::string pool;
  Endpoint member;
};

struct VirtualStateAction {
  std::string name;
  bool enabled = true;
};

struct ScenarioAction {
  uint64_t at_ns = 0;
  uint32_t line = 0;
  std::string text;  // without the time: "member web 10.0.0.12:80 down"
  std::variant<MemberStateAction, MemberWeightAction, PoolAddAction, PoolRemoveAction,
               VirtualStateAction>
      action;
};

// Sorted by time; actions of the same time stay in the order of the file. All errors of the text
// are in the message, a line each: "file:line:column: what is wrong; what would be right".
Result<std::vector<ScenarioAction>> parseScenario(std::string_view text, const std::string& file);
Result<std::vector<ScenarioAction>> readScenario(const std::string& path);

}  // namespace sluice
