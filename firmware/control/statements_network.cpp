// SPDX-License-Identifier: Apache-2.0
// Statements about interfaces and next hops.
#include <algorithm>

#include "firmware/control/statement_helpers.h"
#include "firmware/control/statement_sets.h"

namespace sluice {

namespace {

Statement interfaceAddress() {
  Statement row = statement(
      Block::kInterface, "address <address:interface-address>",
      "The appliance's own address and the subnet on this interface; several are allowed.");
  row.apply = [](StatementContext& context, const Args& args) {
    const auto& prefix = args.get<IpPrefix>("address");
    if (!context.define("address " + prefix.address.toString())) return;
    auto& addresses = context.object<Interface>().addresses;
    std::erase_if(addresses,
                  [&](const auto& other) { return other.prefix.address == prefix.address; });
    if (context.hasRoom(addresses.size())) addresses.push_back({prefix, context.position});
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const auto& address : context.object<Interface>().addresses)
      all.push_back(Args{{"address", address.prefix}});
    return all;
  };
  row.no_syntax.emplace("address <address:interface-address>");
  row.remove = [](StatementContext& context, const Args& args) {
    const auto& prefix = args.get<IpPrefix>("address");
    std::erase_if(context.object<Interface>().addresses,
                  [&](const auto& other) { return other.prefix == prefix; });
  };
  return row;
}

Statement gateway() {
  Statement row =
      statement(Block::kTop, "gateway <address:address> [mac <mac:mac>]",
                "Next hop to everything that is in no interface's subnet, one per family.",
                "MAC: derived from the address");
  row.apply = [](StatementContext& context, const Args& args) {
    Gateway entry{args.get<IpAddress>("address"), std::nullopt, context.position};
    if (args.has("mac")) entry.mac = args.get<MacAddress>("mac");
    if (!context.define(entry.address.v6 ? "IPv6 gateway" : "IPv4 gateway")) return;
    auto& gateways = context.config.gateways;
    std::erase_if(gateways,
                  [&](const Gateway& other) { return other.address.v6 == entry.address.v6; });
    gateways.push_back(entry);
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const Gateway& entry : context.config.gateways) {
      all.push_back(Args{{"address", entry.address}});
      if (entry.mac) all.back().add("mac", *entry.mac);
    }
    return all;
  };
  row.no_syntax.emplace("gateway <address:address>");
  row.remove = [](StatementContext& context, const Args& args) {
    std::erase_if(context.config.gateways, [&](const Gateway& other) {
      return other.address == args.get<IpAddress>("address");
    });
  };
  return row;
}

Statement neighbor() {
  Statement row = statement(
      Block::kTop,
      "neighbor <address:address> mac <mac:mac> interface <interface:name> [vlan <vlan:1..4094>]",
      "MAC address of a member, gateway or client next hop.",
      "for members and gateways without one: derived from the address");
  row.apply = [](StatementContext& context, const Args& args) {
    Neighbor entry{args.get<IpAddress>("address"), args.get<MacAddress>("mac"),
                   args.get<std::string>("interface"), std::nullopt, context.position};
    if (args.has("vlan")) entry.vlan = args.number("vlan");
    if (!context.define("neighbor " + entry.address.toString())) return;
    auto& neighbors = context.config.neighbors;
    std::erase_if(neighbors, [&](const Neighbor& other) { return other.address == entry.address; });
    if (context.hasRoom(neighbors.size())) neighbors.push_back(std::move(entry));
  };
  row.dump = [](const StatementContext& context) {
    std::vector<Args> all;
    for (const Neighbor& entry : context.config.neighbors) {
      all.push_back(
          Args{{"address", entry.address}, {"mac", entry.mac}, {"interface", entry.interface}});
      if (entry.vlan) all.back().add("vlan", uint64_t{*entry.vlan});
    }
    return all;
  };
  row.no_syntax.emplace("neighbor <address:address>");
  row.remove = [](StatementContext& context, const Args& args) {
    std::erase_if(context.config.neighbors, [&](const Neighbor& other) {
      return other.address == args.get<IpAddress>("address");
    });
  };
  return row;
}

}  // namespace

void addNetworkStatements(std::vector<Statement>& table) {
  const auto add = [&](Statement row) { table.push_back(std::move(row)); };
  constexpr Block kI = Block::kInterface;
  add(namedBlock(kI, "interface",
                 "A network on a front port; several with different VLANs may share a port.",
                 &Config::interfaces));
  add(interfaceAddress());
  add(leaf(kI, "port <port:0..3>", "Front port.", "the lowest port that no other interface uses",
           &Interface::port));
  add(leaf(kI, "vlan <vlan:1..4094>", "802.1Q tag of packets sent.", "untagged", &Interface::vlan));
  add(leaf(kI, "mtu <mtu:576..9194>",
           "Longest IP packet sent, bytes; the smallest of those that share a port counts.", "1500",
           &Interface::mtu));
  add(leaf(kI, "mac <mac:mac>", "Own MAC address.", "02:53:4c:00:00:0N on port N",
           &Interface::mac));
  add(leaf(kI, "speed <speed:bandwidth>", "Line rate, 1G to 400G.", "100G", &Interface::speed));
  add(flag(kI, "mac-filter", "Drop unicast frames to other MAC addresses.",
           &Interface::mac_filter));
  add(flag(kI, "shutdown", "Take the interface out of service.", &Interface::shutdown));
  add(gateway());
  add(neighbor());
}

}  // namespace sluice
