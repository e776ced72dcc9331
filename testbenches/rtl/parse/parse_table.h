// SPDX-License-Identifier: Apache-2.0
//
// Packets with what the parser must say of them: port 0, no MAC filter, fragments dropped, options
// let through.
#pragma once

#include <string>
#include <vector>

#include "testbenches/common/packet_builder.h"
#include "testbenches/rtl/parse/parse_golden.h"

namespace sluice::parse_test {

using namespace sluice::testing;  // NOLINT: the packet builder's words

inline const End kClient{"198.51.100.7", 40000}, kService{"203.0.113.9", 443};
inline const End kClient6{"2001:db8:1::7", 40000}, kService6{"2001:db8:2::9", 443};

/// What a case of the table expects; fields not named are as in an accepted packet.
struct Want {
  Verdict verdict = Verdict::kForward;
  DropReason reason = DropReason::kNone;
  PuntCause cause = PuntCause::kNone;
  L4Kind l4 = L4Kind::kNone;
};

struct Case {
  std::string description;
  Bytes frame;
  Want want;
};

/// A packet to the service; an ICMP error to it, with the first `bytes` of the packet it is about.
Packet to4(uint8_t flags);
Packet to6(uint8_t flags);
Packet error4(const Packet& inner, size_t bytes = 28, uint8_t type = 3);
Packet error6(const Packet& inner, size_t bytes = 48, uint8_t type = 1);

std::vector<Case> ethernetCases();
std::vector<Case> ipv4Cases();
std::vector<Case> ipv6Cases();
std::vector<Case> layer4Cases();

}  // namespace sluice::parse_test
