// SPDX-License-Identifier: Apache-2.0
// Addresses as values: IPv4 and IPv6 addresses, prefixes, address:port pairs, MAC addresses.
//
// Bytes are kept in memory order, as on the wire and in the data plane's tables: an IPv4 address
// fills the first four of 16 bytes, the rest is 0. Ports are numbers (host order); portToWire()
// gives the memory-order 16 bits of the tables. Every parse() takes the whole text and returns
// nothing if it is not exactly one value; it never throws. toString() gives the canonical text (RFC
// 5952 for IPv6), which parse() takes back.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct IpAddress {
  bool v6 = false;
  std::array<uint8_t, 16> bytes{};

  static std::optional<IpAddress> parse(std::string_view text);
  std::string toString() const;

  unsigned bits() const { return v6 ? 128 : 32; }
  bool unspecified() const { return bytes == std::array<uint8_t, 16>{}; }
  bool multicast() const { return v6 ? bytes[0] == 0xff : (bytes[0] & 0xf0) == 0xe0; }
  bool loopback() const;
  // The 32 bits from byte 4 * `index`, first byte lowest: a word of the data plane's tables and
  // hash.
  uint32_t word(unsigned index) const;
  // All bits from `length` on cleared. length <= bits().
  IpAddress masked(unsigned length) const;

  auto operator<=>(const IpAddress&) const = default;
};

// ADDRESS/LENGTH. Host bits may be set (an interface's address); network() clears them.
struct IpPrefix {
  IpAddress address;
  uint8_t length = 0;

  static std::optional<IpPrefix> parse(std::string_view text);
  std::string toString() const;

  bool contains(const IpAddress& other) const;
  IpPrefix network() const { return {address.masked(length), length}; }

  auto operator<=>(const IpPrefix&) const = default;
};

// 192.0.2.1:80, [2001:db8::1]:80, 192.0.2.1:any. Port 0 is "any".
struct Endpoint {
  IpAddress address;
  uint16_t port = 0;

  static std::optional<Endpoint> parse(std::string_view text);
  std::string toString() const;

  auto operator<=>(const Endpoint&) const = default;
};

// 02:00:5e:00:53:01; also accepted with '-' or as 0200.5e00.5301.
struct MacAddress {
  std::array<uint8_t, 6> bytes{};

  static std::optional<MacAddress> parse(std::string_view text);
  std::string toString() const;
  bool group() const { return (bytes[0] & 1) != 0; }

  auto operator<=>(const MacAddress&) const = default;
};

// 1..65535, or "any" as 0.
std::optional<uint16_t> parsePort(std::string_view text);

// The 16 bits of a port in memory order: first byte on the wire in bits 7..0.
constexpr uint16_t portToWire(uint16_t port) {
  return static_cast<uint16_t>((port >> 8) | (port << 8));
}

}  // namespace sluice
