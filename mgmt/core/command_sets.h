// SPDX-License-Identifier: Apache-2.0
// The commands of the console by what they are about; console.cpp puts them together.
#pragma once

#include <vector>

#include "mgmt/schema/command.h"

namespace sluice::mgmt {

void addSystemCommands(std::vector<Command>& table);
void addNetworkCommands(std::vector<Command>& table);
void addServiceCommands(std::vector<Command>& table);
void addHealthCommands(std::vector<Command>& table);
void addProxyCommands(std::vector<Command>& table);
void addRuleCommands(std::vector<Command>& table);
void addCounterCommands(std::vector<Command>& table);
void addTrafficCommands(std::vector<Command>& table);
void addEventCommands(std::vector<Command>& table);
void addRevisionCommands(std::vector<Command>& table);
void addConfigureCommands(std::vector<Command>& table);
void addOverrideCommands(std::vector<Command>& table);
void addTerminalCommands(std::vector<Command>& table);

}  // namespace sluice::mgmt
