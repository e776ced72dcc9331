// SPDX-License-Identifier: Apache-2.0
// Commands about ports, interfaces and neighbours.
#include "mgmt/core/command_helpers.h"
#include "mgmt/core/command_sets.h"

namespace sluice::mgmt {

namespace {

Result<Report> showInterfaces(ConsoleSession& session, const Args&) {
  Table table{"interfaces",
              "",
              {{"interface", "Interface"},
               {"up", "Up", Kind::kFlag},
               {"port", "Port", Kind::kNumber},
               {"host_interface", "Host", Kind::kText, 2},
               {"addresses", "Addresses"},
               {"vlan", "VLAN", Kind::kNumber, 3},
               {"mtu", "MTU", Kind::kNumber, 4},
               {"mac", "MAC", Kind::kText, 1}},
              {},
              "No interfaces are configured."};
  const Config& config = session.appliance().config();
  for (const InterfaceStatus& status : session.appliance().interfaces()) {
    const Interface* interface = findByName(config.interfaces, status.name);
    if (interface == nullptr) continue;
    std::string addresses;
    for (const auto& address : interface->addresses)
      addresses += (addresses.empty() ? "" : ", ") + address.prefix.toString();
    table.rows.push_back({status.name, status.up, status.port,
                          status.host_interface.empty() ? Json() : Json(status.host_interface),
                          addresses, *interface->vlan == 0 ? Json() : Json(*interface->vlan),
                          *interface->mtu, status.mac.toString()});
  }
  return Report{table};
}

Result<Report> showArp(ConsoleSession& session, const Args&) {
  Table table{"neighbors",
              "",
              {{"address", "Address"},
               {"mac", "MAC"},
               {"interface", "Interface"},
               {"vlan", "VLAN", Kind::kNumber, 1},
               {"origin", "Origin"}},
              {},
              "No next hops are in use."};
  for (const NeighborStatus& row : session.appliance().neighbors()) {
    table.rows.push_back({row.address.toString(), row.mac ? Json(row.mac->toString()) : Json(),
                          row.interface, row.vlan == 0 ? Json() : Json(row.vlan),
                          row.configured ? "configured"
                          : row.mac      ? "discovered"
                                         : "no answer"});
  }
  return Report{table};
}

}  // namespace

void addNetworkCommands(std::vector<Command>& table) {
  add(table, CommandMode::kAny, "show interfaces", "Interfaces, their ports and addresses.",
      showInterfaces);
  add(table, CommandMode::kAny, "show arp",
      "Next hops that packets go to (IPv4 and IPv6), and whether they answer.", showArp);
}

}  // namespace sluice::mgmt
