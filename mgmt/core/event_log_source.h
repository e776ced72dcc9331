// SPDX-License-Identifier: Apache-2.0
// The event log as the management plane's EventSource.
#pragma once

#include <string>
#include <vector>

#include "firmware/telemetry/event_log.h"
#include "mgmt/core/event_source.h"

namespace sluice {

class EventLogSource final : public EventSource {
 public:
  // Borrows the log, which must outlive this.
  explicit EventLogSource(EventLog& log) : log_(log) {}

  std::vector<LoggedEvent> log(size_t most) override;
  std::vector<Alarm> alarms() override;
  void configurationChanged(uint64_t revision, const std::string& who,
                            const std::string& comment) override;
  void configurationPending(uint64_t revision, const std::string& who,
                            std::chrono::seconds within) override;
  void configurationTakenBack(uint64_t revision, const std::string& who,
                              const std::string& reason) override;
  void overrideChanged(const std::string& what, const std::string& who) override;

 private:
  EventLog& log_;
};

}  // namespace sluice
