// SPDX-License-Identifier: Apache-2.0
// TCP segments without data, as firmware reads and writes them: resets (RFC 9293 3.10.7.1), and
// the question that makes a host say where it is in a connection (RFC 5961).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "firmware/base/ip_address.h"

namespace sluice {

struct TcpSegment {
  static constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

  Endpoint source, destination;
  uint32_t sequence = 0, acknowledgement = 0;
  uint8_t flags = 0;
  uint32_t length = 0;  // of its data, SYN and FIN included
  bool has(uint8_t flag) const { return (flags & flag) != 0; }
};

// How a frame travels on a wire.
struct Link {
  MacAddress to, from;
  uint16_t vlan = 0;  // 0: no tag
};

// Of an Ethernet frame, with up to two tags. Nothing if it is no TCP, a fragment, has IPv6
// extension headers, or is cut off.
std::optional<TcpSegment> readSegment(std::span<const uint8_t> frame);

// `length` is not sent: no data, and one for SYN or FIN is in the flags.
std::vector<uint8_t> writeSegment(const TcpSegment& segment, const Link& link);

// What tells the sender of a segment that there is no such connection. Nothing for a reset.
std::optional<TcpSegment> resetFor(const TcpSegment& segment);

// What tells `server` that the sender of a segment gives up.
TcpSegment resetOnwards(const TcpSegment& segment, const Endpoint& server);

// An acknowledgement of nothing, far from where the connection is: the host that has it answers
// with one that says where that is.
TcpSegment question(const Endpoint& from, const Endpoint& to);

}  // namespace sluice
