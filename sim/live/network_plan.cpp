// SPDX-License-Identifier: Apache-2.0
#include "sim/live/network_plan.h"

#include <net/if.h>

#include "firmware/control/next_hop.h"

namespace sluice {
namespace {

// Linux: shorter than 16 bytes, no '/', ':' or blanks, and not a name with a meaning.
std::string deviceName(const std::string& interface, size_t index) {
  const bool fits = interface.size() < IFNAMSIZ && interface != "lo" && interface != "all" &&
                    interface != "default" && interface != "." && interface != ".." &&
                    interface.find_first_of("/:%") == std::string::npos;
  return fits ? interface : "interface" + std::to_string(index);
}

TapPlan* find(NetworkPlan& plan, const std::string& interface) {
  for (TapPlan& tap : plan.taps) {
    if (tap.interface == interface) return &tap;
  }
  return nullptr;
}

void placeAddress(const Config& config, const IpAddress& address, bool to_clients,
                  NetworkPlan& plan) {
  TapPlan* home = nullptr;
  int best = -1;
  for (const Interface& interface : config.interfaces) {
    for (const auto& own : interface.addresses) {
      if (own.prefix.address == address) return;
      if (!own.prefix.contains(address) || own.prefix.length <= best) continue;
      home = find(plan, interface.name);
      best = own.prefix.length;
    }
  }
  if (best < 0 && to_clients) {
    if (const auto hop = nextHopToClients(config, address))
      home = find(plan, config.interfaces[hop->interface].name);
  }
  if (home != nullptr)
    home->addresses.insert(IpPrefix{address, static_cast<uint8_t>(address.bits())});
}

}  // namespace

const TapPlan* NetworkPlan::tapOf(const std::string& interface) const {
  for (const TapPlan& tap : taps) {
    if (tap.interface == interface) return &tap;
  }
  return nullptr;
}

NetworkPlan planNetwork(const Config& config) {
  NetworkPlan plan;
  const std::vector<uint32_t> ports = interfacePorts(config);
  for (size_t i = 0; i < config.interfaces.size(); ++i) {
    const Interface& interface = config.interfaces[i];
    if (*interface.shutdown) continue;
    TapPlan tap;
    tap.interface = interface.name;
    tap.device = deviceName(interface.name, i);
    tap.port = ports[i];
    tap.vlan = static_cast<uint16_t>(*interface.vlan);
    tap.mtu = *interface.mtu;
    tap.mac = interfaceMac(config, i);
    for (const auto& own : interface.addresses) tap.addresses.insert(own.prefix);
    plan.taps.push_back(std::move(tap));
  }
  for (const Virtual& service : config.virtuals) {
    if (service.destination->host() && !*service.shutdown)
      placeAddress(config, service.destination->prefix.address, true, plan);
  }
  for (const SourcePool& pool : config.snat_pools) {
    for (const auto& entry : pool.addresses) placeAddress(config, entry.address, false, plan);
  }
  for (const Gateway& gateway : config.gateways) {
    const auto hop = nextHopTo(config, gateway.address);
    if (!hop) continue;
    if (const TapPlan* tap = plan.tapOf(config.interfaces[hop->interface].name))
      plan.gateways[gateway.address] = tap->device;
  }
  return plan;
}

}  // namespace sluice
