// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http_grammar.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "firmware/base/ip_address.h"

namespace sluice::proxy {
namespace {

constexpr bool isAlnum(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr std::array<bool, 256> makeTable(std::string_view others) {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = isAlnum(static_cast<unsigned char>(c));
  for (const char c : others) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr auto kTokenChars = makeTable("!#$%&'*+-.^_`|~");
constexpr auto kHostChars = makeTable(".-_~");
// Beside what RFC 3986 allows, what browsers send unencoded.
constexpr auto kPathChars = makeTable("/-._~!$&'()*+,;=:@%[]|^");
constexpr auto kQueryChars = makeTable("/-._~!$&'()*+,;=:@%[]|^?{}`");

bool all(std::string_view text, const std::array<bool, 256>& table) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = lowerCase(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "." or "..", with any of the dots percent-encoded.
bool isDotSegment(std::string_view segment) {
  size_t dots = 0;
  while (!segment.empty()) {
    if (segment[0] == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && equalIgnoringCase(segment.substr(0, 3), "%2e")) {
      segment.remove_prefix(3);
    } else {
      return false;
    }
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool wellEncoded(std::string_view text) {
  for (size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (text.size() - at < 3) return false;
    const int high = hexDigit(text[at + 1]), low = hexDigit(text[at + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
  }
  return true;
}

}  // namespace

bool isTokenChar(unsigned char c) { return kTokenChars[c]; }

bool isToken(std::string_view text) { return !text.empty() && all(text, kTokenChars); }

bool isHeaderValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

char lowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equalIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return lowerCase(x) == lowerCase(y);
         });
}

std::string_view trimBlanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::string_view> nextListElement(std::string_view& list) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view element = trimBlanks(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

std::optional<uint64_t> parseDecimal(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view hostWithoutPort(std::string_view host) {
  const size_t from = host.starts_with('[') ? host.find(']') : 0;
  if (from == std::string_view::npos) return host;
  return host.substr(0, host.find(':', from));
}

bool isHostAndPort(std::string_view text) {
  const std::string_view host = hostWithoutPort(text);
  const std::string_view rest = text.substr(host.size());
  if (!rest.empty()) {
    const auto port = parseDecimal(rest.substr(1));
    if (!port || *port > 65'535) return false;
  }
  if (!host.starts_with('[')) return !host.empty() && all(host, kHostChars);
  if (!host.ends_with(']')) return false;
  const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
  return address && address->v6;
}

Flaw checkPath(std::string_view path) {
  if (!path.starts_with('/') || !all(path, kPathChars)) return Flaw::kTarget;
  if (!wellEncoded(path)) return Flaw::kTargetPath;
  while (!path.empty()) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    // Some servers cut parameters (";...") off a segment before they look at it.
    if (isDotSegment(path.substr(0, std::min(path.find(';'), end)))) return Flaw::kTargetPath;
    path.remove_prefix(end);
  }
  return Flaw::kNone;
}

Flaw checkQuery(std::string_view query) {
  return all(query, kQueryChars) ? Flaw::kNone : Flaw::kTarget;
}

}  // namespace sluice::proxy
