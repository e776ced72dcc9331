// SPDX-License-Identifier: Apache-2.0
// A configuration of the small profile as a value: written to it through its register bus, and to
// the model as the configuration that means the same there.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "testbenches/common/data_plane_setup.h"

namespace sluice::small_test {

using sluice::testing::Bytes;
using sluice::testing::End;
using sluice::testing::Ip;
using sluice::testing::Mac;

// The register map, see rtl/pkg/small_pkg.sv.
inline constexpr uint16_t kRegisters = 0x0000, kAcl = 0x1000, kLookup = 0x2000, kRing = 0x3000,
                          kCounters = 0x4000;
enum Register : uint16_t {
  kId,
  kScratch,
  kControl,
  kPorts,
  kMacLo,
  kMacHi,
  kHashKey0,
  kHalfOpenMax = 9,
  kFlow
};
enum CounterRow : uint16_t {
  kCountDrop = 0,
  kCountPortIn = 128,
  kCountPortOut = 136,
  kCountPunt = 144,
  kCountFlow = 160,
  kCountClose = 168,
  kCountAcl = 176,
  kCountVirtual = 192,
  kCountMember = 224
};
inline constexpr uint32_t kIdValue = 0x534c5331;
inline constexpr size_t kVirtuals = 8, kMembers = 16, kNeighbors = 16, kRules = 8;
inline constexpr size_t kMinFrame = 14, kMaxFrame = 1536;

struct Virtual {
  End end;                                                    // port 0: any
  std::optional<uint8_t> proto = sluice::testing::kProtoTcp;  // none: any (any port only)
  regs::VirtualMode mode = regs::VirtualMode::kNat;           // nat, dsr, local
  bool enabled = true, punt = false, loose = false;
  uint8_t ring = 0;
  uint8_t client_neighbor = 0;
  uint16_t connection_limit = 0;
  regs::Affinity affinity = regs::Affinity::kTuple;
  regs::OnDown on_down = regs::OnDown::kReselect;
};
struct Member {
  End end;  // port 0: keep
  uint8_t neighbor = 0;
  bool accept_new = true, accept_existing = true;
  uint16_t connection_limit = 0;
};
struct Neighbor {
  uint8_t port = 7;  // 7: not valid
  std::optional<uint16_t> vlan;
  Mac mac{};
};

// Members are numbered from 1, as in results of the full profile; member m stands in row m - 1.
struct SmallSetup {
  std::vector<Virtual> virtuals;  // most specific first
  std::vector<Member> members;
  std::array<Neighbor, kNeighbors> neighbors{};
  std::array<std::vector<uint8_t>, 8> rings;  // member numbers by slot
  std::vector<sluice::testing::AclRule> acl;
  bool acl_enable = false, punt_fragments = false, drop_options = false;
  uint8_t port_up = 0x1f, mac_filter = 0;
  uint16_t mtu = 1500;
  Mac mac{};
  uint16_t half_open_max = 0;
  std::array<uint32_t, 6> timers{};
  sluice::testing::HashKey hash_key = sluice::testing::kDefaultHashKey;
};

// For the shipped trace: those of its virtuals that fit, which are NAT and direct server return
// over IPv4.
SmallSetup shippedSetup();

using WriteBus = std::function<void(uint16_t address, uint32_t value)>;
void writeSetup(const SmallSetup& setup, const WriteBus& write);

// The same for the full profile. Sizes: two banks, two ways, 128 rows.
inline constexpr uint32_t kFlowBanks = 2, kFlowWays = 2, kFlowRowsLog2 = 7;
sluice::testing::DataPlaneSetup fullSetup(const SmallSetup& setup);

}  // namespace sluice::small_test
