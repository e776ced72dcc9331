// SPDX-License-Identifier: Apache-2.0
// Names of the numbers in result records: virtuals and members by table row.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

struct ReplayNames {
  struct Member {
    std::string pool;
    std::string member;         // "10.0.0.11:80"
    double expected_share = 0;  // see ExpectedShares, 0 to 1
  };

  std::vector<std::string> virtuals;  // by virtual id; empty: no such virtual
  std::vector<Member> members;        // by member id; empty pool: no such member

  // "virtual 7" and "member 7" for ids without name.
  std::string virtualName(uint16_t id) const {
    if (id < virtuals.size() && !virtuals[id].empty()) return virtuals[id];
    return "virtual " + std::to_string(id);
  }
  // "web/10.0.0.11:80"
  std::string memberName(uint16_t id) const {
    if (id < members.size() && !members[id].pool.empty()) {
      return members[id].pool + "/" + members[id].member;
    }
    return "member " + std::to_string(id);
  }
};

}  // namespace sluice
