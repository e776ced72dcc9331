// SPDX-License-Identifier: Apache-2.0
#include "firmware/health/check_state.h"

#include <algorithm>
#include <limits>

namespace sluice {

namespace {

void countUp(uint32_t& count) {
  if (count < std::numeric_limits<uint32_t>::max()) ++count;
}

}  // namespace

bool CheckState::take(Verdict verdict, uint64_t now_ns) {
  const State state = state_;
  const AdminState counted = counts();
  const bool flapped = flapping_, waited = waiting_;
  last_ = verdict;
  if (verdict == Verdict::kBad) {
    countUp(failed_);
    passed_ = 0;
    waiting_ = false;
    const bool first = state_ == State::kChecking && !trusted_;
    if (state_ != State::kDown && (first || failed_ >= *monitor_->fall)) goDown(now_ns);
  } else {
    if (passed_ == 0) good_since_ns_ = now_ns;
    countUp(passed_);
    failed_ = 0;
    const State good = verdict == Verdict::kDrain ? State::kDraining : State::kUp;
    if (state_ != State::kDown) {
      if (state_ != good) enter(good, now_ns);
    } else if (mayRise(now_ns)) {
      waiting_ = *monitor_->manual_resume;
      if (!waiting_) enter(good, now_ns);
    }
  }
  return state_ != state || counts() != counted || flapping_ != flapped || waiting_ != waited;
}

void CheckState::fail(uint64_t now_ns) {
  last_ = Verdict::kBad;
  passed_ = 0;
  waiting_ = false;
  if (state_ != State::kDown) goDown(now_ns);
}

bool CheckState::mayRise(uint64_t now_ns) const {
  if (flapping_) return now_ns - good_since_ns_ >= monitor_->flap_limit->hold.value;
  return passed_ >= *monitor_->rise;
}

void CheckState::goDown(uint64_t now_ns) {
  // From nothing known to down is no fall.
  if (state_ != State::kChecking || trusted_) falls_ns_.push_back(now_ns);
  enter(State::kDown, now_ns);
  const FlapLimit& limit = *monitor_->flap_limit;
  while (!falls_ns_.empty() && now_ns - falls_ns_.front() > limit.within.value)
    falls_ns_.pop_front();
  flapping_ = limit.falls != 0 && falls_ns_.size() >= limit.falls;
}

void CheckState::enter(State state, uint64_t now_ns) {
  if (state != State::kDown) flapping_ = waiting_ = false;
  state_ = state;
  since_ns_ = now_ns;
  trusted_ = false;
}

bool CheckState::resume(uint64_t now_ns) {
  if (!waiting_) return false;
  enter(last_ == Verdict::kDrain ? State::kDraining : State::kUp, now_ns);
  return true;
}

AdminState CheckState::counts() const {
  switch (state_) {
    case State::kChecking:
      return trusted_ ? AdminState::kUp : AdminState::kDown;
    case State::kUp:
      return AdminState::kUp;
    case State::kDraining:
      return AdminState::kDrain;
    case State::kDown:
      break;
  }
  return AdminState::kDown;
}

uint64_t CheckState::interval() const {
  const bool changing =
      state_ == State::kChecking || (state_ == State::kDown ? passed_ > 0 : failed_ > 0);
  const bool settled_wait = waiting_ || flapping_;
  const uint64_t normal = monitor_->interval->value;
  if (!changing || settled_wait || !monitor_->fast_interval.set) return normal;
  return std::min(normal, monitor_->fast_interval->value);
}

}  // namespace sluice
