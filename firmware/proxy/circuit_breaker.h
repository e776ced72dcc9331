// SPDX-License-Identifier: Apache-2.0
// Who fails too many requests gets none for a while, then one on trial (M. Nygard, Release It!,
// 2007: closed, open, half-open).
//
// Closed: requests are counted over the time of the rule, in ten steps; when the share of failures
// is reached, it opens. Open: none until `hold` is over. Then one request is the trial: if it is
// good, the breaker closes with a clean count, else it opens again. Any thread; `now` does not go
// back.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "firmware/control/config.h"

namespace sluice::proxy {

class CircuitBreaker {
 public:
  using Nanoseconds = std::chrono::nanoseconds;
  enum class State : uint8_t { kClosed, kOpen, kTrial };

  // Whether a request may begin. The trial is claimed by begin().
  bool mayBegin(Nanoseconds now) const;
  // True: this request is the trial, and finish() or giveUp() has to follow.
  bool begin(Nanoseconds now);
  void finish(const BreakerRule& rule, bool good, bool trial, Nanoseconds now);
  // The trial ended without telling anything.
  void giveUp();

  State state(Nanoseconds now) const;
  uint64_t opened() const;

 private:
  static constexpr size_t kSteps = 10;
  struct Step {
    int64_t number = -1;  // of the time since the beginning, in steps
    uint32_t requests = 0, failures = 0;
  };
  void open(const BreakerRule& rule, Nanoseconds now);

  mutable std::mutex mutex_;
  std::array<Step, kSteps> steps_{};
  bool open_ = false, trial_ = false;
  Nanoseconds until_{0};
  uint64_t opened_ = 0;
};

}  // namespace sluice::proxy
