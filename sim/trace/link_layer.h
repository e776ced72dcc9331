// SPDX-License-Identifier: Apache-2.0
// Link types of capture files, and how their packets become Ethernet frames.
//
// Numbers are those of https://www.tcpdump.org/linktypes.html. Packets of link types without
// Ethernet header get a synthetic one: destination 02:00:00:00:00:01, source 02:00:00:00:00:02 (or
// the sender's address if the link layer tells it), EtherType from the link layer or the IP
// version.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace sluice {

inline constexpr uint16_t kLinkNull = 0;
inline constexpr uint16_t kLinkEthernet = 1;
inline constexpr uint16_t kLinkLoop = 108;
inline constexpr uint16_t kLinkLinuxSll = 113;
inline constexpr uint16_t kLinkIpv4 = 228;
inline constexpr uint16_t kLinkIpv6 = 229;
inline constexpr uint16_t kLinkLinuxSll2 = 276;

inline constexpr size_t kEthernetHeader = 14;

// How to turn one packet into a frame: drop `strip` bytes from its start and put `header` before
// the rest.
struct LinkConversion {
  size_t strip = 0;
  std::array<uint8_t, kEthernetHeader> header{};
};

bool linkTypeSupported(uint16_t link_type);

// For messages: "105 (IEEE 802.11)", or the bare number if it is not one that people meet.
std::string linkTypeName(uint16_t link_type);

// Not for Ethernet. nullopt: the packet is shorter than its link layer header.
std::optional<LinkConversion> convertToEthernet(uint16_t link_type,
                                                std::span<const uint8_t> packet);

}  // namespace sluice
