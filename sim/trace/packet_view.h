// SPDX-License-Identifier: Apache-2.0
// A small tolerant look at a frame's headers, for the trace tools: generators, endpoint models,
// reports.
//
// Not the data plane's parser: it makes no decisions about what is allowed, and reads what it can.
// Ports and lengths are numbers; addresses are bytes as on the wire, IPv4 in the first four.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "firmware/base/internet_sum.h"
#include "firmware/base/ip_address.h"

namespace sluice {

inline constexpr uint8_t kProtocolIcmp = 1;
inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;
inline constexpr uint8_t kProtocolIcmp6 = 58;

inline constexpr uint8_t kTcpFin = 0x01;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpRst = 0x04;
inline constexpr uint8_t kTcpPsh = 0x08;
inline constexpr uint8_t kTcpAck = 0x10;

struct PacketEndpoint {
  IpAddress address;
  uint16_t port = 0;
  uint8_t protocol = 0;

  // "192.0.2.1:80" or "[2001:db8::1]:80".
  std::string text() const;
  auto operator<=>(const PacketEndpoint&) const = default;
};

// Addresses and ports of a packet. Without padding, so that it can be hashed and compared as five
// words.
struct PacketTuple {
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> destination{};
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint8_t protocol = 0;
  bool v6 = false;
  uint16_t reserved = 0;

  PacketTuple reversed() const;
  PacketEndpoint sourceEndpoint() const { return {{v6, source}, source_port, protocol}; }
  PacketEndpoint destinationEndpoint() const {
    return {{v6, destination}, destination_port, protocol};
  }
  // 64 well-mixed bits: two of 10 million different tuples are equal with probability 3e-6.
  uint64_t hash() const;
  // "198.51.100.7:40000 > 203.0.113.10:80 tcp"
  std::string text() const;
  bool operator==(const PacketTuple&) const = default;
};
static_assert(sizeof(PacketTuple) == 40);

struct PacketView {
  PacketTuple tuple;
  uint16_t l3_offset = 0;       // of the IP header
  uint16_t l4_offset = 0;       // of the header above IP (extension headers skipped)
  uint16_t l3_end = 0;          // end of the IP packet; the frame may be longer (padding)
  uint16_t payload_offset = 0;  // TCP, UDP: of the payload; others: l4_offset
  uint16_t payload_length = 0;
  uint8_t tcp_flags = 0;
  uint8_t vlan_tags = 0;
  bool fragment = false;   // not the whole packet; ports are 0
  bool has_ports = false;  // TCP or UDP with a whole header
  bool is_tcp() const { return has_ports && tuple.protocol == kProtocolTcp; }
};

// Reads the headers of an Ethernet frame. False: no readable IPv4 or IPv6 header in it; `view` is
// then unspecified.
bool decodePacket(std::span<const uint8_t> frame, PacketView& view);

// Just the headers inside a tunnel or anything else that starts with IP at `offset`.
bool decodeIp(std::span<const uint8_t> frame, size_t offset, PacketView& view);

// Whether the IPv4 header checksum and the TCP, UDP or ICMP checksum are right. A UDP checksum of 0
// over IPv4 is right. The frame must contain view.l3_end bytes. Fragments: only the header's
// counts.
bool checksumsValid(std::span<const uint8_t> frame, const PacketView& view);

// Writes them.
void fixChecksums(std::span<uint8_t> frame, const PacketView& view);

// Overwrites address and port of a packet of the same family; checksums are left wrong.
void setSource(std::span<uint8_t> frame, const PacketView& view, const PacketEndpoint& endpoint);
void setDestination(std::span<uint8_t> frame, const PacketView& view,
                    const PacketEndpoint& endpoint);

std::string_view protocolName(uint8_t protocol);  // "tcp", "udp", "icmp", "icmp6", else "ip"

}  // namespace sluice

template <>
struct std::hash<sluice::PacketTuple> {
  size_t operator()(const sluice::PacketTuple& tuple) const { return tuple.hash(); }
};

template <>
struct std::hash<sluice::PacketEndpoint> {
  size_t operator()(const sluice::PacketEndpoint& endpoint) const {
    sluice::PacketTuple tuple;
    tuple.source = endpoint.address.bytes;
    tuple.v6 = endpoint.address.v6;
    tuple.source_port = endpoint.port;
    tuple.protocol = endpoint.protocol;
    return tuple.hash();
  }
};
