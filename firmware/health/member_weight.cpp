// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/member_weight.h"

#include <algorithm>
#include <cstdlib>

namespace sluice {

namespace {

constexpr uint64_t kSteps = 10;
constexpr double kFastestNs = 1e6;
constexpr double kShareOfNew = 0.25;  // of a new measurement in the mean
constexpr int kLeastChange = 10;      // percent

}  // namespace

void MemberWeight::startSlowly(uint64_t now_ns, uint64_t duration_ns) {
  slow_from_ns_ = now_ns;
  slow_for_ns_ = duration_ns;
}

void MemberWeight::measure(uint64_t duration_ns) {
  const auto measured = static_cast<double>(duration_ns);
  response_ns_ =
      response_ns_ == 0 ? measured : response_ns_ + kShareOfNew * (measured - response_ns_);
}

double MemberWeight::responseNs() const { return std::max(response_ns_, kFastestNs); }

void MemberWeight::setSpeed(uint32_t percent) {
  const int change = static_cast<int>(percent) - static_cast<int>(speed_);
  if (std::abs(change) >= kLeastChange) speed_ = percent;
}

uint32_t MemberWeight::percent(uint64_t now_ns) const {
  uint64_t slow = 100;
  if (slow_for_ns_ != 0 && now_ns - slow_from_ns_ < slow_for_ns_) {
    const uint64_t step = (now_ns - slow_from_ns_) / (slow_for_ns_ / kSteps + 1);
    slow = 100 / kSteps * (step + 1);
  }
  return static_cast<uint32_t>(
      std::clamp<uint64_t>(slow * agent_.value_or(100) * speed_ / 10'000, 1, 100));
}

uint64_t MemberWeight::nextStep(uint64_t now_ns) const {
  if (slow_for_ns_ == 0 || now_ns - slow_from_ns_ >= slow_for_ns_) return UINT64_MAX;
  const uint64_t step = slow_for_ns_ / kSteps + 1;
  return std::min(slow_from_ns_ + ((now_ns - slow_from_ns_) / step + 1) * step,
                  slow_from_ns_ + slow_for_ns_);
}

}  // namespace sluice
