// SPDX-License-Identifier: Apache-2.0
// A configuration of the data plane as a value, and what writes it through the register interface.
//
// Tests describe tables by rows and by rules; DataPlaneSetup turns rules into match vectors and
// puts virtual keys into buckets with the tests' own hash. SetupWriter remembers what it wrote to
// an engine and writes only rows that change, so that a small change costs a few bus writes.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "firmware/hal/gen/sluice_regs.h"
#include "sim/engine/data_plane.h"
#include "testbenches/common/packet_builder.h"
#include "testbenches/common/reference_hash.h"

namespace sluice::testing {

inline constexpr HashKey kDefaultHashKey = {0x5bd1e995, 0x1b873593, 0xcc9e2d51};

struct PortRange {
  uint16_t low = 0;
  uint16_t high = 65535;
};

// Fields left alone match everything. Prefixes of a family match that family only.
struct AclRule {
  regs::AclAction action = regs::AclAction::kPermit;
  std::optional<Ip> source = std::nullopt;
  unsigned source_bits = 128;  // prefix length; more than the family has = all
  std::optional<Ip> destination = std::nullopt;
  unsigned destination_bits = 128;
  std::optional<uint8_t> protocol = std::nullopt;
  std::optional<bool> v6 = std::nullopt;
  std::optional<uint8_t> in_port = std::nullopt;
  bool syn_only = false;
  PortRange sport = {}, dport = {};
};

struct PrefixVirtual {
  Ip destination;
  unsigned bits = 128;
  std::optional<uint8_t> protocol = std::nullopt;
  std::optional<uint16_t> port = std::nullopt;
  uint16_t virtual_id = 0;
  bool punt = false;
  std::optional<uint8_t> in_port = std::nullopt;
};

struct DataPlaneSetup {
  // Banked.
  std::vector<AclRule> acl;  // index = rule
  std::vector<regs::VirtualKeyRow> keys;
  std::map<uint16_t, regs::VirtualRow> virtuals;
  std::vector<PrefixVirtual> prefixes;  // index = entry
  std::map<uint16_t, regs::PoolRow> pools;
  std::map<uint16_t, regs::MemberRow> members;
  // Not banked.
  std::map<uint32_t, uint16_t> ring;
  std::map<uint16_t, regs::NeighborRow> neighbors;
  std::array<regs::PortRow, 8> ports{};
  std::map<uint16_t, regs::VirtualPolicerRow> virtual_policers;
  std::map<uint16_t, regs::ConnectionPolicerRow> connection_policers;
  std::map<uint16_t, regs::AclPolicerRow> acl_policers;
  std::array<regs::PuntPolicerRow, regs::kPuntCauseCount> punt_policers{};
  std::array<regs::SnatAddressRow, regs::SnatAddressRow::kRows> sources{};  // of full NAT
  // Registers.
  bool acl_enable = false, prefix_enable = false, drop_options = false;
  regs::FragmentAction fragments = regs::FragmentAction::kDrop;
  uint32_t min_frame = 14, max_frame = 9216;
  HashKey hash_key = kDefaultHashKey;
  uint32_t half_open_max = 0;
  uint64_t source_rate = 0;
  uint64_t source_connection_rate = 0;
  uint32_t source_connection_burst = 0;
  uint32_t source_burst = 0;
  Ip tunnel_source4{"192.0.2.1"}, tunnel_source6{"2001:db8:ffff::1"};
  uint32_t events = 7;
  std::array<uint32_t, regs::TimerReg::kCount> timers{};

  // Builders of rows, for short fixtures.
  void addKey(const End& end, uint8_t protocol, uint16_t virtual_id, bool punt = false);
  void addAnyPortKey(const Ip& address, std::optional<uint8_t> protocol, uint16_t virtual_id,
                     bool punt = false);
  regs::MemberRow& addMember(uint16_t id, const End& end, uint16_t neighbor);
  // A pool with one ring slot per id, at ring slot pool * 64.
  void addPool(uint16_t pool, const std::vector<uint16_t>& members, regs::Algorithm algorithm = {});
};

// Rows by byte address, packed.
using TableImage = std::map<uint32_t, std::vector<uint32_t>>;

// What `setup` is in the banked and unbanked tables. Keys that find no room in their buckets are
// left out and counted in `lost_keys`.
TableImage compile(const DataPlaneSetup& setup, uint32_t bank, size_t* lost_keys = nullptr);

class SetupWriter {
 public:
  explicit SetupWriter(DataPlane& plane) : plane_(plane) {}

  // Tables of `bank`, unbanked tables and registers; packets use `bank` from then on.
  void apply(const DataPlaneSetup& setup, uint32_t bank = 0);
  uint32_t bank() const { return bank_; }
  size_t lostKeys() const { return lost_keys_; }

 private:
  void clearKeys();
  void writeRow(uint32_t address, const std::vector<uint32_t>& words);
  void writeRegister(uint32_t offset, uint32_t value);
  void writeRegisters(const DataPlaneSetup& setup, uint32_t bank);

  DataPlane& plane_;
  TableImage written_;
  std::map<uint32_t, uint32_t> registers_;
  uint32_t bank_ = 0;
  size_t lost_keys_ = 0;
  bool cleared_ = false;
};

template <class Row>
Row readRow(DataPlane& plane, uint32_t row, uint32_t bank = 0) {
  std::array<uint32_t, Row::kWords> words{};
  for (uint32_t i = 0; i < Row::kWords; ++i)
    words[i] = plane.read32(Row::rowAddress(row, bank) + 4 * i);
  return regs::unpack<Row>(words);
}

}  // namespace sluice::testing
