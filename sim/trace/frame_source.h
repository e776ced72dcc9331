// SPDX-License-Identifier: Apache-2.0
// Where the frames of a replay come from: a trace as captured, a generator, the client side of a
// trace, each with the timing of choice.
//
// A source is pulled. Frames come in order of arrival_ns, with ids 0, 1, 2, ... in that order.
// Sources that answer to what the data plane does (SplitSource) implement the feedback part; a
// replay loop that calls it works with every source:
//
//   while (source.next(frame)) {
//     advance the data plane to frame.arrival_ns, in steps of at most source.reaction() while
//     frames are out,
//       passing what comes out to source.onFrame(), and asking next() again only then
//     offer(frame)
//   }
//
// pumpFrames() (sim/trace/frame_pump.h) is that loop.
#pragma once

#include <cstdint>
#include <limits>

#include "sim/engine/data_plane.h"

namespace sluice {

class FrameSource {
 public:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  virtual ~FrameSource() = default;

  // The next frame; false when there is none *now*. `bytes` is valid until the next call. For
  // sources with feedback more may follow after onFrame(); finished() tells.
  virtual bool next(FrameIn& frame) = 0;

  // Arrival time of what next() would deliver, kNever if nothing. May read ahead.
  virtual uint64_t peekTime() = 0;

  // Tells the source what became of a frame it delivered. Only sources with feedback care.
  virtual void onFrame(const FrameOut&) {}

  // Shortest time between a departure and an arrival that it causes, ns. kNever: departures cause
  // nothing.
  virtual uint64_t reaction() const { return kNever; }

  // Start of the trace, ns since its epoch: simulated time 0. 0 for generators.
  virtual uint64_t epochNs() const { return 0; }
};

}  // namespace sluice
