// SPDX-License-Identifier: Apache-2.0
// Where packets to an address go: interface, next hop, its MAC address.
//
// Next hops come from the configuration alone. A MAC address that is not configured is derived from
// the address: locally administered, the same in every run, so that a configuration works without
// ARP.
#pragma once

#include <optional>

#include "firmware/control/config.h"

namespace sluice {

struct NextHop {
  size_t interface = 0;  // index into config.interfaces
  IpAddress address;     // of the next hop: the destination itself or the gateway
  MacAddress mac;
  bool mac_configured = false;  // else `mac` is derived
  uint32_t vlan = 0;            // 0 = untagged
  bool via_gateway = false;
  bool assumed =
      false;  // nothing in the configuration says so, but there is only one way it could be
};

// By: a neighbor entry, the interface subnet that contains it (longest prefix), the gateway of its
// family, or the only interface there is. Nothing if none of these apply.
std::optional<NextHop> nextHopTo(const Config& config, const IpAddress& address);

// Towards the clients of a virtual with this address: the gateway of its family. Without one, a
// next hop on the interface whose subnet contains the address, or else the first one, with a MAC
// derived from that subnet (`assumed`). Nothing only if there is no interface.
std::optional<NextHop> nextHopToClients(const Config& config, const IpAddress& virtual_address);

// The front port that firmware traps packets with: nothing leaves by it. The lowest that no
// interface uses, if a virtual resets connections (`on-down reset`); else nothing.
std::optional<uint32_t> trapPort(const Config& config);

MacAddress derivedMac(const IpAddress& address);

// The interface's own MAC: configured (on it or on another that shares its port) or
// 02:53:4c:00:00:0N by its port.
MacAddress interfaceMac(const Config& config, size_t interface);

}  // namespace sluice
