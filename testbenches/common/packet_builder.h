// SPDX-License-Identifier: Apache-2.0
// Frames for tests, written as one expression:
//
//   tcp({"198.51.100.1", 40000}, {"203.0.113.1", 80}, kSyn).vlan(10).ttl(1).payload(20)
//
// Lengths and checksums are computed from the finished packet (never updated incrementally), so a
// packet that a data plane rewrote can be compared with one built from scratch. A wrong field is
// asked for by name. Families follow from the addresses: an address with a colon is IPv6.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::testing {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;

inline constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32;
inline constexpr uint8_t kProtoIcmp = 1, kProtoTcp = 6, kProtoUdp = 17, kProtoGre = 47,
                         kProtoIcmpV6 = 58, kProtoNone = 59;
inline constexpr uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kDestinationOptions = 60;

// An IP address; bytes as they stand in a packet, IPv4 in the first four.
struct Ip {
  bool v6 = false;
  std::array<uint8_t, 16> bytes{};

  Ip() = default;
  Ip(const char* text);  // must be valid
  size_t size() const { return v6 ? 16 : 4; }
  std::string text() const;
  bool operator==(const Ip&) const = default;
};

// An address and a port (a number, not memory order).
struct End {
  Ip address;
  uint16_t port = 0;
  bool operator==(const End&) const = default;
};

// One hop on Ethernet: what an appliance puts in front of the packets it sends to a neighbour.
struct Link {
  Mac destination{};
  Mac source{};
  std::optional<uint16_t> vlan;
};

// 16 bits of a number as they stand in a packet, read as a little-endian word.
constexpr uint16_t memoryOrder(uint16_t number) {
  return static_cast<uint16_t>(number << 8 | number >> 8);
}

class Packet {
 public:
  // Layer 2. Without any call: an arbitrary unicast hop, no tag.
  Packet& mac(const Mac& destination, const Mac& source = {0x02, 0, 0, 0, 0xee, 1});
  Packet& vlan(uint16_t id, uint16_t tpid = 0x8100);  // outermost first
  Packet& ethertype(uint16_t type);
  // This packet one hop on: the link's header and no other tag, TTL or hop limit one less.
  Packet hop(const Link& link) const;

  // IP.
  Packet& ip(const Ip& source, const Ip& destination, uint8_t protocol);
  Packet& ttl(uint8_t value);
  Packet& tos(uint8_t value);
  Packet& flowLabel(uint32_t value);
  Packet& identification(uint16_t value, bool dont_fragment = false);
  Packet& fragment(uint16_t offset8, bool more);        // IPv4, or the fragment header of IPv6
  Packet& options(size_t words);                        // IPv4: NOPs
  Packet& extension(uint8_t type, size_t length8 = 1);  // IPv6, in order; length in 8 bytes
  Packet& source(const End& end);
  Packet& destination(const End& end);

  // Layer 4.
  Packet& ports(uint16_t source, uint16_t destination);
  Packet& flags(uint8_t tcp_flags);
  Packet& icmpType(uint8_t type, uint8_t code = 0);
  Packet& payload(size_t length, uint8_t first = 0);  // first, first + 1, ...
  Packet& payload(Bytes bytes);
  Packet& noUdpChecksum();

  // In front of it all: an IP header, and for GUE a UDP header and GUE's own. `entropy`: flow label
  // of an IPv6 header, low 14 bits of GUE's source port.
  Packet& ipip(const Ip& source, const Ip& destination, uint16_t entropy);
  Packet& gue(int variant, const Ip& source, const Ip& destination, uint16_t entropy);

  // Damage.
  Packet& version(uint8_t value);
  Packet& headerWords(uint8_t ihl);
  Packet& totalLength(uint16_t value);  // IPv6: the payload length
  Packet& ipChecksum(uint16_t value);
  Packet& l4Checksum(uint16_t value);  // as a number
  Packet& dataOffset(uint8_t words);
  Packet& udpLength(uint16_t value);
  Packet& cut(size_t frame_length);
  Packet& pad(size_t frame_length, uint8_t with = 0);
  Packet& patch(size_t at, Bytes bytes);  // last of all

  bool v6() const { return source_.address.v6; }
  const End& source() const { return source_; }
  const End& destination() const { return destination_; }
  uint8_t protocol() const { return protocol_; }
  const Bytes& payloadBytes() const { return payload_; }

  Bytes build() const;
  Bytes l3() const;             // the same from the (outermost) IP header on
  uint16_t l4Checksum() const;  // what build() puts there

 private:
  struct Outer {
    Ip source, destination;
    std::optional<int> gue;
    uint16_t entropy = 0;
  };

  Bytes layer4() const;
  Bytes ipv4(const Bytes& above) const;
  Bytes ipv6(const Bytes& above) const;
  Bytes inOuter(const Bytes& inner) const;
  void layer4Checksum(Bytes& segment) const;

  Mac destination_mac_{0x02, 0, 0, 0, 0xee, 2};
  Mac source_mac_{0x02, 0, 0, 0, 0xee, 1};
  std::vector<std::pair<uint16_t, uint16_t>> tags_;  // TPID, id
  std::optional<uint16_t> ethertype_;
  bool has_ip_ = false;
  End source_, destination_;
  uint8_t protocol_ = kProtoNone;
  uint8_t ttl_ = 64, tos_ = 0;
  uint32_t flow_label_ = 0;
  uint16_t identification_ = 0x1234;
  bool dont_fragment_ = false;
  std::optional<uint16_t> fragment_;  // offset << 3 | more
  size_t option_words_ = 0;
  std::vector<std::pair<uint8_t, size_t>> extensions_;
  uint8_t tcp_flags_ = kAck;
  uint8_t icmp_type_ = 8, icmp_code_ = 0;
  Bytes payload_{'s', 'l', 'u', 'i', 'c', 'e'};
  bool udp_checksum_ = true;
  std::optional<Outer> outer_;
  std::optional<uint8_t> version_, header_words_, data_offset_;
  std::optional<uint16_t> total_length_, ip_checksum_, l4_checksum_, udp_length_;
  std::optional<size_t> cut_, pad_;
  uint8_t pad_with_ = 0;
  std::vector<std::pair<size_t, Bytes>> patches_;
};

Packet tcp(const End& source, const End& destination, uint8_t flags = kAck);
Packet udp(const End& source, const End& destination);
Packet echo(const Ip& source, const Ip& destination, bool request = true);
Packet icmp(const Ip& source, const Ip& destination, uint8_t type, uint8_t code = 0);
// An ICMP error about `inner`, of which the first `inner_bytes` (from its IP header) are quoted.
Packet icmpError(const Ip& source, const Ip& destination, uint8_t type, const Packet& inner,
                 size_t inner_bytes = 1000, uint8_t code = 0);
// Any other protocol.
Packet other(const Ip& source, const Ip& destination, uint8_t protocol);
Packet arp();
// A frame of these bytes after the Ethernet addresses.
Packet ethernet(uint16_t type, size_t length);

// The one's complement sum of 16-bit numbers, folded, not inverted.
uint16_t onesSum(const uint8_t* bytes, size_t length, uint32_t start = 0);

}  // namespace sluice::testing
