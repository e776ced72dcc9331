// SPDX-License-Identifier: Apache-2.0
// The small parts of HTTP syntax (RFC 9110, RFC 3986), as strict as they are written there: tokens,
// header values, lists, hosts, paths. No function allocates; none throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "firmware/proxy/http_flaw.h"

namespace sluice::proxy {

bool isTokenChar(unsigned char c);
bool isToken(std::string_view text);  // not empty

// field-content: visible characters, blanks, tabs and bytes above 0x7f.
bool isHeaderValue(std::string_view text);

// ASCII only, as names of headers, hosts and codings are compared.
bool equalIgnoringCase(std::string_view a, std::string_view b);
char lowerCase(char c);

// Without blanks and tabs at both ends.
std::string_view trimBlanks(std::string_view text);

// Takes the next element of a comma-separated list off its front, trimmed; empty elements are
// passed over. Nothing: the list is at its end.
std::optional<std::string_view> nextListElement(std::string_view& list);

// Digits alone, in range.
std::optional<uint64_t> parseDecimal(std::string_view text);

// HOST or HOST:PORT; a host is letters, digits, '.', '-', '_' and '~', or an IPv6 address in
// brackets. No user information, no percent-encoding.
bool isHostAndPort(std::string_view text);

// "example.com" of "example.com:8443"; "[::1]" of "[::1]:80".
std::string_view hostWithoutPort(std::string_view host);

// The path (from '/') and, if there is one, the query of a request target. kTarget for characters
// that are none of a target (controls, blanks, non-ASCII, " < > \ #, in a path also ` { }),
// kTargetPath for what servers understand differently: dot segments (plain or encoded), %00, % not
// followed by two hexadecimal digits.
Flaw checkPath(std::string_view path);
Flaw checkQuery(std::string_view query);

}  // namespace sluice::proxy
