// SPDX-License-Identifier: Apache-2.0
// Health in the live appliance: probes on its event loop, what they find in its tables, events
// about it, and what its management shows.
//
// A finding reaches the tables in the turn of the loop that made it.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "firmware/control/control.h"
#include "firmware/hal/hal.h"
#include "firmware/health/asio_probes.h"
#include "firmware/health/drain_watch.h"
#include "firmware/health/health.h"
#include "firmware/health/limit_watch.h"
#include "firmware/health/passive_watch.h"
#include "firmware/reset/connection_resets.h"
#include "firmware/telemetry/event_log.h"
#include "mgmt/core/health_source.h"

namespace sluice {

class LiveHealth final : public HealthSource {
 public:
  // Borrows all of them. `clock`: nanoseconds, does not go back. `send` takes frames for front
  // ports, also from take().
  LiveHealth(boost::asio::io_context& context, Hal& hal, Control& control,
             const ConnectionSlots& slots, EventLog& log, Health::Clock clock,
             ConnectionResets::Send send);

  // What is known of a configuration's members, for Control::apply().
  Operational operationalFor(const Config& config) const;
  // Control runs another configuration.
  void configured();

  // Starts and ends probes that are due; brings findings into the tables, before which it calls
  // `before`.
  void run(const std::function<void()>& before);
  // Somebody waits for the end of connections.
  bool waiting() const {
    return !drains_.drains().empty() || !member_limits_.full().empty() ||
           !virtual_limits_.full().empty();
  }
  // When to call run() at the latest.
  uint64_t due() const {
    return std::min(
        {due_ns_, passive_.due(), resets_.due(), member_limits_.due(), virtual_limits_.due()});
  }
  // Every event of the data plane.
  void onEvent(const regs::Event& event);
  // A punted packet: true if it was of a connection that is being reset.
  bool take(const regs::Result& result, std::span<const uint8_t> frame) {
    const bool mine = resets_.takes(result);
    if (mine) resets_.take(result, frame);
    return mine;
  }
  const ResetCounts& resets() const { return resets_.counts(); }

  std::vector<MemberHealth> members() override;
  std::vector<MemberHealth> checks() override;
  std::vector<CheckRecord> log(std::string_view monitor, size_t most) override;
  Result<void> resume(std::string_view pool, const Endpoint& endpoint,
                      const std::string& who) override;

 private:
  void tellMember(const MemberChange& change);
  void tellDrain(DrainWatch::News news, const MemberKey& key, const DrainWatch::Drain& drain);
  void tellServices();
  void tellOverflow(const std::string& pool, PoolSource source);
  void watchTraffic();
  void watchLimits();
  void addTo(Operational& operational) const;
  uint32_t liveConnections(const MemberKey& key);
  WallTime wall(uint64_t at_ns) const;

  Hal& hal_;
  Control& control_;
  EventLog& log_;
  Health::Clock clock_;
  AsioProbes probes_;
  Health health_;
  DrainWatch drains_;
  PassiveWatch passive_;
  LimitWatch member_limits_, virtual_limits_;
  ConnectionResets resets_;
  uint64_t due_ns_ = 0;
  uint64_t changes_seen_ = 0;
  std::set<MemberKey> flapping_;
  std::set<std::string> fail_open_;      // pools
  std::set<std::string> overflowing_;    // pools
  std::map<std::string, bool> serving_;  // virtuals that are in service
  std::set<std::string> disabled_;       // those that are not
};

}  // namespace sluice
