// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/frame_pump.h"

#include <algorithm>

namespace sluice {

FramePump::FramePump(DataPlane& plane, FrameSource& source, DataPlaneSink* next)
    : plane_(plane), source_(source), next_(next) {
  plane_.setSink(this);
}

void FramePump::onFrame(const FrameOut& frame) {
  if (outstanding_ != 0) --outstanding_;
  source_.onFrame(frame);
  if (next_ != nullptr) next_->onFrame(frame);
}

void FramePump::onEvent(const regs::Event& event) {
  if (next_ != nullptr) next_->onEvent(event);
}

void FramePump::offer(const FrameIn& frame) {
  ++offered_;
  ++outstanding_;
  if (before_offer_) before_offer_(frame);
  plane_.offer(frame);
}

// What departs from now on causes arrivals after now + reaction at the earliest: up to there it is
// safe to run, and to take the next frame.
void FramePump::waitForFeedback(uint64_t reaction) {
  while (outstanding_ != 0) {
    const uint64_t next = source_.peekTime();
    const uint64_t safe = plane_.now() + reaction;
    if (next <= safe) return;
    plane_.runUntil(safe);
  }
}

uint64_t FramePump::run() {
  const uint64_t reaction = source_.reaction();
  FrameIn frame;
  for (;;) {
    if (reaction != FrameSource::kNever) waitForFeedback(reaction);
    if (source_.next(frame)) {
      offer(frame);
    } else if (outstanding_ == 0) {
      break;
    } else {
      plane_.drain();
      if (reaction == FrameSource::kNever) break;
    }
  }
  plane_.drain();
  return offered_;
}

}  // namespace sluice
