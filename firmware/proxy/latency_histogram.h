// SPDX-License-Identifier: Apache-2.0
// How long things took: counts in buckets of at most 25 % width, from 1 us to over an hour.
//
// record() may be called from any thread, snapshot() too.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::proxy {

struct LatencySnapshot {
  static constexpr size_t kBuckets = 128;
  std::array<uint64_t, kBuckets> buckets{};

  uint64_t count() const;
  // The upper end of the bucket below which `share` (0 to 1) of all lie; 0 if there are none.
  std::chrono::microseconds percentile(double share) const;
  LatencySnapshot& operator+=(const LatencySnapshot& other);
};

class LatencyHistogram {
 public:
  void record(std::chrono::nanoseconds duration);
  LatencySnapshot snapshot() const;

 private:
  std::array<std::atomic<uint64_t>, LatencySnapshot::kBuckets> buckets_{};
};

}  // namespace sluice::proxy
