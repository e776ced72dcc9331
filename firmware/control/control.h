// SPDX-License-Identifier: Apache-2.0
// The control plane: brings configurations and administrative overrides into a data plane, and
// reads back what it does.
//
// Every change is one atomic step for packets: the tables are written to the bank that no packet
// uses, new rings beside the old ones, then the bank flips. Only rows that differ are written. A
// change that fails (kExhausted) leaves the data plane as it was. Tables without banks change
// around the flip: what becomes valid before it, what goes away after it.
//
// Connections stay where they are: ids of members do not change, and the connection table is asked
// before the ring. Connections of a removed member follow the virtual's on-down action; those of
// virtuals with `drop`, and of a removed virtual, are purged by the scrub engine, in the
// background: call tick().
//
// Not thread-safe. Time is data-plane time in nanoseconds.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/control/config.h"
#include "firmware/control/stats.h"
#include "firmware/control/table_builder.h"
#include "firmware/hal/hal.h"

namespace sluice {

class Control {
 public:
  struct Options {
    uint64_t ageing_interval_ns =
        1'000'000'000;  // from one pass for expired connections to the next; 0 = none
    bool events_opened = true, events_closed = true,
         events_failed = true;  // what the data plane shall report
    // Tables hold 0 when the first configuration comes (simulation). Otherwise it writes every row
    // of both banks.
    bool tables_zeroed = true;
    // MAC addresses of next hops that are not configured come from setNeighbors(); false: derived.
    bool discover_neighbors = false;
  };

  // Borrows the HAL, which must outlive this.
  explicit Control(Hal& hal) : Control(hal, Options()) {}
  Control(Hal& hal, const Options& options) : hal_(hal), options_(options) {
    resolution_.discovered = options.discover_neighbors;
  }

  // Probes the hardware (first time), checks the configuration, makes it the running one. Overrides
  // of members and virtuals that still exist stay in force. kIo, kInvalidInput (all errors,
  // formatted) or kExhausted. The hash key is that of the first configuration; another one later is
  // kInvalidInput.
  Result<void> apply(const Config& config) { return apply(config, operational_); }
  // The same, with what is known of its members.
  Result<void> apply(const Config& config, const Operational& operational);
  // What apply() would refuse, without any effect on packets. Returns warnings.
  Result<std::vector<std::string>> check(const Config& config) const;

  // Overrides: what an operator does at run time. kNotFound names what does not exist;
  // kInvalidInput what is not possible.
  Result<void> setMember(std::string_view pool, const Endpoint& member, AdminState state);
  Result<void> setMemberWeight(std::string_view pool, const Endpoint& member,
                               uint32_t weight);  // 1..255
  Result<void> setVirtual(std::string_view name, bool enabled);
  Result<void> clearOverrides();
  // All of them, in place of those that are in force.
  Result<void> setOverrides(const Overrides& overrides);

  // What was found at run time, all of it. Tables are only touched if something changed.
  Result<void> setOperational(Operational operational);

  // Changes of the running configuration.
  Result<void> addMember(std::string_view pool, const Member& member);
  Result<void> removeMember(std::string_view pool, const Endpoint& member);

  // With Options::discover_neighbors: what neighbor discovery knows, all of it. Packets to next
  // hops that it does not know are dropped as neighbor_unresolved. Tables are only touched if
  // something changed.
  Result<void> setNeighbors(std::map<NeighborKey, MacAddress> macs);
  // The next hops that the running configuration sends packets to.
  const std::map<NeighborKey, NextHop>& nextHops() const { return next_hops_; }

  const Config& config() const { return config_; }
  const Overrides& overrides() const { return overrides_; }
  const Operational& operational() const { return operational_; }
  // Where each pool's new connections go.
  const std::map<std::string, PoolSource>& poolSources() const { return pool_sources_; }
  // How many changes were made: who sees another number than before looks again.
  uint64_t changes() const { return changes_; }
  // Of the last change that was made.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // Names for the ids that packets and events carry; "" or null for ids of nothing (virtual id of
  // the appliance's own addresses: kOwnAddresses). Removed objects keep their names until their ids
  // are used again.
  std::string_view virtualName(uint16_t id) const;
  const MemberKey* memberKey(uint16_t id) const;
  std::optional<uint16_t> virtualId(std::string_view name) const;
  std::optional<uint16_t> memberId(std::string_view pool, const Endpoint& member) const;

  // How packets leave for an address, as the tables say.
  struct Way {
    uint8_t port = 0;
    uint16_t vlan = 0;  // 0: no tag
    MacAddress to, from;
  };
  // To a member, or to the clients of a virtual; nothing if the next hop is not known. Whatever is
  // trapped.
  std::optional<Way> wayToMember(const MemberKey& member) const;
  std::optional<Way> wayToClients(uint16_t virtual_id) const;
  // Whether firmware gets the packets to a member (Operational: resetting).
  bool trapped(uint16_t member) const;

  // The longest IP packet that can go the way of a packet that the data plane punted as too long
  // (cause mtu): the MTU of the port it was to leave by, less the headers of the virtual's tunnel.
  uint32_t pathMtu(const regs::Result& result) const;

  // The share of new connections that each member of a pool gets by the ring, by member in
  // configuration order; sums to 1, or all 0 if none is in service. Empty if there is no such pool.
  std::vector<double> expectedShares(std::string_view pool) const;

  // Brings the registers and tables in force into another data plane, whose tables hold 0, without
  // any of the state that packets make. Reads registers only of this one. Many milliseconds for
  // large configurations: `between` is called every few.
  void copyTo(Hal& other, const std::function<void()>& between) const;

  // Reads all counters.
  StatsSnapshot snapshot();

  // Housekeeping: the scrub engine for expired and purged connections. Call now and then (every 100
  // ms or less often).
  void tick(uint64_t now_ns);
  // Ends connections with the next ticks: of a member, a virtual, or (kAll) all.
  void endConnections(regs::ScrubMode which, uint16_t id) { purges_.push_back({which, id, true}); }

  // The next pass for expired connections begins at this time at the latest.
  void ageBy(uint64_t at_ns) { next_ageing_ns_ = std::min(next_ageing_ns_, at_ns); }
  // The next time tick() has something to do, for callers that skip idle time.
  uint64_t nextTick() const { return purges_.empty() ? next_ageing_ns_ : 0; }

  // Every event of the data plane.
  void onEvent(const regs::Event& event) { events_.count(event); }
  const EventCounts& events() const { return events_; }

 private:
  struct Purge {
    regs::ScrubMode mode;
    uint16_t id;
    bool ordered = false;  // by an operator, not because the member went away
  };

  // By value: callers pass the running ones, which it replaces.
  Result<void> commit(Config config, Overrides overrides, Operational operational);
  Result<void> start(const Config& config);
  Result<void> refuse(const Config& config) const;
  Result<const Member*> findMember(std::string_view pool, const Endpoint& member) const;
  void releaseIdle();
  void writeRegisters(const RegisterImage& registers);
  void writeRings(const Build& build);
  void writeTable(const regs::TableInfo& info, uint32_t bank, const TableImage& image,
                  bool zeroing);
  void writeBanked(uint32_t bank, const TableImage& image);
  void writeUnbanked(const TableImage& image, bool zeroing);
  void clearTables();
  void queuePurges(const Build& build, const Config& old);
  std::optional<Way> wayBy(uint16_t neighbor) const;

  Hal& hal_;
  Options options_;
  bool started_ = false;
  uint32_t active_bank_ = 0;
  uint64_t changes_ = 0;
  Config config_;
  Overrides overrides_;
  Operational operational_;
  std::map<std::string, PoolSource> pool_sources_;
  Resolution resolution_;
  std::map<NeighborKey, NextHop> next_hops_;
  Allocation allocation_;
  RegisterImage registers_;
  std::array<TableImage, 2> banks_;  // what the hardware holds; tables without banks in banks_[0]
  std::vector<uint16_t> ring_;       // what the ring memory holds
  std::vector<std::string> warnings_;
  std::deque<Purge> purges_;
  bool purging_ = false;  // the scrub engine works on purges_.front()
  uint64_t next_ageing_ns_ = 0;
  EventCounts events_;
};

}  // namespace sluice
