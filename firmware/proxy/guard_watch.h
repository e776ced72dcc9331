// SPDX-License-Identifier: Apache-2.0
// Events about circuit breakers and ejected members.
//
// Call take() about once a second: what opens and closes in between is told by counters only.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "firmware/proxy/proxy_stats.h"
#include "firmware/telemetry/event_log.h"

namespace sluice::proxy {

class GuardWatch {
 public:
  // Borrows the log, which must outlive this.
  explicit GuardWatch(EventLog& log) : log_(log) {}

  void take(const ProxyStats& stats);

 private:
  using Key = std::pair<std::string, std::string>;  // pool, member
  struct Told {
    bool open = false, ejected = false;
  };
  void tell(const Key& key, bool open, bool ejected, std::map<Key, Told>& now);

  EventLog& log_;
  std::map<Key, Told> told_;
};

}  // namespace sluice::proxy
