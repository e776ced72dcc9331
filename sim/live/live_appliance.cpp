// SPDX-License-Identifier: Apache-2.0
#include "sim/live/live_appliance.h"

#include <algorithm>

#include "firmware/control/config_check.h"

namespace sluice {

WallTime LiveAppliance::now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SystemStatus LiveAppliance::system() {
  return {session_.engine(), "asic", started_, static_cast<double>(session_.plane().now()) * 1e-9,
          session_.plane().evaluatedCycles()};
}

Result<std::vector<std::string>> LiveAppliance::check(const Config& config) {
  auto warnings = session_.control().check(config);
  if (!warnings) return warnings;
  if (auto good = session_.checkSurroundings(config); !good) return good.error();
  return warnings;
}

Result<std::vector<std::string>> LiveAppliance::apply(const Config& config) {
  if (auto done = session_.reload(config); !done) return done.error();
  return session_.control().warnings();
}

std::vector<InterfaceStatus> LiveAppliance::interfaces() {
  std::vector<InterfaceStatus> all;
  const std::vector<uint32_t> ports = interfacePorts(config());
  for (size_t i = 0; i < ports.size(); ++i) {
    const Interface& interface = config().interfaces[i];
    const FramePort* port = session_.port(ports[i]);
    all.push_back({interface.name, ports[i], port == nullptr ? "" : port->name(),
                   interfaceMac(config(), i), port != nullptr && !*interface.shutdown});
  }
  return all;
}

std::vector<NeighborStatus> LiveAppliance::neighbors() {
  std::vector<NeighborStatus> all;
  const auto& known = session_.neighbors().known();
  for (const auto& [key, hop] : session_.control().nextHops()) {
    NeighborStatus row{key.address, key.interface, hop.vlan, std::nullopt, hop.mac_configured};
    const auto found = known.find(key);
    if (hop.mac_configured || hop.assumed) row.mac = hop.mac;
    if (!hop.mac_configured && found != known.end()) row.mac = found->second;
    all.push_back(row);
  }
  return all;
}

std::vector<TableStatus> LiveAppliance::tables() {
  const Capacity capacity;
  const Config& running = config();
  const StatsSnapshot stats = statistics();
  const auto prefixes = std::count_if(running.virtuals.begin(), running.virtuals.end(),
                                      [](const Virtual& row) { return !row.destination->host(); });
  std::vector<TableStatus> rows = {
      {"connections", stats.flows.live, stats.flow_capacity},
      {"virtuals", running.virtuals.size() + 1, capacity.virtuals},
      {"prefix virtuals", static_cast<uint64_t>(prefixes), capacity.prefix_virtuals},
      {"pools", running.pools.size(), capacity.pools},
      {"members", stats.members.size(), capacity.members},
      {"next hops", session_.control().nextHops().size(), capacity.neighbors},
      {"access-list rules", running.acl.size(), capacity.acl_rules},
      {"timer profiles", running.timers.size(), capacity.timer_profiles}};
  for (const SourceStats& source : stats.sources)
    rows.push_back({"sources of " + source.address.toString(), source.used, source.ports});
  return rows;
}

}  // namespace sluice
