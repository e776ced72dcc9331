// SPDX-License-Identifier: Apache-2.0
// Builds Ethernet frames with TCP or UDP, checksums right, for the generator and for tests.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/trace/packet_view.h"

namespace sluice {

struct PacketPlan {
  PacketTuple
      tuple;  // protocol decides: TCP or UDP; anything else gets its payload straight after IP
  std::array<uint8_t, 6> destination_mac{0x02, 0, 0, 0, 0, 0x01};
  std::array<uint8_t, 6> source_mac{0x02, 0, 0, 0, 0, 0x02};
  uint16_t vlan = 0;  // 0: untagged
  uint8_t tcp_flags = kTcpAck;
  uint32_t tcp_sequence = 0;
  uint32_t tcp_acknowledge = 0;
  uint8_t ttl = 64;
  uint16_t ip_id = 0;
  size_t payload_length = 0;  // filled with a pattern that depends on the sequence number
  size_t frame_length =
      0;  // instead of payload_length: whole frame without FCS; raised to the headers' size
};

// Replaces `frame`. Frames are padded with zeros to 60 bytes (64 with FCS).
void buildPacket(const PacketPlan& plan, std::vector<uint8_t>& frame);

// Bytes of headers up to and including TCP or UDP.
size_t headerLength(const PacketPlan& plan);

// For tests and fixed configurations; the texts must be valid.
PacketTuple makeTuple(std::string_view source, uint16_t source_port, std::string_view destination,
                      uint16_t destination_port, uint8_t protocol);

}  // namespace sluice
