// SPDX-License-Identifier: Apache-2.0
// What a live appliance did, when it is over.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "firmware/control/stats.h"
#include "firmware/icmp/icmp_responder.h"
#include "firmware/proxy/proxy_stats.h"
#include "firmware/reset/connection_resets.h"
#include "sim/live/frame_port.h"

namespace sluice {

struct LiveReport {
  struct Port {
    uint32_t port = 0;
    std::string interface;  // of the host
    FramePortCounts counts;
  };
  std::string engine;
  double seconds = 0, simulated_seconds = 0;
  uint64_t cycles = 0;          // evaluated
  uint64_t clock_lead_ns = 0;   // the most that simulated time was ahead of the clock
  uint64_t no_interface = 0;    // punted frames of a VLAN that no interface has
  IcmpErrorCounts icmp_errors;  // sent by firmware
  ResetCounts resets;           // of connections whose member went down
  std::vector<Port> ports;
  std::set<NeighborKey> missing;  // next hops that do not answer
  StatsSnapshot stats;
  proxy::ProxyStats http;
};

// {engine, seconds, simulated_seconds, cycles, clock_lead_ns, ports[], drops{}, punts{},
// icmp_errors{}, resets{}, virtuals[], members[], http{}, unresolved[]}
nlohmann::ordered_json toJson(const LiveReport& report);
std::string toText(const LiveReport& report);

}  // namespace sluice
