// SPDX-License-Identifier: Apache-2.0
// Health in the live appliance: probes on its event loop, what they find in its tables, events
// about it, and what its management shows.
//
// A finding reaches the tables in the turn of the loop that made it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "firmware/control/control.h"
#include "firmware/hal/hal.h"
#include "firmware/health/asio_probes.h"
#include "firmware/health/drain_watch.h"
#include "firmware/health/health.h"
#include "firmware/telemetry/event_log.h"
#include "mgmt/core/health_source.h"

namespace sluice {

class LiveHealth final : public HealthSource {
 public:
  // Borrows all of them. `clock`: nanoseconds, does not go back.
  LiveHealth(boost::asio::io_context& context, Hal& hal, Control& control, EventLog& log,
             Health::Clock clock);

  // What is known of a configuration's members, for Control::apply().
  Operational operationalFor(const Config& config) const { return health_.operationalFor(config); }
  // Control runs another configuration.
  void configured();

  // Starts and ends probes that are due; brings findings into the tables, before which it calls
  // `before`.
  void run(const std::function<void()>& before);
  // Somebody waits for a member's last connection.
  bool draining() const { return !drains_.drains().empty(); }
  // When to call run() at the latest.
  uint64_t due() const { return due_ns_; }

  std::vector<MemberHealth> members() override;
  std::vector<MemberHealth> checks() override;
  std::vector<CheckRecord> log(std::string_view monitor, size_t most) override;
  Result<void> resume(std::string_view pool, const Endpoint& endpoint) override;

 private:
  void tellMember(const MemberChange& change);
  void tellDrain(DrainWatch::News news, const MemberKey& key, const DrainWatch::Drain& drain);
  void tellServices();
  uint32_t liveConnections(const MemberKey& key);
  WallTime wall(uint64_t at_ns) const;

  Hal& hal_;
  Control& control_;
  EventLog& log_;
  Health::Clock clock_;
  AsioProbes probes_;
  Health health_;
  DrainWatch drains_;
  uint64_t due_ns_ = 0;
  uint64_t changes_seen_ = 0;
  std::set<MemberKey> flapping_;
  std::set<std::string> fail_open_;      // pools
  std::map<std::string, bool> serving_;  // virtuals that are in service
  std::set<std::string> disabled_;       // those that are not
};

}  // namespace sluice
