// SPDX-License-Identifier: Apache-2.0
// Counts what became of every packet: verdicts, reasons, virtuals, members, latency.
//
// Lean: a few increments per packet, no allocation. The numbers come from the result records alone,
// so they can be checked against the data plane's own counters.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/engine/data_plane.h"

namespace sluice {

struct TrafficCount {
  uint64_t packets = 0;
  uint64_t bytes = 0;  // frame lengths in, without FCS
};

// Latencies in clock cycles, exact up to kExact, above that only in maximum and mean.
class LatencyHistogram {
 public:
  static constexpr uint32_t kExact = 65536;

  LatencyHistogram() : counts_(kExact + 1, 0) {}

  void add(uint32_t cycles) {
    ++counts_[cycles < kExact ? cycles : kExact];
    if (total_ == 0 || cycles < min_) min_ = cycles;
    if (cycles > max_) max_ = cycles;
    ++total_;
  }

  uint64_t total() const { return total_; }
  uint32_t min() const { return min_; }
  uint32_t max() const { return max_; }
  // Smallest latency that at least `fraction` of the packets do not exceed; 0 without packets.
  uint32_t percentile(double fraction) const;
  // Packets per cycle count; the last cell holds all that took kExact and more.
  const std::vector<uint64_t>& counts() const { return counts_; }

 private:
  std::vector<uint64_t> counts_;
  uint64_t total_ = 0;
  uint32_t min_ = 0;
  uint32_t max_ = 0;
};

class TrafficTally {
 public:
  TrafficTally() : virtuals_(1024), members_(4096) {}

  // `latency`: false for engines without cycles.
  void onFrame(const FrameOut& frame, bool latency = true);

  TrafficCount in() const { return in_; }
  TrafficCount forwarded() const { return verdict_[0]; }
  TrafficCount dropped() const { return verdict_[1]; }
  TrafficCount punted() const { return verdict_[2]; }
  uint64_t bytesOut() const { return bytes_out_; }
  uint64_t drops(regs::DropReason reason) const { return drops_[static_cast<uint8_t>(reason)]; }
  uint64_t punts(regs::PuntCause cause) const { return punts_[static_cast<uint8_t>(cause) & 15]; }
  const std::vector<TrafficCount>& virtuals() const {
    return virtuals_;
  }  // any verdict, both directions
  const std::vector<TrafficCount>& members() const {
    return members_;
  }                                                             // forwarded, both directions
  const LatencyHistogram& latency() const { return latency_; }  // of forwarded packets

  // in = forwarded + dropped + punted, drops add up by reason, and no drop lacks one.
  bool consistent() const;

 private:
  TrafficCount in_;
  std::array<TrafficCount, 4> verdict_{};
  uint64_t bytes_out_ = 0;
  std::array<uint64_t, 256> drops_{};
  std::array<uint64_t, 16> punts_{};
  std::vector<TrafficCount> virtuals_;
  std::vector<TrafficCount> members_;
  LatencyHistogram latency_;
};

}  // namespace sluice
