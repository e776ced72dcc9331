// SPDX-License-Identifier: Apache-2.0
// Members and virtuals that have as many connections as they may.
//
// The data plane itself holds the limit, exactly, and reports connections opened and closed; what
// had events is read kTickNs later at the latest. One that is full counts as such until a tenth of
// its places (one, at least) is free again, so that it does not come and go with each connection.
//
// Not thread-safe. Times are nanoseconds of one clock, which does not go back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace sluice {

class LimitWatch {
 public:
  static constexpr uint64_t kTickNs = 20'000'000;

  using Live = std::function<uint32_t(uint16_t id)>;  // connections
  using Tell = std::function<void(uint16_t id, bool full, uint32_t limit)>;

  LimitWatch(Live live, Tell tell) : live_(std::move(live)), tell_(std::move(tell)) {}

  // Limits by id. What is known of those that had one before stays; all are looked at once.
  void setLimits(const std::map<uint16_t, uint32_t>& limits) {
    std::erase_if(full_, [&](uint16_t id) {
      const bool gone = limits.count(id) == 0;
      if (gone) tell_(id, false, 0);
      return gone;
    });
    limits_ = limits;
    touched_.clear();
    for (const auto& [id, limit] : limits_) touched_.insert(id);
  }

  // A connection of `id` was opened or closed.
  void touch(uint16_t id) {
    if (limits_.count(id) != 0) touched_.insert(id);
  }

  // True: full() changed. Call at due() or later.
  bool run(uint64_t now_ns) {
    if (now_ns < due()) return false;
    looked_ns_ = now_ns;
    bool news = false;
    for (const uint16_t id : std::exchange(touched_, {})) {
      const uint32_t limit = limits_.at(id);
      const uint32_t live = live_(id);
      const bool was = full_.count(id) != 0;
      const bool is = live >= limit || (was && live > limit - std::max(1u, limit / 10));
      if (is == was) continue;
      news = true;
      is ? void(full_.insert(id)) : void(full_.erase(id));
      tell_(id, is, limit);
    }
    return news;
  }
  // UINT64_MAX: when a connection opens or closes.
  uint64_t due() const { return touched_.empty() ? UINT64_MAX : looked_ns_ + kTickNs; }

  const std::set<uint16_t>& full() const { return full_; }

 private:
  Live live_;
  Tell tell_;
  std::map<uint16_t, uint32_t> limits_;
  std::set<uint16_t> full_, touched_;
  uint64_t looked_ns_ = 0;
};

}  // namespace sluice
