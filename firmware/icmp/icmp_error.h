// SPDX-License-Identifier: Apache-2.0
// ICMP errors about packets that cannot go on: a frame in, the frame back to its sender out.
//
// By RFC 792 and 1812 section 4.3.2 (IPv4), RFC 4443 section 2.4 (IPv6). Whoever sends them limits
// their rate. Pure functions; any bytes are accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "firmware/base/ip_address.h"

namespace sluice {

// What an error quotes of the packet, from its IP header on, with the error's own headers: so much
// that every link takes it (RFC 1812 4.3.2.3, RFC 4443 2.4 c).
constexpr size_t kLongestIcmpError4 = 576;
constexpr size_t kLongestIcmpError6 = 1280;

struct IcmpProblem {
  enum class Kind : uint8_t {
    kTooBig,       // IPv4: destination unreachable, fragmentation needed (RFC 1191); IPv6: packet
                   // too big. Whether a packet may be fragmented does not matter: nobody here does.
    kTimeExceeded  // TTL or hop limit used up in transit
  };
  Kind kind = Kind::kTooBig;
  uint32_t mtu = 0;  // kTooBig: the longest IP packet that would have gone on
};

struct IcmpErrorParties {
  IpAddress sender;    // of the packet: who gets the error
  IpAddress receiver;  // whom the packet was for
};

// Of a frame, if an ICMP error about it is allowed at all. Not about ICMP errors, redirects,
// fragments but the first, packets to groups of hosts or from no single host, nor about what is not
// readable.
std::optional<IcmpErrorParties> icmpErrorParties(std::span<const uint8_t> frame);

// The error from `source` (of the same family), sent from `mac` to whom the frame came from, with
// the frame's VLAN tags. Nothing where icmpErrorParties() gives nothing.
std::optional<std::vector<uint8_t>> icmpError(std::span<const uint8_t> frame,
                                              const IcmpProblem& problem, const IpAddress& source,
                                              const MacAddress& mac);

}  // namespace sluice
