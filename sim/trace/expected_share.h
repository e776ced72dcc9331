// SPDX-License-Identifier: Apache-2.0
// The share of its pool's connections that each member is expected to get over a whole run.
//
// Rings change on the way: the share is the mean of the shares of all rings, each weighted by what
// the pool took while that ring was in force. Connections are the weight; packets, for a pool that
// opened none; the ring in force last, for a pool without traffic.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/trace/traffic_tally.h"

namespace sluice {

class ExpectedShares {
 public:
  using Ring = std::vector<std::pair<uint16_t, double>>;  // member id, share of the ring

  // Ends the time of the rings in force. Counts since the start of the run, by member id.
  void settle(const std::vector<uint64_t>& connections, const std::vector<TrafficCount>& traffic);

  // The ring of a pool from now on; the same as before changes nothing. Members that left the ring
  // keep what they had.
  void setRing(const std::string& pool, const Ring& ring);

  // Up to the last settle(): by member id, of all members that were ever in a ring.
  std::map<uint16_t, double> shares() const;

 private:
  struct Member {
    double now = 0;  // of the ring in force
    uint64_t connections = 0, packets = 0;
    double by_connections = 0, by_packets = 0;  // sums of weight * share
  };
  struct Pool {
    std::map<uint16_t, Member> members;
    uint64_t connections = 0, packets = 0;
  };

  std::map<std::string, Pool> pools_;
};

}  // namespace sluice
