// SPDX-License-Identifier: Apache-2.0
// Which members fail, as traffic shows it: from the data plane's events of connections opened and
// reset, and from its packet counters by member.
//
// Events do not tell who reset a connection. A member fails by resets if so many connections were
// reset within kFreshNs of their opening, none that came later was served, and there were not even
// two packets to the member for each: a client that gives up sends its reset in a second packet.
// It fails by silence if so many connections are older than kFreshNs and the member has not sent a
// single packet since they were opened. Where other traffic of the member hides that, nothing is
// found: this accuses nobody who serves.
//
// Not thread-safe. Times are nanoseconds of one clock, which does not go back.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "firmware/control/allocation.h"
#include "firmware/control/config.h"
#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

class PassiveWatch {
 public:
  static constexpr uint64_t kFreshNs = 1'000'000'000;
  static constexpr uint64_t kTickNs = 100'000'000;
  // Connections that are followed at a time. More are not looked at, so that a flood costs little.
  static constexpr size_t kMostFresh = 65'536;
  static constexpr size_t kMostResets = 1000;  // that are remembered of a member

  struct Member {
    MemberKey key;
    uint16_t id = 0;  // in the data plane
    PassiveRule rule;
  };
  // Forwarded to the member, and from it, since ever.
  struct Packets {
    uint64_t to = 0, from = 0;
  };
  using Counters = std::function<Packets(uint16_t member)>;
  using Tell = std::function<void(const MemberKey&, const std::string& reason)>;

  PassiveWatch(Counters counters, Tell tell)
      : counters_(std::move(counters)), tell_(std::move(tell)) {}

  // Whom to watch, and in connections of which virtuals: those that are TCP both ways. Members that
  // were watched keep what is known.
  void setMembers(const std::vector<Member>& members, std::set<uint16_t> virtuals, uint64_t now_ns);

  // An event of the data plane. Reads no counters.
  void onEvent(const regs::Event& event, uint64_t now_ns) {
    if (!watched_.empty()) take(event, now_ns);
  }

  // Reads counters and tells of members that fail. Call at due() or later.
  void run(uint64_t now_ns);
  // UINT64_MAX: when there are new events.
  uint64_t due() const {
    return fresh_.empty() && touched_.empty() ? UINT64_MAX : looked_ns_ + kTickNs;
  }

  // Connections that were counted against a member.
  uint64_t failures(const MemberKey& key) const;

 private:
  // All since ever, at a time.
  struct Sample {
    uint64_t at_ns = 0;
    uint64_t opened = 0;
    Packets packets;
  };
  struct Watched {
    Member member;
    uint64_t opened = 0, failures = 0;
    // What is held against the member came after the first one.
    std::deque<Sample> samples;
    std::deque<uint64_t> reset_ns;  // when connections were reset
    std::deque<uint64_t> aged_ns;   // when connections were opened that nobody has reset
  };
  struct Fresh {
    uint16_t member;
    uint64_t at_ns;
  };

  void take(const regs::Event& event, uint64_t now_ns);
  void age(uint16_t member, uint64_t opened_ns);
  Sample sample(const Watched& watched, uint64_t now_ns) const;
  void forget(Watched& watched, const Sample& now) const;
  void judge(Watched& watched, uint64_t now_ns);

  Counters counters_;
  Tell tell_;
  std::unordered_map<uint16_t, Watched> watched_;  // by id
  std::set<uint16_t> virtuals_;
  std::unordered_map<uint32_t, Fresh> fresh_;           // by slot
  std::deque<std::pair<uint64_t, uint32_t>> in_order_;  // opened when, slot
  std::set<uint16_t> touched_;                          // since run()
  uint64_t looked_ns_ = 0;
};

}  // namespace sluice
