// SPDX-License-Identifier: Apache-2.0
// The parts of the statement table, in canonical order. Used by config_statements.cpp alone.
#pragma once

#include <vector>

namespace sluice {

struct Statement;

void addSystemStatements(std::vector<Statement>& table);   // hostname, hash, tunnel, limits, timers
void addLoggingStatements(std::vector<Statement>& table);  // logging
void addNetworkStatements(std::vector<Statement>& table);  // interface, gateway, neighbor
void addAclStatements(std::vector<Statement>& table);      // access-list
void addTlsStatements(std::vector<Statement>& table);      // certificate, tls-profile
void addProxyStatements(std::vector<Statement>& table);    // http-profile
void addDataGroupStatements(std::vector<Statement>& table);  // data-group
void addConditionStatements(std::vector<Statement>& table);  // conditions of http-rule
void addRuleStatements(std::vector<Statement>& table);       // http-rule
void addMonitorStatements(std::vector<Statement>& table);    // monitor
void addRelayStatements(std::vector<Statement>& table);      // what mode tls adds to virtual
void addBalanceStatements(std::vector<Statement>& table);    // what layer 7 adds to pool
void addServiceStatements(std::vector<Statement>& table);    // pool, snat-pool, virtual

}  // namespace sluice
