// SPDX-License-Identifier: Apache-2.0
// Strong types for the numbers that name rows of the data plane's tables, so that a pool number
// cannot be passed where a member number is meant. Values are row numbers; what is valid is said
// per type.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace sluice {

template <typename Tag>
struct Id {
  uint16_t value = 0;
  auto operator<=>(const Id&) const = default;
};

using PoolId = Id<struct PoolTag>;        // row of table pool
using MemberId = Id<struct MemberTag>;    // row of table member; 0 = none
using VirtualId = Id<struct VirtualTag>;  // row of table virtual
using NeighborId =
    Id<struct NeighborTag>;  // row of table neighbor; 0 = none, its row is never valid

}  // namespace sluice

template <typename Tag>
struct std::hash<sluice::Id<Tag>> {
  size_t operator()(sluice::Id<Tag> id) const noexcept { return id.value; }
};
