// SPDX-License-Identifier: Apache-2.0
// The health of all members: starts their probes in time, ends those that take too long, combines
// what the monitors of a member find, and says what that makes of the members.
//
// Probes of a monitor are spread over its interval, so that many members are not asked at the same
// moment. A member that did not serve before is down until it is proven good; one that serves when
// its monitor is configured stays until it is proven bad. So is a member whose monitors changed.
// From the last good probe of a member that dies to its removal pass at most fall * interval +
// timeout.
//
// Not thread-safe. Times are nanoseconds of the clock given, which does not go back.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/pool_service.h"
#include "firmware/health/check_state.h"
#include "firmware/health/health_status.h"
#include "firmware/health/member_weight.h"
#include "firmware/health/probe.h"

namespace sluice {

class Health {
 public:
  using Clock = std::function<uint64_t()>;
  using Tell = std::function<void(const MemberChange&)>;
  static constexpr size_t kLogged = 4096;

  // Borrows `probes`.
  Health(ProbeStarter& probes, Clock clock, Tell tell)
      : probes_(probes), clock_(std::move(clock)), tell_(std::move(tell)) {}

  // Another configuration, which has passed checkConfig(). What is known stays.
  void setConfig(const Config& config);

  // Does what is due: call at the time that it returns, or earlier. UINT64_MAX: nothing will be.
  uint64_t run();

  // True if operational() may be another than at the last call.
  bool takeChanged() { return std::exchange(changed_, false); }
  // What probes found, for Control.
  Operational operational() const;

  // The same for a configuration that is not set yet: new members that have monitors are down.
  Operational operationalFor(const Config& config) const;

  // In the order of the configuration.
  std::vector<MemberStatus> members() const;
  std::vector<CheckStatus> checks() const;
  // The latest probes, oldest first.
  const std::deque<ProbeRecord>& log() const { return log_; }

  // Traffic shows that a member fails: what its pool's `passive` says about that. Members of pools
  // without it are left alone.
  void fail(const MemberKey& member, const std::string& reason);

  // See HealthSource::resume(). `reason` is shown then.
  Result<void> resume(std::string_view pool, const Endpoint& endpoint, const std::string& reason);

 private:
  struct Check {
    Check(const Monitor& of, CheckState now) : monitor(&of), state(std::move(now)) {}
    size_t member = 0;  // index into members_
    const Monitor* monitor;
    CheckState state;
    std::unique_ptr<Probe> probe;  // under way
    uint64_t due_ns = 0;           // of its timeout, or of the next probe
    uint64_t started_ns = 0, last_ns = 0, duration_ns = 0;
    uint64_t checks = 0, failures = 0;
    double phase = 0;  // of the interval
    std::string reason;
    std::optional<uint32_t> percent;
  };
  // What is made of a member's checks.
  struct Finding {
    AdminState state = AdminState::kUp;
    bool proven = false, flapping = false, waiting = false, held = false;
    uint32_t percent = 100;
  };
  struct Entry : Finding {
    MemberKey key;
    const Pool* pool = nullptr;
    std::vector<std::unique_ptr<Check>> checks;
    uint64_t since_ns = 0;
    uint64_t held_until_ns = 0;  // down by what traffic showed; 0: not
    std::string reason;
    MemberWeight weight;
  };

  void addMember(const Pool& pool, const Member& member, std::map<MemberKey, Entry>& old,
                 uint64_t now);
  void schedule(Check& check, uint64_t due_ns);
  void start(Check& check, uint64_t now);
  void finish(Check& check, const ProbeOutcome& outcome);
  void judge(Entry& entry, const Check* check, uint64_t now);
  void release(Entry& entry, const std::string& why, uint64_t now);
  void releaseDue(uint64_t now);
  void weigh(uint64_t now);
  MemberStatus statusOf(const Entry& entry) const;

  ProbeStarter& probes_;
  Clock clock_;
  Tell tell_;
  Config config_;  // monitors and pools alone; checks point into it
  std::vector<Entry> members_;
  std::set<std::pair<uint64_t, Check*>> due_;
  std::map<std::string, uint32_t, std::less<>> spread_;  // checks so far, by monitor
  uint64_t weigh_ns_ = 0;
  uint64_t held_due_ns_ = UINT64_MAX;
  bool changed_ = false;
  std::deque<ProbeRecord> log_;
};

}  // namespace sluice
