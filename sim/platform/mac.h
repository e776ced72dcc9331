// SPDX-License-Identifier: Apache-2.0
// Ethernet line rate (IEEE 802.3): when a frame's last byte is through, given that frames follow
// each other on a wire.
#pragma once

#include <algorithm>
#include <cstdint>

namespace sluice {

class MacLine {
 public:
  // Speed in Gb/s, 1 to 400.
  explicit MacLine(uint32_t gbps = 100) : ps_per_byte_(8000 / static_cast<double>(gbps)) {}

  // Bytes a frame takes on the wire: preamble and start delimiter 8, frame of at least 60, FCS 4,
  // gap 12.
  static constexpr uint64_t wireBytes(uint64_t length) {
    return std::max<uint64_t>(length, 60) + 24;
  }

  // Puts a frame (length without FCS) on the wire at `ready_ps` or when the frame before it is
  // through; returns when its last byte is through, in picoseconds.
  uint64_t send(uint64_t ready_ps, uint64_t length) {
    const uint64_t start = std::max(ready_ps, free_at_ps_);
    const auto wire = static_cast<uint64_t>(static_cast<double>(wireBytes(length)) * ps_per_byte_);
    free_at_ps_ = start + wire;
    busy_ps_ += wire;
    return free_at_ps_ - static_cast<uint64_t>(12 * ps_per_byte_);
  }

  // Time the wire was in use.
  uint64_t busyPs() const { return busy_ps_; }

 private:
  double ps_per_byte_;
  uint64_t free_at_ps_ = 0;
  uint64_t busy_ps_ = 0;
};

}  // namespace sluice
