// SPDX-License-Identifier: Apache-2.0
//
// edit with 16 neighbours, as small profiles have it.

#include "testbenches/rtl/edit/edit_bench.h"

namespace sluice::edit_test {
namespace {

using EditSmall = EditBench;

const NeighborRow kNeighbor{true, 1, false, 0, {2, 0, 0, 0, 1, 1}};

TEST_F(EditSmall, NeighborsBeyondTheTableAreNotResolved) {
  setPort(1, {true, false, 1500, {2, 0, 0, 0, 0, 1}});
  for (uint16_t neighbor = 0; neighbor < 16; ++neighbor) setNeighbor(neighbor, kNeighbor);
  Routed routed;
  routed.mode = VirtualMode::kDsr;
  const Packet packet = tcp({"198.51.100.7", 1}, {"203.0.113.9", 2});
  for (const uint16_t neighbor : {0, 15, 16, 31, 32, 1023}) {
    routed.neighbor = neighbor;
    const Output out = runOne(inputOf(packet, routed));
    expectSame(out, goldenEdit(inputOf(packet, routed), tables_), std::to_string(neighbor));
    EXPECT_EQ(out.routed.reason,
              neighbor < 16 ? DropReason::kNone : DropReason::kNeighborUnresolved);
  }
}

TEST_F(EditSmall, RowsBeyondTheTableReadZeroAndIgnoreWrites) {
  for (uint32_t row = 0; row < 16; ++row) write(row, NeighborRow{});
  for (const uint32_t row : {16u, 31u, 1023u, 0xfffffu}) {
    write(row, kNeighbor);
    EXPECT_TRUE(read<NeighborRow>(row) == NeighborRow{});
  }
  for (uint32_t row = 0; row < 16; ++row) EXPECT_TRUE(read<NeighborRow>(row) == NeighborRow{});
}

}  // namespace
}  // namespace sluice::edit_test
