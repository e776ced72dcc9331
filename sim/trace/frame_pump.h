// SPDX-License-Identifier: Apache-2.0
// Drives a data plane from a source of frames, with feedback: the reference replay loop, for
// programs and tests that use a data plane directly.
#pragma once

#include <functional>

#include "sim/trace/frame_source.h"

namespace sluice {

class FramePump : public DataPlaneSink {
 public:
  // Becomes the data plane's sink and hands everything on to `next` (may be null), after the
  // source.
  FramePump(DataPlane& plane, FrameSource& source, DataPlaneSink* next);

  // Called with each frame before it is offered.
  void beforeOffer(std::function<void(const FrameIn&)> callback) {
    before_offer_ = std::move(callback);
  }

  // Until the source is dry and everything has come out. Returns the number of frames offered.
  uint64_t run();

  void onFrame(const FrameOut& frame) override;
  void onEvent(const regs::Event& event) override;

 private:
  void offer(const FrameIn& frame);
  void waitForFeedback(uint64_t reaction);

  DataPlane& plane_;
  FrameSource& source_;
  DataPlaneSink* next_;
  std::function<void(const FrameIn&)> before_offer_;
  uint64_t offered_ = 0;
  uint64_t outstanding_ = 0;
};

}  // namespace sluice
