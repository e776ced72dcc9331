// SPDX-License-Identifier: Apache-2.0
// How often something happens: at most so many times in each period of ten seconds.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::proxy {

class Http2Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr auto kPeriod = std::chrono::seconds(10);

  explicit Http2Pace(uint32_t most) : most_(most) {}

  // Once more. False: too often.
  bool take(Time now) {
    if (now - began_ >= kPeriod) {
      began_ = now;
      count_ = 0;
    }
    return ++count_ <= most_;
  }

 private:
  uint32_t most_, count_ = 0;
  Time began_{};
};

}  // namespace sluice::proxy
