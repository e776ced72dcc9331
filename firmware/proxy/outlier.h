// SPDX-License-Identifier: Apache-2.0
// A member that fails so many requests in a row is ejected for a while: for `hold`, the next time
// for twice that, and so on up to kMostHolds times; each good answer after it came back takes one
// of these back. Any thread; `now` does not go back.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "firmware/control/config.h"

namespace sluice::proxy {

class Outlier {
 public:
  using Nanoseconds = std::chrono::nanoseconds;
  static constexpr uint32_t kMostHolds = 10;

  bool ejected(Nanoseconds now) const { return now.count() < until_.load(); }

  // True: it has failed too often, and should be ejected if the pool can do without it.
  bool report(const OutlierRule& rule, bool good) {
    if (!good) return ++errors_ >= rule.errors;
    errors_ = 0;
    uint32_t holds = holds_;
    while (holds > 0 && !holds_.compare_exchange_weak(holds, holds - 1)) {
    }
    return false;
  }
  void eject(const OutlierRule& rule, Nanoseconds now) {
    errors_ = 0;
    const uint32_t holds = holds_ = std::min(holds_ + 1, kMostHolds);
    until_ = now.count() + static_cast<int64_t>(rule.hold.value * holds);
    ++ejections_;
  }
  uint64_t ejections() const { return ejections_; }

 private:
  std::atomic<uint32_t> errors_{0}, holds_{0};
  std::atomic<int64_t> until_{0};
  std::atomic<uint64_t> ejections_{0};
};

}  // namespace sluice::proxy
