// SPDX-License-Identifier: Apache-2.0
// Fields of HTTP/2 (RFC 9113 section 8.2), to and from the lines that they are in HTTP/1.1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/proxy/http1_head.h"

namespace sluice::proxy {

inline constexpr size_t kHttp2FieldOverhead = 32;  // of each, in section 6.5.2

// In lower case; no pseudo-header.
bool isHttp2Name(std::string_view name);
bool isHttp2Value(std::string_view value);
// About one connection (section 8.2.2): it has no place in HTTP/2.
bool isOfConnection(std::string_view name);

void addLine(std::string& out, std::string_view name, std::string_view value);

// The fields of a head in HTTP/1.1 that follow its first line, as HTTP/2 has them: names in lower
// case. `text` is changed, and referred to.
void splitFields(std::string& text, std::vector<Header>& fields);

// A trailer as a line, checked as those of HTTP/1.1 are.
Flaw addTrailer(std::string_view name, std::string_view value, std::vector<std::string>& trailers);

}  // namespace sluice::proxy
