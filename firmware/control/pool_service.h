// SPDX-License-Identifier: Apache-2.0
// Which members of a pool serve, by the three layers of state: what is configured, what an operator
// overrode, what probes found.
//
// Pure: the same input, the same answer.
#pragma once

#include <map>
#include <vector>

#include "firmware/control/allocation.h"
#include "firmware/control/config.h"

namespace sluice {

// Administrative overrides: what was set at run time, apart from the configuration.
struct Overrides {
  struct OfMember {
    std::optional<AdminState> admin;
    std::optional<uint32_t> weight;  // 1..255
    bool operator==(const OfMember&) const = default;
  };
  std::map<MemberKey, OfMember> members;
  std::map<std::string, bool> virtuals;  // enabled?
  bool operator==(const Overrides&) const = default;
};

// What was found at run time. Members that are not named are up, at full weight.
struct Operational {
  struct OfMember {
    AdminState state = AdminState::kUp;
    uint32_t percent = 100;      // of its weight: slow start, measured load; 1..100
    bool past_deadline = false;  // if it is drained: its connections shall end now
    bool full = false;           // has as many connections as it may: others take new ones
    bool resetting = false;      // down, and firmware takes its packets to reset its connections
    bool operator==(const OfMember&) const = default;
  };
  std::map<MemberKey, OfMember> members;
  bool operator==(const Operational&) const = default;
};

// A member by configuration and overrides.
struct EffectiveMember {
  AdminState admin = AdminState::kUp;
  uint32_t weight = 1;
};
EffectiveMember effective(const Pool& pool, const Member& member, const Overrides& overrides);

// Whether a virtual is in service, by configuration and overrides.
bool enabled(const Virtual& service, const Overrides& overrides);

// A member by all three layers.
struct MemberService {
  AdminState state = AdminState::kUp;
  bool serving = false;  // gets new connections
  uint32_t weight = 1;   // 1..255
  bool full = false, resetting = false;
};

// Where a pool's new connections go. kFull: to members that are full, which take them as others
// end; the data plane drops the rest.
enum class PoolSource : uint8_t { kNone, kMembers, kBackup, kFailOpen, kFull };

struct PoolService {
  PoolSource source = PoolSource::kNone;
  std::vector<MemberService> members;  // as in pool.members
};

// Never kBackup: that is for those who know the other pools. `last_resort`: there is no other pool,
// so full members and the pool's fail-open count.
PoolService servePool(const Pool& pool, const Overrides& overrides, const Operational& operational,
                      bool last_resort);

// A pool's own service, and that of its backup while it needs one.
struct PoolChoice {
  PoolService own;
  const Pool* backup = nullptr;  // null: it is not needed, or cannot serve
  PoolService of_backup;
};
PoolChoice choosePool(const Config& config, const Pool& pool, const Overrides& overrides,
                      const Operational& operational);

}  // namespace sluice
