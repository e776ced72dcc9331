// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/next_hop.h"

#include <algorithm>

#include "firmware/control/hash.h"

namespace sluice {

namespace {

const Neighbor* findNeighbor(const Config& config, const IpAddress& address) {
  for (const Neighbor& neighbor : config.neighbors) {
    if (neighbor.address == address) return &neighbor;
  }
  return nullptr;
}

// The interface whose subnet holds the address, by the longest prefix; nothing if none.
std::optional<size_t> onLink(const Config& config, const IpAddress& address,
                             IpPrefix* subnet = nullptr) {
  std::optional<size_t> best;
  int best_length = -1;
  for (size_t i = 0; i < config.interfaces.size(); ++i) {
    for (const auto& own : config.interfaces[i].addresses) {
      if (!own.prefix.contains(address) || own.prefix.length <= best_length) continue;
      best = i;
      best_length = own.prefix.length;
      if (subnet != nullptr) *subnet = own.prefix.network();
    }
  }
  return best;
}

NextHop hopOn(const Config& config, size_t interface, const IpAddress& address) {
  NextHop hop;
  hop.interface = interface;
  hop.address = address;
  hop.mac = derivedMac(address);
  hop.vlan = *config.interfaces[interface].vlan;
  return hop;
}

// Not through a gateway.
std::optional<NextHop> direct(const Config& config, const IpAddress& address) {
  if (const Neighbor* neighbor = findNeighbor(config, address)) {
    for (size_t i = 0; i < config.interfaces.size(); ++i) {
      if (config.interfaces[i].name != neighbor->interface) continue;
      NextHop hop = hopOn(config, i, address);
      hop.mac = neighbor->mac;
      hop.mac_configured = true;
      hop.vlan = neighbor->vlan.value_or(hop.vlan);
      return hop;
    }
  }
  if (const auto interface = onLink(config, address)) return hopOn(config, *interface, address);
  return std::nullopt;
}

std::optional<NextHop> onlyInterface(const Config& config, const IpAddress& address) {
  if (config.interfaces.size() != 1) return std::nullopt;
  NextHop hop = hopOn(config, 0, address);
  hop.assumed = true;
  return hop;
}

std::optional<NextHop> viaGateway(const Config& config, bool v6) {
  for (const Gateway& gateway : config.gateways) {
    if (gateway.address.v6 != v6) continue;
    auto hop = direct(config, gateway.address);
    if (!hop) hop = onlyInterface(config, gateway.address);
    if (!hop) return std::nullopt;
    hop->via_gateway = true;
    if (gateway.mac) {
      hop->mac = *gateway.mac;
      hop->mac_configured = true;
    }
    return hop;
  }
  return std::nullopt;
}

}  // namespace

std::optional<NextHop> nextHopTo(const Config& config, const IpAddress& address) {
  auto hop = direct(config, address);
  if (!hop) hop = viaGateway(config, address.v6);
  if (!hop) hop = onlyInterface(config, address);
  return hop;
}

std::optional<NextHop> nextHopToClients(const Config& config, const IpAddress& virtual_address) {
  if (auto hop = viaGateway(config, virtual_address.v6)) return hop;
  if (config.interfaces.empty()) return std::nullopt;
  IpPrefix subnet{IpAddress{virtual_address.v6, {}}, 0};
  const size_t interface = onLink(config, virtual_address, &subnet).value_or(0);
  NextHop hop = hopOn(config, interface, subnet.address);
  hop.assumed = true;
  return hop;
}

MacAddress derivedMac(const IpAddress& address) {
  const uint64_t bits = identity64(address, 0);
  MacAddress mac;
  mac.bytes[0] = 0x02;
  for (unsigned i = 1; i < 6; ++i) mac.bytes[i] = static_cast<uint8_t>(bits >> (8 * i));
  return mac;
}

std::vector<uint32_t> interfacePorts(const Config& config) {
  constexpr uint32_t kFrontPorts = regs::kCpuPort;
  uint32_t used = 0;
  for (const Interface& interface : config.interfaces) {
    if (interface.port.set) used |= 1u << *interface.port;
  }
  std::vector<uint32_t> ports;
  for (const Interface& interface : config.interfaces) {
    uint32_t port = *interface.port;
    if (!interface.port.set) {
      port = 0;
      while (port < kFrontPorts && (used >> port & 1) != 0) ++port;
      if (port == kFrontPorts) port = 0;
      used |= 1u << port;
    }
    ports.push_back(port);
  }
  return ports;
}

MacAddress interfaceMac(const Config& config, size_t interface) {
  const std::vector<uint32_t> ports = interfacePorts(config);
  for (size_t i = 0; i < ports.size(); ++i) {
    if (ports[i] == ports[interface] && config.interfaces[i].mac.set)
      return *config.interfaces[i].mac;
  }
  return {{0x02, 0x53, 0x4c, 0x00, 0x00, static_cast<uint8_t>(ports[interface])}};
}

std::optional<uint32_t> trapPort(const Config& config) {
  const bool wanted = std::any_of(
      config.virtuals.begin(), config.virtuals.end(),
      [](const Virtual& service) { return *service.on_down == Virtual::OnDown::kReset; });
  const std::vector<uint32_t> used = interfacePorts(config);
  for (uint32_t port = 0; wanted && port < regs::kCpuPort; ++port) {
    if (std::find(used.begin(), used.end(), port) == used.end()) return port;
  }
  return std::nullopt;
}

}  // namespace sluice
