// SPDX-License-Identifier: Apache-2.0
// What a persistence cookie says: which member its client comes back to.
//
// Values are encrypted and authenticated (AES-256-GCM): they tell clients nothing of addresses, not
// even whether two of them have the same member, and none can be made up or carried over to another
// virtual or pool. The key is random and lives in memory only; after a restart clients are spread
// anew.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/base/ip_address.h"

namespace sluice::proxy {

class PersistenceCookie {
 public:
  PersistenceCookie();
  ~PersistenceCookie();
  PersistenceCookie(const PersistenceCookie&) = delete;
  PersistenceCookie& operator=(const PersistenceCookie&) = delete;

  // `scope` names virtual and pool. Letters, digits, '-' and '_'; always of the same length.
  std::string seal(std::string_view scope, const Endpoint& member) const;
  // Nothing: not sealed by this, or for another scope.
  std::optional<Endpoint> open(std::string_view scope, std::string_view value) const;

 private:
  std::array<unsigned char, 32> key_;
};

}  // namespace sluice::proxy
