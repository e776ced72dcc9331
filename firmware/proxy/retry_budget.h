// SPDX-License-Identifier: Apache-2.0
// How many requests may be tried again: a share of all of them, so that servers in trouble are not
// given several times their load.
//
// A few are allowed out of nothing, for virtuals with little to do. Any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace sluice::proxy {

class RetryBudget {
 public:
  static constexpr int64_t kFirst = 10;  // retries
  static constexpr int64_t kMost = 1'000;

  // A request came; `percent` of them may be tried again.
  void earn(uint32_t percent) {
    int64_t have = hundredths_.load(std::memory_order_relaxed);
    while (have < kMost * 100 &&
           !hundredths_.compare_exchange_weak(have, std::min(have + percent, kMost * 100),
                                              std::memory_order_relaxed)) {
    }
  }
  // False: there is nothing left to try again with.
  bool spend() {
    int64_t have = hundredths_.load(std::memory_order_relaxed);
    while (have >= 100) {
      if (hundredths_.compare_exchange_weak(have, have - 100, std::memory_order_relaxed))
        return true;
    }
    return false;
  }

 private:
  std::atomic<int64_t> hundredths_{kFirst * 100};
};

}  // namespace sluice::proxy
