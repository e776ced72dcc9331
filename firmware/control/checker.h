// SPDX-License-Identifier: Apache-2.0
// What the parts of the configuration check share. Used by check_*.cpp and config_check.cpp alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "firmware/control/config_check.h"

namespace sluice {

struct Checker {
  const Config& config;
  const Capacity& capacity;
  std::vector<Diagnostic> found;
  size_t errors = 0;

  void error(const Position& at, std::string message) {
    if (++errors > kMaxErrors) return;
    found.push_back({Severity::kError, at, std::move(message)});
  }
  void warning(const Position& at, std::string message) {
    found.push_back({Severity::kWarning, at, std::move(message)});
  }
};

void checkSystem(Checker& check);   // timers, limits, tunnels
void checkNetwork(Checker& check);  // interfaces, gateways, neighbors
void checkAcl(Checker& check);
void checkMonitors(Checker& check);
void checkServices(Checker& check);  // pools, virtuals
void checkTlsProfiles(Checker& check);
void checkServerTlsProfiles(Checker& check);
// A server-tls-profile, where it is used; `whose`: "pool 'NAME'".
void checkServerTls(Checker& check, const Leaf<std::string>& use, const std::string& whose);
void checkPersistence(Checker& check);  // of http-profiles
void checkRules(Checker& check);        // http-rules
void checkRedirects(Checker& check);    // of http-rules, in circles
// Of any virtual; and what virtuals of mode http and https need besides.
void checkTls(Checker& check, const Virtual& service);
void checkServerNames(Checker& check, const Virtual& service);
void checkLayer7(Checker& check, const Virtual& service);

}  // namespace sluice
