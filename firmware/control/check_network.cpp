// SPDX-License-Identifier: Apache-2.0
// Rules about interfaces and next hops.
#include "firmware/control/checker.h"
#include "firmware/control/config_value.h"
#include "firmware/control/next_hop.h"

namespace sluice {

namespace {

constexpr uint64_t kGigabit = 1'000'000'000;

void checkInterface(Checker& check, const Interface& interface) {
  if (interface.speed->value < kGigabit || interface.speed->value > 400 * kGigabit) {
    check.error(interface.speed.position, "speed is out of range; expected 1G to 400G");
  }
  if (interface.mac.set && interface.mac->group()) {
    check.error(interface.mac.position,
                interface.mac->toString() + " is a group address; expected a unicast MAC address");
  }
  for (const auto& own : interface.addresses) {
    const IpAddress& address = own.prefix.address;
    if (address.unspecified() || address.multicast() || address.loopback()) {
      check.error(own.position, address.toString() + " cannot be the address of an interface");
    }
    for (const Interface& other : check.config.interfaces) {
      for (const auto& theirs : other.addresses) {
        if (&other == &interface || theirs.position.line >= own.position.line) continue;
        if (!theirs.prefix.contains(address) && !own.prefix.contains(theirs.prefix.address))
          continue;
        check.warning(own.position, "the subnet of " + own.prefix.toString() +
                                        " overlaps that of interface '" + other.name +
                                        "'; the longer prefix decides where packets go");
      }
    }
  }
}

void checkSharing(Checker& check) {
  const auto& interfaces = check.config.interfaces;
  const std::vector<uint32_t> ports = interfacePorts(check.config);
  for (size_t i = 0; i < interfaces.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (ports[i] != ports[j]) continue;
      const Interface& a = interfaces[i];
      const Interface& b = interfaces[j];
      if (!a.port.set) {
        check.error(a.position, "no front port is left for interface '" + a.name +
                                    "'; expected `port N` to share one");
        break;
      }
      const std::string both =
          "interfaces '" + b.name + "' and '" + a.name + "' share port " + std::to_string(ports[i]);
      if (*a.vlan == *b.vlan) check.error(a.position, both + "; expected different VLANs");
      if (a.mac.set && b.mac.set && *a.mac != *b.mac)
        check.error(a.mac.position, both + "; expected one MAC address");
      if (*a.mtu != *b.mtu) check.warning(a.mtu.position, both + "; the smaller MTU counts");
    }
  }
}

}  // namespace

void checkNetwork(Checker& check) {
  for (const Interface& interface : check.config.interfaces) checkInterface(check, interface);
  checkSharing(check);
  for (const Gateway& gateway : check.config.gateways) {
    bool reachable = false;
    for (const Interface& interface : check.config.interfaces) {
      for (const auto& own : interface.addresses) {
        reachable |= own.prefix.contains(gateway.address);
        if (own.prefix.address == gateway.address) {
          check.error(gateway.position, gateway.address.toString() +
                                            " is the address of interface '" + interface.name +
                                            "' itself");
        }
      }
    }
    for (const Neighbor& neighbor : check.config.neighbors)
      reachable |= neighbor.address == gateway.address;
    if (!reachable) {
      check.error(gateway.position,
                  "gateway " + gateway.address.toString() + " is in no interface's subnet");
    }
    if (gateway.mac && gateway.mac->group()) {
      check.error(gateway.position,
                  gateway.mac->toString() + " is a group address; expected a unicast MAC address");
    }
  }
  for (const Neighbor& neighbor : check.config.neighbors) {
    if (findByName(check.config.interfaces, neighbor.interface) == nullptr) {
      check.error(neighbor.position, "there is no interface " + quoted(neighbor.interface));
    }
    if (neighbor.mac.group()) {
      check.error(neighbor.position,
                  neighbor.mac.toString() + " is a group address; expected a unicast MAC address");
    }
  }
}

}  // namespace sluice
