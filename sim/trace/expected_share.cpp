// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/expected_share.h"

namespace sluice {

void ExpectedShares::settle(const std::vector<uint64_t>& connections,
                            const std::vector<TrafficCount>& traffic) {
  for (auto& [name, pool] : pools_) {
    uint64_t new_connections = 0, new_packets = 0;
    for (auto& [id, member] : pool.members) {
      new_connections += connections.at(id) - std::exchange(member.connections, connections.at(id));
      new_packets += traffic.at(id).packets - std::exchange(member.packets, traffic.at(id).packets);
    }
    pool.connections += new_connections;
    pool.packets += new_packets;
    for (auto& [id, member] : pool.members) {
      member.by_connections += static_cast<double>(new_connections) * member.now;
      member.by_packets += static_cast<double>(new_packets) * member.now;
    }
  }
}

void ExpectedShares::setRing(const std::string& pool, const Ring& ring) {
  std::map<uint16_t, Member>& members = pools_[pool].members;
  for (auto& [id, member] : members) member.now = 0;
  for (const auto& [id, share] : ring) members[id].now = share;
}

std::map<uint16_t, double> ExpectedShares::shares() const {
  std::map<uint16_t, double> result;
  for (const auto& [name, pool] : pools_) {
    for (const auto& [id, member] : pool.members) {
      if (pool.connections != 0) {
        result[id] = member.by_connections / static_cast<double>(pool.connections);
      } else if (pool.packets != 0) {
        result[id] = member.by_packets / static_cast<double>(pool.packets);
      } else {
        result[id] = member.now;
      }
    }
  }
  return result;
}

}  // namespace sluice
