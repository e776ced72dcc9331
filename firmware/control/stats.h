// SPDX-License-Identifier: Apache-2.0
// Counters of the data plane with the names that people know.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "firmware/control/table_builder.h"
#include "firmware/hal/hal.h"

namespace sluice {

struct PacketCount {
  uint64_t packets = 0, bytes = 0;
  bool operator==(const PacketCount&) const = default;
};

struct VirtualStats {
  std::string name;
  uint16_t id = 0;
  bool own_addresses = false;    // not configured: the appliance's own addresses
  bool enabled = false;          // as in force
  PacketCount forward, reverse;  // to the servers, to the clients; whatever the verdict
  uint32_t opened = 0, closed = 0;
  uint32_t live() const { return opened - closed; }
};

struct MemberStats {
  std::string pool;
  Endpoint endpoint;
  uint16_t id = 0;
  AdminState admin = AdminState::kUp;  // as in force
  uint32_t weight = 1;                 // as in force
  double expected_share = 0;           // of the pool's new connections, by the ring
  PacketCount forward, reverse;        // forwarded
  uint32_t opened = 0, closed = 0;
  uint32_t live() const { return opened - closed; }
};

struct PortStats {
  std::string name;  // of the interfaces on it, "a, b"; "cpu"; "" for a port that nothing uses
  PacketCount received, sent;
};

struct AclStats {
  uint32_t sequence = 0;
  PacketCount matched;
};

// An address of a snat-pool, or one that was removed and still has connections.
struct SourceStats {
  IpAddress address;
  uint32_t used = 0, ports = 0;
};

// Read row by row while packets pass: each row is of one moment, all of them together are not.
struct StatsSnapshot {
  std::vector<VirtualStats> virtuals;  // in configuration order, the own addresses last
  std::vector<MemberStats> members;    // pools and members in configuration order
  std::array<PortStats, regs::kPortCount> ports;
  std::array<PacketCount, regs::kDropReasonCount> drops;  // by regs::DropReason
  std::array<PacketCount, regs::kPuntCauseCount> punts;   // by regs::PuntCause
  std::vector<AclStats> acl;
  std::vector<SourceStats> sources;
  FlowStats flows;
  uint64_t flow_capacity = 0;
  uint32_t events_lost = 0;
  uint64_t dropped() const;  // packets
  uint64_t punted() const;
};

// Events seen, by what they told.
struct EventCounts {
  uint64_t events = 0, opened = 0;
  std::array<uint64_t, regs::kCloseCauseCount> closed{};  // by regs::CloseCause
  std::array<uint64_t, regs::kFlowResultCount> failed{};  // by regs::FlowResult
  void count(const regs::Event& event);
};

// What a pool's ring gives each of its members, in configuration order.
std::vector<double> ringSharesOf(const Pool& pool, const Allocation& allocation);

StatsSnapshot readStats(Hal& hal, const Config& config, const Overrides& overrides,
                        const Allocation& allocation);

}  // namespace sluice
