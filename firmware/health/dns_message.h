// SPDX-License-Identifier: Apache-2.0
// The little of DNS messages (RFC 1035) that a probe needs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"

namespace sluice {

// Asks for "NAME" (type A) or "NAME TYPE", TYPE being A, AAAA, CNAME, MX, NS, SOA, SRV or TXT.
// kInvalidInput: it is not that.
Result<std::vector<uint8_t>> dnsQuery(std::string_view request, uint16_t id);

struct DnsAnswer {
  uint32_t code = 0;     // RCODE
  uint32_t records = 0;  // in the answer section
  std::string text;      // their addresses (A, AAAA) and texts (TXT), a line each
};

// Nothing if the message is no answer with this id, or damaged.
std::optional<DnsAnswer> readDnsAnswer(std::span<const uint8_t> message, uint16_t id);

}  // namespace sluice
