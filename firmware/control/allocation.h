// SPDX-License-Identifier: Apache-2.0
// Which table rows and ring slots belong to which object, kept from update to update.
//
// A value: an update is planned on a copy and thrown away if it fails. Ids stay with their object
// as long as it exists, because connections and counters refer to them. The id of a member, virtual
// or source that was removed is *retired*: not given to another object until release...() says that
// no connection refers to it any more, and given back to the same object if it returns before.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firmware/base/ids.h"
#include "firmware/base/ip_address.h"
#include "firmware/control/ring.h"
#include "firmware/control/ring_arena.h"
#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {

struct MemberKey {
  std::string pool;
  Endpoint endpoint;
  auto operator<=>(const MemberKey&) const = default;
};

struct NeighborKey {
  std::string interface;
  IpAddress address;
  auto operator<=>(const NeighborKey&) const = default;
};

// The next hop of packets that firmware shall have.
inline const NeighborKey kTrap{"", IpAddress{}};

// Ids first..first+count-1 by key.
template <typename Key>
class IdMap {
 public:
  IdMap(uint16_t first, uint16_t count) : first_(first), taken_(count, false) {}

  std::optional<uint16_t> find(const Key& key) const {
    const auto entry = live_.find(key);
    return entry == live_.end() ? std::nullopt : std::optional(entry->second);
  }

  // Marks everything as unused; use() takes it up again. What is still unused at finish() is
  // retired.
  void begin() { used_.clear(); }
  // The key's id, a new one if it has none; nothing if no id is free.
  std::optional<uint16_t> use(const Key& key) {
    auto entry = live_.find(key);
    if (entry == live_.end()) {
      std::optional<uint16_t> id;
      if (const auto old = retired_.find(key); old != retired_.end()) {
        id = old->second;
        retired_.erase(old);
      } else {
        id = lowestFree();
      }
      if (!id) return std::nullopt;
      taken_[*id - first_] = true;
      entry = live_.emplace(key, *id).first;
    }
    used_[key] = entry->second;
    return entry->second;
  }
  // Returns what was retired now.
  std::vector<std::pair<Key, uint16_t>> finish() {
    std::vector<std::pair<Key, uint16_t>> gone;
    for (const auto& [key, id] : live_) {
      if (used_.count(key) == 0) gone.emplace_back(key, id);
    }
    for (const auto& [key, id] : gone) {
      live_.erase(key);
      retired_[key] = id;
    }
    used_.clear();
    return gone;
  }

  // The id may be given to anybody again.
  void release(uint16_t id) {
    if (std::erase_if(retired_, [&](const auto& entry) { return entry.second == id; }) > 0)
      taken_[id - first_] = false;
  }

  const std::map<Key, uint16_t>& live() const { return live_; }
  const std::map<Key, uint16_t>& retired() const { return retired_; }

 private:
  std::optional<uint16_t> lowestFree() const {
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (!taken_[i]) return static_cast<uint16_t>(first_ + i);
    }
    return std::nullopt;
  }

  uint16_t first_;
  std::vector<bool> taken_;
  std::map<Key, uint16_t> live_, retired_, used_;
};

// A pool's ring as it stands in the ring memory.
struct PoolRing {
  uint32_t base = 0;
  RingKind kind = RingKind::kMaglev;
  std::vector<RingMember> members;                     // what it was built from
  std::shared_ptr<const std::vector<uint16_t>> slots;  // never null
};

struct Allocation {
  IdMap<std::string> virtuals{0, 1024};
  IdMap<std::string> pools{0, 1024};
  IdMap<MemberKey> members{1, 4095};
  IdMap<NeighborKey> neighbors{1, 1023};
  IdMap<IpAddress> sources{0, regs::SnatAddressRow::kRows};  // of full NAT
  std::map<std::string, PoolRing> rings;  // by pool; pools without members have none
  RingArena arena;
  // Pieces of the arena that only the old bank still uses.
  std::vector<std::pair<uint32_t, uint32_t>> stale_rings;

  // After the flip, when no packet uses the old bank: what connections do not refer to is free.
  void reclaim() {
    for (const auto& [base, size] : stale_rings) arena.release(base, size);
    stale_rings.clear();
    while (!pools.retired().empty()) pools.release(pools.retired().begin()->second);
    while (!neighbors.retired().empty()) neighbors.release(neighbors.retired().begin()->second);
  }
};

// Under this name Allocation::virtuals holds the virtual that serves the appliance's own addresses.
inline constexpr char kOwnAddresses[] = "(own addresses)";

}  // namespace sluice
