// SPDX-License-Identifier: Apache-2.0
// How many requests each key had lately: so many per time, any time (generic cell rate algorithm,
// ITU-T I.371). A key that was silent for that time may have all of them at once.
//
// Holds kMost keys; one more takes the place of the one that was silent longest, whose count then
// begins anew. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "firmware/proxy/recent_table.h"

namespace sluice::proxy {

class RateTable {
 public:
  static constexpr size_t kMost = 65'536;
  using Nanoseconds = std::chrono::nanoseconds;

  // 0: the request may go on, and is counted. Else how long until one may. `now` does not go back.
  Nanoseconds take(std::string_view key, uint32_t requests, Nanoseconds per, Nanoseconds now) {
    const std::lock_guard lock(mutex_);
    Nanoseconds& due = keys_[key];  // when all that was counted would have come evenly
    const Nanoseconds each = per / requests;
    const Nanoseconds start = std::max(due, now);
    const Nanoseconds wait = start + each - per - now;
    if (wait > Nanoseconds(0)) return wait;
    due = start + each;
    return Nanoseconds(0);
  }
  uint64_t keys() const {
    const std::lock_guard lock(mutex_);
    return keys_.size();
  }
  uint64_t evicted() const {
    const std::lock_guard lock(mutex_);
    return keys_.evicted();
  }

 private:
  mutable std::mutex mutex_;
  RecentTable<Nanoseconds> keys_{kMost};
};

}  // namespace sluice::proxy
