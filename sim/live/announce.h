// SPDX-License-Identifier: Apache-2.0
// Frames that tell a network where an address is now: gratuitous ARP (RFC 5227, section 3) and
// unsolicited neighbor advertisements (RFC 4861, section 7.2.6).
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/base/ip_address.h"

namespace sluice {

// Without FCS, padded to 60 bytes, untagged.
std::vector<uint8_t> announcement(const IpAddress& address, const MacAddress& mac);

}  // namespace sluice
