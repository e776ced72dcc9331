// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/traffic_tally.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sluice {

uint32_t LatencyHistogram::percentile(double fraction) const {
  if (total_ == 0) return 0;
  const auto wanted = std::max<uint64_t>(
      1, static_cast<uint64_t>(std::ceil(fraction * static_cast<double>(total_))));
  uint64_t seen = 0;
  for (uint32_t cycles = 0; cycles < kExact; ++cycles) {
    seen += counts_[cycles];
    if (seen >= wanted) return cycles;
  }
  return max_;
}

void TrafficTally::onFrame(const FrameOut& frame, bool latency) {
  const regs::Result& result = frame.result;
  const auto count = [&](TrafficCount& cell) {
    ++cell.packets;
    cell.bytes += result.in_len;
  };
  count(in_);
  count(verdict_[static_cast<uint8_t>(result.verdict) & 3]);
  if (result.has_virtual) count(virtuals_[result.virtual_id & 1023]);
  switch (result.verdict) {
    case regs::Verdict::kForward:
      if (result.has_member) count(members_[result.member & 4095]);
      bytes_out_ += result.out_len;
      if (latency) latency_.add(frame.latency_cycles);
      break;
    case regs::Verdict::kDrop:
      ++drops_[static_cast<uint8_t>(result.reason)];
      break;
    case regs::Verdict::kPunt:
      ++punts_[static_cast<uint8_t>(result.cause) & 15];
      break;
  }
}

bool TrafficTally::consistent() const {
  const uint64_t by_reason = std::accumulate(drops_.begin(), drops_.end(), uint64_t{0});
  return in_.packets == forwarded().packets + dropped().packets + punted().packets &&
         by_reason == dropped().packets && drops(regs::DropReason::kNone) == 0;
}

}  // namespace sluice
