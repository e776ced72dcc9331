// SPDX-License-Identifier: Apache-2.0
// What the live appliance reports by itself: power, configuration, next hops, conditions of the
// data plane.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "firmware/base/version.h"
#include "firmware/control/config.h"
#include "firmware/control/table_builder.h"
#include "firmware/hal/hal.h"
#include "firmware/telemetry/configured_sinks.h"
#include "firmware/telemetry/data_plane_watch.h"
#include "firmware/telemetry/event_log.h"

namespace sluice {

class LiveEvents {
 public:
  static constexpr uint64_t kPeriodNs = 1'000'000'000;    // of the data plane's counters
  static constexpr uint64_t kPatienceNs = 2'000'000'000;  // with next hops that are asked first

  // Borrows the log, which must outlive this.
  explicit LiveEvents(EventLog& log) : log_(log), sinks_(log), watch_(log) {}

  void started(const std::string& engine) {
    log_.emit<events::kApplianceStarted>(version(), engine);
  }
  void stopped(const std::string& why) { log_.emit<events::kApplianceStopped>(why); }

  // This configuration is running now: its sinks take effect, alarms about what it does not have
  // any more are over.
  void configured(const Config& config, const std::vector<std::string>& warnings);

  // What neighbor discovery knows, and what is needed but not known. A next hop that was known is
  // lost at once, one that never answered after kPatienceNs.
  void neighbors(const std::map<NeighborKey, MacAddress>& known,
                 const std::set<NeighborKey>& missing, uint64_t now_ns);

  // Reads the counters of the data plane if it is time to. `frames` is how many it was ever given:
  // when none have come and no condition lasts, there is nothing to read.
  void watch(Hal& hal, uint64_t frames, uint64_t now_ns);
  // When to call again.
  uint64_t watchDue(uint64_t frames) const {
    return frames == frames_seen_ && !watch_.active() ? UINT64_MAX : watch_due_ns_;
  }

 private:
  struct Missing {
    uint64_t since_ns;
    bool reported;
  };

  EventLog& log_;
  ConfiguredSinks sinks_;
  DataPlaneWatch watch_;
  uint64_t watch_due_ns_ = 0;
  uint64_t frames_seen_ = UINT64_MAX;
  std::map<NeighborKey, MacAddress> known_;
  std::map<NeighborKey, Missing> missing_;
};

}  // namespace sluice
