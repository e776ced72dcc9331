// SPDX-License-Identifier: Apache-2.0
// Turns counters of the data plane into events: conditions that begin and end, with hysteresis.
//
// Call take() about once a second. A limit that drops packets, or a table without places, is one
// event when it begins and one when it has been over for kQuietNs, whatever the number of packets.
// A SYN flood is half-open connections at nine tenths of their budget, or 100 a second that give
// way to new ones; it ends when fewer than 10 a second give way and less than half of the budget is
// used.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "firmware/hal/hal.h"
#include "firmware/telemetry/episode.h"
#include "firmware/telemetry/event_log.h"

namespace sluice {

// The drop reasons that are limits of the configuration or of the hardware.
inline constexpr std::array kLimitReasons = {regs::DropReason::kIngressOverload,
                                             regs::DropReason::kAclPolice,
                                             regs::DropReason::kSourceRate,
                                             regs::DropReason::kSourceConnectionRate,
                                             regs::DropReason::kVirtualPacketRate,
                                             regs::DropReason::kVirtualBitRate,
                                             regs::DropReason::kVirtualConnectionRate,
                                             regs::DropReason::kVirtualConnectionLimit,
                                             regs::DropReason::kMemberConnectionLimit,
                                             regs::DropReason::kHalfOpenLimit,
                                             regs::DropReason::kSnatExhausted,
                                             regs::DropReason::kCpuRate};

struct DataPlaneSample {
  std::array<uint64_t, kLimitReasons.size()> drops{};  // packets
  uint64_t full = 0, evicted = 0;                      // connections
  uint32_t live = 0, half_open = 0;
  uint32_t half_open_budget = 0;  // 0 = none
  uint64_t capacity = 0;
};

// Some 60 register reads.
DataPlaneSample readSample(Hal& hal);

class DataPlaneWatch {
 public:
  static constexpr uint64_t kQuietNs = Episode::kQuietNs;

  // Borrows the log, which must outlive this.
  explicit DataPlaneWatch(EventLog& log) : log_(log) {}

  // The first sample only says where counting begins.
  void take(const DataPlaneSample& sample, uint64_t now_ns);
  // Whether a condition lasts: then there is something to see even if no packets come.
  bool active() const;

 private:
  void takeLimits(const DataPlaneSample& sample, uint64_t now_ns, double elapsed);
  void takeTable(const DataPlaneSample& sample, uint64_t now_ns);
  void takeFlood(const DataPlaneSample& sample, uint64_t now_ns, double elapsed);

  EventLog& log_;
  std::optional<DataPlaneSample> last_;
  uint64_t last_ns_ = 0;
  std::array<Episode, kLimitReasons.size()> limits_;
  Episode table_, flood_;
};

}  // namespace sluice
