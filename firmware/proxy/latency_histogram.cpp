// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sluice::proxy {
namespace {

// Four buckets per power of two; below 4 us one each.
size_t bucketOf(uint64_t us) {
  if (us < 4) return us;
  const auto power = static_cast<unsigned>(std::bit_width(us)) - 1;
  const size_t bucket = 4 * (power - 1) + ((us >> (power - 2)) & 3);
  return std::min(bucket, LatencySnapshot::kBuckets - 1);
}

// The largest value in a bucket.
uint64_t upperEnd(size_t bucket) {
  if (bucket < 4) return bucket;
  const size_t power = bucket / 4 + 1;
  return ((4 + bucket % 4 + 1) << (power - 2)) - 1;
}

}  // namespace

uint64_t LatencySnapshot::count() const {
  uint64_t sum = 0;
  for (const uint64_t bucket : buckets) sum += bucket;
  return sum;
}

std::chrono::microseconds LatencySnapshot::percentile(double share) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(static_cast<double>(count()) * share));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += buckets[i];
    if (buckets[i] > 0 && seen >= wanted) return std::chrono::microseconds(upperEnd(i));
  }
  return {};
}

LatencySnapshot& LatencySnapshot::operator+=(const LatencySnapshot& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets[i] += other.buckets[i];
  return *this;
}

void LatencyHistogram::record(std::chrono::nanoseconds duration) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  buckets_[bucketOf(static_cast<uint64_t>(std::max<int64_t>(us, 0)))].fetch_add(
      1, std::memory_order_relaxed);
}

LatencySnapshot LatencyHistogram::snapshot() const {
  LatencySnapshot result;
  for (size_t i = 0; i < buckets_.size(); ++i)
    result.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
  return result;
}

}  // namespace sluice::proxy
