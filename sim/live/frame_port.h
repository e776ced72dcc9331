// SPDX-License-Identifier: Apache-2.0
// A place where frames come in and go out in real time: a front port on a network interface of the
// host, or a TAP device behind the CPU port. fake_frame_port.h has one for tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/live/offload.h"

namespace sluice {

struct FramePortCounts {
  uint64_t received = 0, received_bytes = 0;  // frames handed over, after segmentation
  uint64_t sent = 0, sent_bytes = 0;
  uint64_t missed = 0;         // the host had no room left: the appliance is too slow
  uint64_t not_segmented = 0;  // offload frames of a kind that cannot be cut up
  uint64_t not_sent = 0;       // the host did not take them: link down, too long, no room
  uint64_t checksums = 0;      // completed
  uint64_t segmented = 0;      // long frames that were cut up
};

// Not thread-safe.
class FramePort {
 public:
  virtual ~FramePort() = default;
  virtual const std::string& name() const = 0;
  virtual int fd() const = 0;  // readable when frames wait
  // Gives what has arrived to `take`, at most a batch, never waiting. Frames are complete, without
  // FCS, and may be shorter than 60 bytes. False if nothing was there.
  virtual bool receive(const TakeFrame& take) = 0;
  virtual void send(std::span<const uint8_t> frame) = 0;
  // What send() took is given to the host.
  virtual void flush() {}
  virtual FramePortCounts counts() = 0;
};

}  // namespace sluice
