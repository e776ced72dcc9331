// SPDX-License-Identifier: Apache-2.0
// What is known of the health of members, to be shown. Times are those of Health's clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "firmware/control/allocation.h"
#include "firmware/health/check_state.h"

namespace sluice {

// Of one member and one of its monitors.
struct CheckStatus {
  MemberKey member;
  std::string monitor;
  CheckState::State state = CheckState::State::kChecking;
  std::string reason;     // of the last outcome
  uint64_t since_ns = 0;  // of the state
  uint64_t last_ns = 0;   // end of the last probe; 0: none yet
  uint64_t duration_ns = 0;
  uint32_t passed = 0, failed = 0;    // in a row
  uint64_t checks = 0, failures = 0;  // altogether
  bool flapping = false, waiting = false;
};

// Of a member as a whole.
struct MemberStatus {
  MemberKey member;
  bool monitored = false;
  bool proven = false;  // by a probe; else `state` is what is assumed
  AdminState state = AdminState::kUp;
  std::string reason;  // of the monitor that decided last
  uint64_t since_ns = 0;
  uint32_t percent = 100;  // of its weight, by slow start and measured load
  bool flapping = false, waiting = false;
  bool held = false;   // down for a time by what traffic showed
  uint32_t falls = 0;  // counted against flap-limit, the most of its monitors
};

// A member went up, down or into a drain, or began to flap.
struct MemberChange {
  MemberStatus status;
  AdminState before = AdminState::kUp;
};

// One probe that ended.
struct ProbeRecord {
  uint64_t at_ns = 0;
  MemberKey member;
  std::string monitor;
  Verdict verdict = Verdict::kBad;
  std::string reason;
  uint64_t duration_ns = 0;
};

}  // namespace sluice
