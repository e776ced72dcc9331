// SPDX-License-Identifier: Apache-2.0
#include "mgmt/core/console.h"

#include <algorithm>

#include "mgmt/core/command_sets.h"

namespace sluice::mgmt {

namespace {

void subtract(PacketCount& count, const PacketCount& before) {
  count.packets -= before.packets;
  count.bytes -= before.bytes;
}

template <typename Row, typename Same>
const Row* findRow(const std::vector<Row>& rows, Same same) {
  const auto row = std::find_if(rows.begin(), rows.end(), same);
  return row == rows.end() ? nullptr : &*row;
}

}  // namespace

const std::vector<Command>& consoleCommands() {
  static const std::vector<Command> table = [] {
    std::vector<Command> rows;
    addSystemCommands(rows);
    addNetworkCommands(rows);
    addServiceCommands(rows);
    addHealthCommands(rows);
    addProxyCommands(rows);
    addRuleCommands(rows);
    addCounterCommands(rows);
    addTrafficCommands(rows);
    addEventCommands(rows);
    addRevisionCommands(rows);
    addConfigureCommands(rows);
    addOverrideCommands(rows);
    addTerminalCommands(rows);
    return rows;
  }();
  return table;
}

std::string_view commandWordHelp(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kHelp[] = {
      {"show", "Look at the appliance"},
      {"clear", "Set back, end or take away"},
      {"configure", "Change the configuration in a private session"},
      {"terminal", "Width and length of this terminal"},
      {"commit", "Make the candidate the running configuration"},
      {"member", "Drain, disable, enable, weigh or resume a member at run time"},
      {"virtual", "Disable or enable a virtual at run time"},
      {"rollback", "Go back to what was committed before"},
      {"write", "Nothing to do: commits are stored"},
      {"copy", "Nothing to do: commits are stored"},
      {"capture", "Copy packets to a file"},
      {"data-group", "Change what conditions of http-rules look into, at run time"},
      {"explain", "What becomes of a packet or an HTTP request, and why"},
      {"show running-config", "The running configuration, as it can be typed"},
      {"show counters", "Packets by port, and drops by reason"},
  };
  for (const auto& [words, help] : kHelp) {
    if (path == words) return help;
  }
  return "";
}

StatsSnapshot Console::counters() {
  StatsSnapshot now = appliance_.statistics();
  if (!cleared_) return now;
  for (size_t i = 0; i < now.ports.size(); ++i) {
    subtract(now.ports[i].received, cleared_->ports[i].received);
    subtract(now.ports[i].sent, cleared_->ports[i].sent);
  }
  for (size_t i = 0; i < now.drops.size(); ++i) subtract(now.drops[i], cleared_->drops[i]);
  for (size_t i = 0; i < now.punts.size(); ++i) subtract(now.punts[i], cleared_->punts[i]);
  for (VirtualStats& row : now.virtuals) {
    const auto* before = findRow(cleared_->virtuals, [&](const VirtualStats& other) {
      return other.name == row.name && other.id == row.id;
    });
    if (before == nullptr) continue;
    subtract(row.forward, before->forward);
    subtract(row.reverse, before->reverse);
  }
  for (MemberStats& row : now.members) {
    const auto* before = findRow(cleared_->members, [&](const MemberStats& other) {
      return other.pool == row.pool && other.endpoint == row.endpoint && other.id == row.id;
    });
    if (before == nullptr) continue;
    subtract(row.forward, before->forward);
    subtract(row.reverse, before->reverse);
  }
  for (AclStats& row : now.acl) {
    const auto* before = findRow(
        cleared_->acl, [&](const AclStats& other) { return other.sequence == row.sequence; });
    if (before != nullptr) subtract(row.matched, before->matched);
  }
  return now;
}

}  // namespace sluice::mgmt
