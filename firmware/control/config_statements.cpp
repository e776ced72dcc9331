// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/config_statements.h"

#include "firmware/control/statement_sets.h"

namespace sluice {

std::string_view blockName(Block block) {
  switch (block) {
    case Block::kTop:
      return "the configuration";
    case Block::kLimits:
      return "limits";
    case Block::kTimers:
      return "timers";
    case Block::kInterface:
      return "interface";
    case Block::kAcl:
      return "access-list";
    case Block::kMonitor:
      return "monitor";
    case Block::kCertificate:
      return "certificate";
    case Block::kTlsProfile:
      return "tls-profile";
    case Block::kServerTlsProfile:
      return "server-tls-profile";
    case Block::kHttpProfile:
      return "http-profile";
    case Block::kDataGroup:
      return "data-group";
    case Block::kHttpRule:
      return "http-rule";
    case Block::kPool:
      return "pool";
    case Block::kSnatPool:
      return "snat-pool";
    case Block::kVirtual:
      return "virtual";
  }
  return "?";
}

bool StatementContext::define(const std::string& what) {
  const auto [entry, fresh] = defined.emplace(what, position.line);
  if (!fresh) error(0, what + " is already defined on line " + std::to_string(entry->second));
  return fresh;
}

const std::vector<Statement>& statements() {
  static const std::vector<Statement> table = [] {
    std::vector<Statement> rows;
    addSystemStatements(rows);
    addNetworkStatements(rows);
    addAclStatements(rows);
    addTlsStatements(rows);
    addProxyStatements(rows);
    addDataGroupStatements(rows);
    addRuleStatements(rows);
    addMonitorStatements(rows);
    addServiceStatements(rows);
    return rows;
  }();
  return table;
}

}  // namespace sluice
