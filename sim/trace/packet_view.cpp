// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/packet_view.h"

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

constexpr uint16_t kEtherTypeIpv4 = 0x0800;
constexpr uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr uint16_t kEtherTypeVlan = 0x8100;
constexpr uint16_t kEtherTypeQinQ = 0x88a8;

uint16_t big16(std::span<const uint8_t> bytes, size_t at) {
  return uint16_t(bytes[at] << 8 | bytes[at + 1]);
}

void putBig16(std::span<uint8_t> bytes, size_t at, uint16_t value) {
  bytes[at] = uint8_t(value >> 8);
  bytes[at + 1] = uint8_t(value);
}

uint64_t fold(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

void decodeTransport(std::span<const uint8_t> frame, PacketView& view) {
  const size_t at = view.l4_offset;
  const size_t length = view.l3_end - at;
  size_t header = 0;
  if (view.fragment) {
    header = 0;
  } else if (view.tuple.protocol == kProtocolTcp && length >= 20) {
    view.has_ports = true;
    view.tcp_flags = frame[at + 13];
    header = std::clamp<size_t>(size_t(frame[at + 12] >> 4) * 4, 20, length);
  } else if (view.tuple.protocol == kProtocolUdp && length >= 8) {
    view.has_ports = true;
    header = 8;
  }
  if (view.has_ports) {
    view.tuple.source_port = big16(frame, at);
    view.tuple.destination_port = big16(frame, at + 2);
  }
  view.payload_offset = static_cast<uint16_t>(at + header);
  view.payload_length = static_cast<uint16_t>(length - header);
}

bool decodeIpv4(std::span<const uint8_t> frame, PacketView& view) {
  const size_t at = view.l3_offset;
  if (frame.size() < at + 20) return false;
  const size_t header = size_t(frame[at] & 15) * 4;
  const size_t total = big16(frame, at + 2);
  if (header < 20 || total < header || at + header > frame.size()) return false;
  view.l3_end = static_cast<uint16_t>(std::min(at + total, frame.size()));
  view.l4_offset = static_cast<uint16_t>(at + header);
  view.fragment = (big16(frame, at + 6) & 0x3fff) != 0;
  view.tuple.protocol = frame[at + 9];
  std::memcpy(view.tuple.source.data(), &frame[at + 12], 4);
  std::memcpy(view.tuple.destination.data(), &frame[at + 16], 4);
  return true;
}

bool decodeIpv6(std::span<const uint8_t> frame, PacketView& view) {
  const size_t at = view.l3_offset;
  if (frame.size() < at + 40) return false;
  const size_t end = std::min(at + 40 + big16(frame, at + 4), frame.size());
  size_t next = at + 40;
  uint8_t protocol = frame[at + 6];
  for (int extensions = 0; extensions < 8; ++extensions) {
    if (protocol != 0 && protocol != 43 && protocol != 44 && protocol != 60) break;
    if (next + 8 > end) break;
    const bool is_fragment = protocol == 44;
    if (is_fragment && (big16(frame, next + 2) & 0xfff9) != 0) view.fragment = true;
    const size_t length = is_fragment ? 8 : 8 + size_t(frame[next + 1]) * 8;
    if (next + length > end) break;
    protocol = frame[next];
    next += length;
  }
  view.l3_end = static_cast<uint16_t>(end);
  view.l4_offset = static_cast<uint16_t>(next);
  view.tuple.protocol = protocol;
  view.tuple.v6 = true;
  std::memcpy(view.tuple.source.data(), &frame[at + 8], 16);
  std::memcpy(view.tuple.destination.data(), &frame[at + 24], 16);
  return true;
}

// Where the checksum of the header above IP stands, or 0 if there is none that we know.
size_t checksumOffset(const PacketView& view) {
  const size_t length = view.l3_end - view.l4_offset;
  if (view.fragment) return 0;
  switch (view.tuple.protocol) {
    case kProtocolTcp:
      return length >= 20 ? view.l4_offset + 16u : 0;
    case kProtocolUdp:
      return length >= 8 ? view.l4_offset + 6u : 0;
    case kProtocolIcmp:
      return length >= 8 && !view.tuple.v6 ? view.l4_offset + 2u : 0;
    case kProtocolIcmp6:
      return length >= 8 && view.tuple.v6 ? view.l4_offset + 2u : 0;
    default:
      return 0;
  }
}

// Sum over the pseudo header and everything above IP, with whatever the checksum field holds.
uint16_t transportSum(std::span<const uint8_t> frame, const PacketView& view) {
  uint32_t sum = 0;
  const size_t length = view.l3_end - view.l4_offset;
  if (view.tuple.v6 || view.tuple.protocol != kProtocolIcmp) {
    const size_t address_bytes = view.tuple.v6 ? 16 : 4;
    sum = internetSum({view.tuple.source.data(), address_bytes});
    sum = internetSum({view.tuple.destination.data(), address_bytes}, sum);
    sum += static_cast<uint32_t>(length) + view.tuple.protocol;
  }
  return internetSum(frame.subspan(view.l4_offset, length), sum);
}

}  // namespace

std::string PacketEndpoint::text() const { return Endpoint{address, port}.toString(); }

PacketTuple PacketTuple::reversed() const {
  PacketTuple result = *this;
  std::swap(result.source, result.destination);
  std::swap(result.source_port, result.destination_port);
  return result;
}

uint64_t PacketTuple::hash() const {
  uint64_t word[5];
  std::memcpy(word, this, sizeof word);
  const uint64_t first = fold(word[0] ^ 0x9e3779b97f4a7c15, word[1] ^ 0xd1b54a32d192ed03);
  const uint64_t second = fold(word[2] ^ 0x8cb92ba72f3d8dd7, word[3] ^ 0xabc98388fb8fac03);
  return fold(first ^ word[4] ^ 0x589965cc75374cc3, second ^ 0x1d8e4e27c47d124f);
}

std::string PacketTuple::text() const {
  return sourceEndpoint().text() + " > " + destinationEndpoint().text() + " " +
         std::string(protocolName(protocol));
}

bool decodeIp(std::span<const uint8_t> frame, size_t offset, PacketView& view) {
  const uint8_t tags = view.vlan_tags;
  view = PacketView();
  view.vlan_tags = tags;
  if (offset >= frame.size() || frame.size() > UINT16_MAX) return false;
  view.l3_offset = static_cast<uint16_t>(offset);
  const int version = frame[offset] >> 4;
  if (version != 4 && version != 6) return false;
  if (!(version == 4 ? decodeIpv4(frame, view) : decodeIpv6(frame, view))) return false;
  decodeTransport(frame, view);
  return true;
}

bool decodePacket(std::span<const uint8_t> frame, PacketView& view) {
  size_t at = 12;
  view.vlan_tags = 0;
  for (; view.vlan_tags < 3; ++view.vlan_tags) {
    if (frame.size() < at + 2) return false;
    const uint16_t type = big16(frame, at);
    if (type != kEtherTypeVlan && type != kEtherTypeQinQ) break;
    at += 4;
  }
  if (frame.size() < at + 3) return false;
  const uint16_t type = big16(frame, at);
  const int version = frame[at + 2] >> 4;
  if (!(type == kEtherTypeIpv4 && version == 4) && !(type == kEtherTypeIpv6 && version == 6))
    return false;
  return decodeIp(frame, at + 2, view);
}

bool checksumsValid(std::span<const uint8_t> frame, const PacketView& view) {
  if (!view.tuple.v6) {
    const size_t header = size_t(frame[view.l3_offset] & 15) * 4;
    if (internetSum(frame.subspan(view.l3_offset, header)) != 0xffff) return false;
  }
  const size_t at = checksumOffset(view);
  if (at == 0) return true;
  if (view.tuple.protocol == kProtocolUdp && big16(frame, at) == 0) return !view.tuple.v6;
  return transportSum(frame, view) == 0xffff;
}

void fixChecksums(std::span<uint8_t> frame, const PacketView& view) {
  if (!view.tuple.v6) {
    const size_t header = size_t(frame[view.l3_offset] & 15) * 4;
    putBig16(frame, view.l3_offset + 10u, 0);
    putBig16(frame, view.l3_offset + 10u,
             uint16_t(~internetSum(frame.subspan(view.l3_offset, header))));
  }
  const size_t at = checksumOffset(view);
  if (at == 0) return;
  putBig16(frame, at, 0);
  auto sum = static_cast<uint16_t>(~transportSum(frame, view));
  if (sum == 0 && view.tuple.protocol == kProtocolUdp) sum = 0xffff;
  putBig16(frame, at, sum);
}

void setSource(std::span<uint8_t> frame, const PacketView& view, const PacketEndpoint& endpoint) {
  const size_t at = view.l3_offset + (view.tuple.v6 ? 8u : 12u);
  std::memcpy(&frame[at], endpoint.address.bytes.data(), view.tuple.v6 ? 16 : 4);
  if (view.has_ports) putBig16(frame, view.l4_offset, endpoint.port);
}

void setDestination(std::span<uint8_t> frame, const PacketView& view,
                    const PacketEndpoint& endpoint) {
  const size_t at = view.l3_offset + (view.tuple.v6 ? 24u : 16u);
  std::memcpy(&frame[at], endpoint.address.bytes.data(), view.tuple.v6 ? 16 : 4);
  if (view.has_ports) putBig16(frame, view.l4_offset + 2u, endpoint.port);
}

std::string_view protocolName(uint8_t protocol) {
  switch (protocol) {
    case kProtocolTcp:
      return "tcp";
    case kProtocolUdp:
      return "udp";
    case kProtocolIcmp:
      return "icmp";
    case kProtocolIcmp6:
      return "icmp6";
    default:
      return "ip";
  }
}

}  // namespace sluice
