// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/link_layer.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr uint16_t kEtherTypeIpv4 = 0x0800;
constexpr uint16_t kEtherTypeIpv6 = 0x86dd;

struct NamedLink {
  uint16_t type;
  bool supported;
  const char* name;
};

// Raw IP has three numbers: 101 in files, 12 and 14 from systems that wrote their DLT value.
constexpr NamedLink kLinks[] = {
    {0, true, "BSD loopback"},
    {1, true, "Ethernet"},
    {8, false, "SLIP"},
    {9, false, "PPP"},
    {12, true, "raw IP"},
    {14, true, "raw IP"},
    {101, true, "raw IP"},
    {105, false, "IEEE 802.11"},
    {108, true, "OpenBSD loopback"},
    {113, true, "Linux cooked"},
    {127, false, "IEEE 802.11 radiotap"},
    {147, false, "user 0"},
    {189, false, "USB"},
    {195, false, "IEEE 802.15.4"},
    {201, false, "Bluetooth"},
    {220, false, "USB"},
    {227, false, "SocketCAN"},
    {228, true, "IPv4"},
    {229, true, "IPv6"},
    {239, false, "netfilter log"},
    {249, false, "USBPcap"},
    {253, false, "netlink"},
    {276, true, "Linux cooked v2"},
};

const NamedLink* findLink(uint16_t link_type) {
  const auto* found = std::find_if(std::begin(kLinks), std::end(kLinks),
                                   [&](const NamedLink& link) { return link.type == link_type; });
  return found == std::end(kLinks) ? nullptr : found;
}

LinkConversion conversion(size_t strip, uint16_t ether_type) {
  LinkConversion result;
  result.strip = strip;
  result.header = {0x02,
                   0,
                   0,
                   0,
                   0,
                   0x01,
                   0x02,
                   0,
                   0,
                   0,
                   0,
                   0x02,
                   uint8_t(ether_type >> 8),
                   uint8_t(ether_type)};
  return result;
}

uint16_t big16(std::span<const uint8_t> bytes, size_t at) {
  return uint16_t(bytes[at] << 8 | bytes[at + 1]);
}

uint16_t etherTypeOfIp(std::span<const uint8_t> packet) {
  return !packet.empty() && packet[0] >> 4 == 6 ? kEtherTypeIpv6 : kEtherTypeIpv4;
}

// Address family of the BSD loopback header: 2 is IPv4 everywhere, IPv6 is 24, 28 or 30 on BSDs and
// 10 on Linux. The header is in the byte order of the machine that captured, which need not be the
// file's.
uint16_t etherTypeOfFamily(std::span<const uint8_t> packet) {
  const uint8_t family = std::max(packet[0], packet[3]);
  return family == 24 || family == 28 || family == 30 || family == 10 ? kEtherTypeIpv6
                                                                      : kEtherTypeIpv4;
}

LinkConversion cooked(std::span<const uint8_t> packet, size_t strip, size_t protocol_at,
                      size_t address_length_at, size_t address_length_bytes, size_t address_at) {
  LinkConversion result = conversion(strip, big16(packet, protocol_at));
  const size_t length =
      address_length_bytes == 2 ? big16(packet, address_length_at) : packet[address_length_at];
  if (length == 6)
    std::copy_n(packet.begin() + static_cast<ptrdiff_t>(address_at), 6, result.header.begin() + 6);
  return result;
}

}  // namespace

bool linkTypeSupported(uint16_t link_type) {
  const NamedLink* link = findLink(link_type);
  return link != nullptr && link->supported;
}

std::string linkTypeName(uint16_t link_type) {
  const NamedLink* link = findLink(link_type);
  std::string name = std::to_string(link_type);
  if (link != nullptr) name += std::string(" (") + link->name + ")";
  return name;
}

std::optional<LinkConversion> convertToEthernet(uint16_t link_type,
                                                std::span<const uint8_t> packet) {
  switch (link_type) {
    case kLinkNull:
    case kLinkLoop:
      if (packet.size() < 4) return std::nullopt;
      return conversion(4, etherTypeOfFamily(packet));
    case kLinkLinuxSll:
      if (packet.size() < 16) return std::nullopt;
      return cooked(packet, 16, 14, 4, 2, 6);
    case kLinkLinuxSll2:
      if (packet.size() < 20) return std::nullopt;
      return cooked(packet, 20, 0, 11, 1, 12);
    case kLinkIpv4:
      return conversion(0, kEtherTypeIpv4);
    case kLinkIpv6:
      return conversion(0, kEtherTypeIpv6);
    default:
      return conversion(0, etherTypeOfIp(packet));
  }
}

}  // namespace sluice
