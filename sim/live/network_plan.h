// SPDX-License-Identifier: Apache-2.0
// What the kernel must have so that it answers for the appliance: a TAP device per interface of the
// configuration, with the interface's addresses and those of virtuals and snat-pools, and default
// routes. A pure
// function of the configuration.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "firmware/control/config.h"

namespace sluice {

struct TapPlan {
  std::string interface;  // of the configuration
  std::string device;     // its name, if Linux takes that
  uint32_t port = 0;
  uint16_t vlan = 0;  // 0 = untagged
  uint32_t mtu = 1500;
  MacAddress mac;
  std::set<IpPrefix> addresses;  // own, and those of virtuals and snat-pools as /32 or /128
};

struct NetworkPlan {
  std::vector<TapPlan> taps;  // in the order of config.interfaces; none for those shut down
  std::map<IpAddress, std::string> gateways;  // gateway to device, at most one per family

  const TapPlan* tapOf(const std::string& interface) const;  // null: none
};

// An address of a virtual goes to the interface whose subnet holds it, else to that on the way to
// its clients. Prefixes of virtuals are nobody's address. One of a snat-pool goes to the interface
// whose subnet holds it; members reach others by their routes, and nobody asks for them.
NetworkPlan planNetwork(const Config& config);

}  // namespace sluice
