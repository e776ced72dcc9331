// SPDX-License-Identifier: Apache-2.0
// The sinks that `logging` statements ask for.
#pragma once

#include <string>
#include <vector>

#include "firmware/control/config.h"
#include "firmware/telemetry/event_log.h"

namespace sluice {

// The name of the sink for a target: "host 192.0.2.9:514".
std::string sinkName(const LogTarget& target);

class ConfiguredSinks {
 public:
  // Borrows the log, which must outlive this.
  explicit ConfiguredSinks(EventLog& log) : log_(log) {}

  // Makes the log's sinks those of the configuration. Sinks that others added stay, and so do
  // configured ones, with their counts, when nothing about logging changes.
  void apply(const Config& config);

 private:
  EventLog& log_;
  std::string hostname_;
  std::vector<LogTarget> targets_;
  std::vector<std::string> names_;
};

}  // namespace sluice
