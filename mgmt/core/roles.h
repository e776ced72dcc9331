// SPDX-License-Identifier: Apache-2.0
// Who may do what at the console.
#pragma once

#include <string>

#include "firmware/control/config.h"

namespace sluice::mgmt {

struct ConsoleUser {
  std::string name;    // as the kernel says
  bool owner = false;  // root, or who runs the appliance: all rights, whatever is configured
};

constexpr std::string_view roleName(User::Role role) {
  return role == User::Role::kAdministrator ? "administrator" : "operator";
}

// By the `user` statements of what runs now. Without any, everybody who may use the socket may do
// everything.
inline User::Role roleOf(const ConsoleUser& user, const Config& config) {
  if (user.owner || config.users.empty()) return User::Role::kAdministrator;
  const User* known = findByName(config.users, user.name);
  return known == nullptr ? User::Role::kOperator : known->role;
}

}  // namespace sluice::mgmt
