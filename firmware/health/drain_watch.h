// SPDX-License-Identifier: Apache-2.0
// Members that take no new connections, whoever decided that: how many connections they still have,
// when the last one has ended, when their time is up.
//
// Not thread-safe. Times are nanoseconds of any clock that does not go back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "firmware/control/pool_service.h"

namespace sluice {

class DrainWatch {
 public:
  static constexpr uint64_t kPeriodNs = 1'000'000'000;

  struct Drain {
    uint64_t since_ns = 0;
    uint32_t live = 0;           // connections
    bool drained = false;        // has been without connections
    bool past_deadline = false;  // `shutdown-timeout` is over
  };
  enum class News : uint8_t { kBegun, kDrained, kPastDeadline, kOver };
  using Tell = std::function<void(News, const MemberKey&, const Drain&)>;
  using Live = std::function<uint32_t(const MemberKey&)>;  // open connections

  DrainWatch(Live live, Tell tell) : live_(std::move(live)), tell_(std::move(tell)) {}

  // Looks at all members, which are in force like this.
  void look(const Config& config, const Overrides& overrides, const Operational& operational,
            uint64_t now_ns);
  // When to look again even if nothing changes; UINT64_MAX: not.
  uint64_t due() const { return due_ns_; }

  const std::map<MemberKey, Drain>& drains() const { return drains_; }
  // Adds what Control shall know: deadlines that are over.
  void addTo(Operational& operational) const;

 private:
  void follow(const Pool& pool, const MemberKey& key, Drain& drain, uint64_t now_ns);

  Live live_;
  Tell tell_;
  std::map<MemberKey, Drain> drains_;
  uint64_t due_ns_ = 0;
};

}  // namespace sluice
