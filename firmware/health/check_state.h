// SPDX-License-Identifier: Apache-2.0
// What one monitor thinks of one member, from one probe to the next: fall and rise, the faster
// interval while it changes, flapping, manual resume.
//
// Pure: time comes with the calls, in nanoseconds of any clock that does not go back.
#pragma once

#include <cstdint>
#include <deque>

#include "firmware/control/config.h"

namespace sluice {

enum class Verdict : uint8_t { kGood, kBad, kDrain };

class CheckState {
 public:
  // kChecking: nothing is proven yet. The first verdict decides alone.
  enum class State : uint8_t { kChecking, kUp, kDown, kDraining };

  // `trusted`: counts as up until a probe proves otherwise, for members that serve already.
  CheckState(const Monitor& monitor, bool trusted, uint64_t now_ns)
      : monitor_(&monitor), trusted_(trusted), since_ns_(now_ns) {}

  // The monitor may have changed, or moved in memory; counts stay.
  void setMonitor(const Monitor& monitor) { monitor_ = &monitor; }

  // The outcome of a probe. True if counts(), the state or flapping() changed.
  bool take(Verdict verdict, uint64_t now_ns);
  // Something else than a probe shows that the member is bad: down at once, until `rise` probes
  // were good.
  void fail(uint64_t now_ns);
  // An operator says that the member may come back. False if it does not wait for that.
  bool resume(uint64_t now_ns);

  State state() const { return state_; }
  // What the member should be, as far as this monitor is concerned.
  AdminState counts() const;
  uint64_t since() const { return since_ns_; }
  uint32_t passed() const { return passed_; }  // in a row
  uint32_t failed() const { return failed_; }  // in a row
  // Held down because it went down too often.
  bool flapping() const { return flapping_; }
  // Times that it went down within the limit's time, at the last fall.
  size_t falls() const { return falls_ns_.size(); }
  // Good again, but down until resume().
  bool waiting() const { return waiting_; }
  // From the start of a probe to the start of the next.
  uint64_t interval() const;

 private:
  void enter(State state, uint64_t now_ns);
  void goDown(uint64_t now_ns);
  bool mayRise(uint64_t now_ns) const;

  const Monitor* monitor_;
  State state_ = State::kChecking;
  bool trusted_;
  bool flapping_ = false, waiting_ = false;
  uint64_t since_ns_;
  uint64_t good_since_ns_ = 0;  // of the row of good verdicts
  uint32_t passed_ = 0, failed_ = 0;
  Verdict last_ = Verdict::kGood;
  std::deque<uint64_t> falls_ns_;  // within the limit's time
};

}  // namespace sluice
