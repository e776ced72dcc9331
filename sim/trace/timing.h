// SPDX-License-Identifier: Apache-2.0
// When frames arrive: as in the trace, scaled, at a fixed packet rate, or back to back at line
// rate.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice {

// Bytes a frame takes on the wire: preamble and start delimiter 8, FCS 4, gap 12; at least 64 with
// FCS.
constexpr uint64_t wireBytes(size_t frame_without_fcs) {
  return std::max<uint64_t>(frame_without_fcs + 4, 64) + 20;
}

struct TimingOptions {
  enum class Kind { kOriginal, kScaled, kPacketRate, kLineRate };
  Kind kind = Kind::kOriginal;
  double scale = 1;                // kScaled: 2 plays twice as fast
  double packets_per_second = 0;   // kPacketRate
  double gigabits_per_second = 0;  // kLineRate
  bool valid() const {
    return (kind != Kind::kScaled || scale > 0) &&
           (kind != Kind::kPacketRate || packets_per_second > 0) &&
           (kind != Kind::kLineRate || gigabits_per_second > 0);
  }
};

// Turns the trace's times into arrival times. Arrival is when the last byte is in, so at line rate
// the first frame arrives after its own wire time. Deterministic: sums in double precision, whose
// 53 bits hold a picosecond over two hours.
class Timing {
 public:
  explicit Timing(const TimingOptions& options) : options_(options) {}

  // `trace_ns` counts from the start of the trace and never goes back; nor does the result.
  uint64_t arrival(uint64_t trace_ns, size_t frame_bytes) {
    switch (options_.kind) {
      case TimingOptions::Kind::kOriginal:
        return trace_ns;
      case TimingOptions::Kind::kScaled:
        return static_cast<uint64_t>(static_cast<double>(trace_ns) / options_.scale);
      case TimingOptions::Kind::kPacketRate:
        return static_cast<uint64_t>(static_cast<double>(count_++) * 1e9 /
                                     options_.packets_per_second);
      case TimingOptions::Kind::kLineRate:
        line_ns_ += static_cast<double>(wireBytes(frame_bytes)) * 8 / options_.gigabits_per_second;
        return static_cast<uint64_t>(line_ns_);
    }
    return trace_ns;
  }

  // How long a peer waits that waited `trace_ns` in the trace. Where the trace's times are not
  // used, peers do not wait.
  uint64_t delay(uint64_t trace_ns) const {
    if (options_.kind == TimingOptions::Kind::kOriginal) return trace_ns;
    if (options_.kind != TimingOptions::Kind::kScaled) return 0;
    return static_cast<uint64_t>(static_cast<double>(trace_ns) / options_.scale);
  }

 private:
  TimingOptions options_;
  uint64_t count_ = 0;
  double line_ns_ = 0;
};

}  // namespace sluice
