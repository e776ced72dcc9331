// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/circuit_breaker.h"

#include <algorithm>

namespace sluice::proxy {

bool CircuitBreaker::mayBegin(Nanoseconds now) const {
  const std::lock_guard lock(mutex_);
  return !open_ || (now >= until_ && !trial_);
}

bool CircuitBreaker::begin(Nanoseconds now) {
  const std::lock_guard lock(mutex_);
  if (!open_ || trial_ || now < until_) return false;
  return trial_ = true;
}

void CircuitBreaker::finish(const BreakerRule& rule, bool good, bool trial, Nanoseconds now) {
  const std::lock_guard lock(mutex_);
  if (trial) {
    trial_ = false;
    if (!good) return open(rule, now);
    open_ = false;
    steps_ = {};
  }
  if (open_) return;  // it began before that
  const int64_t length = std::max<int64_t>(static_cast<int64_t>(rule.within.value / kSteps), 1);
  const int64_t number = now.count() / length;
  Step& step = steps_[static_cast<size_t>(number) % kSteps];
  if (step.number != number) step = {.number = number};
  ++step.requests;
  step.failures += good ? 0 : 1;
  uint64_t requests = 0, failures = 0;
  for (const Step& one : steps_) {
    if (one.number <= number - static_cast<int64_t>(kSteps)) continue;
    requests += one.requests;
    failures += one.failures;
  }
  if (!good && requests >= rule.requests && failures * 100 >= uint64_t{rule.percent} * requests)
    open(rule, now);
}

void CircuitBreaker::giveUp() {
  const std::lock_guard lock(mutex_);
  trial_ = false;
}

void CircuitBreaker::open(const BreakerRule& rule, Nanoseconds now) {
  open_ = true;
  until_ = now + Nanoseconds(rule.hold.value);
  steps_ = {};
  ++opened_;
}

CircuitBreaker::State CircuitBreaker::state(Nanoseconds now) const {
  const std::lock_guard lock(mutex_);
  if (!open_) return State::kClosed;
  return now < until_ ? State::kOpen : State::kTrial;
}

uint64_t CircuitBreaker::opened() const {
  const std::lock_guard lock(mutex_);
  return opened_;
}

}  // namespace sluice::proxy
