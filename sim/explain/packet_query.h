// SPDX-License-Identifier: Apache-2.0
// A packet as people write it: tcp 198.51.100.7:4711 > 203.0.113.10:80 flags syn
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/ip_address.h"
#include "firmware/base/result.h"

namespace sluice {

struct PacketQuery {
  uint8_t protocol = 6;
  Endpoint source, destination;          // port 0 where the protocol has none
  std::optional<uint8_t> tcp_flags;      // not given: SYN
  std::optional<std::string> interface;  // where it comes in; not given: on the way to its source
};

// PROTOCOL SOURCE > DESTINATION [flags FLAG,...]. PROTOCOL is tcp, udp, icmp (an echo request, of
// the addresses' family) or a number; tcp and udp need ports. kInvalidInput says what would be
// right.
Result<PacketQuery> parsePacketQuery(std::string_view text);
// "syn,ack".
Result<uint8_t> parseTcpFlags(std::string_view text);

// The inverse of parsePacketQuery(), without the interface.
std::string toText(const PacketQuery& query);
std::string tcpFlagsText(uint8_t flags);

// The shortest frame of that kind.
std::vector<uint8_t> buildFrame(const PacketQuery& query, const MacAddress& destination,
                                uint32_t vlan);

}  // namespace sluice
