// SPDX-License-Identifier: Apache-2.0
//
// Random configuration and random packets for the connection table: few clients, virtuals and
// members, so that packets meet each other's entries all the time; often the packet after a packet
// belongs to the same connection, either way.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "testbenches/rtl/flow/flow_golden.h"

namespace sluice::flow_test {

/// Stands in for hash64: any function of address and port will do, as long as it is one.
uint64_t testHash(const std::array<uint8_t, 16>& address, uint16_t port);

class FlowTraffic {
 public:
  FlowTraffic(uint64_t seed, const Geometry& geometry, FlowGolden& golden)
      : random_(seed), geometry_(geometry), golden_(golden) {}

  /// Everything anew: members, virtuals, pools, ring, policers, timers.
  void configure();
  /// A few things other than before.
  void reconfigure();

  Packet next();

  /// A packet of a client to a virtual, and one from a member to a client.
  Packet forward(uint32_t client, uint16_t port, uint32_t virtual_id);
  Packet reverse(const regs::FlowKeyRow& key, uint16_t member);
  /// A member's answer to a source of full NAT.
  Packet answer(const regs::FlowKeyRow& key, uint16_t member, uint32_t source);

  /// In a crowd nothing is limited and entries live long: the table fills up.
  bool crowded = false;

  bool chance(uint32_t percent) { return random_() % 100 < percent; }
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  uint64_t now = uint64_t{1} << 40;

 private:
  void randomize(regs::MemberRow& row, uint32_t id);
  void randomize(regs::VirtualRow& row, uint32_t id);
  void randomize(regs::SnatAddressRow& row, uint32_t id);
  void randomize(regs::PoolRow& row);
  uint32_t timeout();
  void advance();
  void flags(Packet& packet);
  Packet finish(Packet packet);
  Packet fresh();
  Packet related();

  std::mt19937_64 random_;
  const Geometry geometry_;
  FlowGolden& golden_;
  std::optional<Packet> last_;
};

}  // namespace sluice::flow_test
