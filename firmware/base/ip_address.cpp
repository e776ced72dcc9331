// SPDX-License-Identifier: Apache-2.0
#include "firmware/base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>

namespace sluice {

namespace {

// A decimal number without sign or leading zeros, at most `max`.
std::optional<unsigned> parseDecimal(std::string_view text, unsigned max) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::optional<uint8_t> parseHexByte(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<uint8_t>(value);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > 45) return std::nullopt;
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  address.v6 = text.find(':') != std::string_view::npos;
  const int family = address.v6 ? AF_INET6 : AF_INET;
  if (inet_pton(family, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string IpAddress::toString() const {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof text);
  return text;
}

bool IpAddress::loopback() const {
  if (!v6) return bytes[0] == 127;
  IpAddress one{true, {}};
  one.bytes[15] = 1;
  return *this == one;
}

uint32_t IpAddress::word(unsigned index) const {
  const uint8_t* b = &bytes[size_t{4} * index];
  return uint32_t{b[0]} | uint32_t{b[1]} << 8 | uint32_t{b[2]} << 16 | uint32_t{b[3]} << 24;
}

IpAddress IpAddress::masked(unsigned length) const {
  IpAddress result = *this;
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned kept = std::clamp(static_cast<int>(length) - static_cast<int>(8 * i), 0, 8);
    result.bytes[i] &= static_cast<uint8_t>(0xff00u >> kept);
  }
  return result;
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto length = parseDecimal(text.substr(slash + 1), address->bits());
  if (!length) return std::nullopt;
  return IpPrefix{*address, static_cast<uint8_t>(*length)};
}

std::string IpPrefix::toString() const { return address.toString() + "/" + std::to_string(length); }

bool IpPrefix::contains(const IpAddress& other) const {
  return other.v6 == address.v6 && other.masked(length) == address.masked(length);
}

std::optional<uint16_t> parsePort(std::string_view text) {
  if (text == "any") return uint16_t{0};
  const auto port = parseDecimal(text, 65535);
  if (!port || *port == 0) return std::nullopt;
  return static_cast<uint16_t>(*port);
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  const auto port = parsePort(text.substr(colon + 1));
  if (!address || !port || address->v6 != bracketed) return std::nullopt;
  return Endpoint{*address, *port};
}

std::string Endpoint::toString() const {
  const std::string host = address.toString();
  return (address.v6 ? "[" + host + "]" : host) + ":" + (port == 0 ? "any" : std::to_string(port));
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  std::string digits;
  if (text.size() == 17) {
    for (size_t i = 0; i < text.size(); ++i) {
      if (i % 3 != 2) {
        digits += text[i];
      } else if (text[i] != text[2] || (text[i] != ':' && text[i] != '-')) {
        return std::nullopt;
      }
    }
  } else if (text.size() == 14 && text[4] == '.' && text[9] == '.') {
    digits.append(text.substr(0, 4)).append(text.substr(5, 4)).append(text.substr(10));
  } else {
    return std::nullopt;
  }
  if (!std::all_of(digits.begin(), digits.end(),
                   [](unsigned char c) { return std::isxdigit(c); })) {
    return std::nullopt;
  }
  MacAddress mac;
  for (size_t i = 0; i < 6; ++i) {
    mac.bytes[i] = *parseHexByte(std::string_view(digits).substr(2 * i, 2));
  }
  return mac;
}

std::string MacAddress::toString() const {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2],
                bytes[3], bytes[4], bytes[5]);
  return text;
}

}  // namespace sluice
