// SPDX-License-Identifier: Apache-2.0
// Paths as rules see them: what two spellings of one path have in common.
#pragma once

#include <string>
#include <string_view>

namespace sluice::proxy {

// Percent-encoded characters decoded and repeated slashes made one, so that a rule about /admin is
// not passed by as /%61dmin or //admin. Encoded slashes, percent signs and control characters stay
// encoded, in upper case. `path` has passed checkPath().
std::string normalizedPath(std::string_view path);

// A value of a query or form: percent-encoding and '+' decoded.
std::string decodedValue(std::string_view text);

// Every character that may not stand in a request target or Location percent-encoded; what is
// encoded stays so. `in_path`: '?' and '#' are encoded, too.
std::string encoded(std::string_view text, bool in_path);

}  // namespace sluice::proxy
