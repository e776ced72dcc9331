// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_field.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "firmware/proxy/http1_body.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

constexpr std::array kConnectionHeaders = std::to_array<std::string_view>(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"});

}  // namespace

bool isHttp2Name(std::string_view name) {
  return isToken(name) &&
         std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool isHttp2Value(std::string_view value) {
  return isHeaderValue(value) && trimBlanks(value) == value;
}

bool isOfConnection(std::string_view name) {
  return std::find(kConnectionHeaders.begin(), kConnectionHeaders.end(), name) !=
         kConnectionHeaders.end();
}

void addLine(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void splitFields(std::string& text, std::vector<Header>& fields) {
  fields.clear();
  size_t at = text.find("\r\n") + 2;
  for (;;) {
    const size_t end = text.find("\r\n", at);
    if (end == at || end == std::string::npos) return;
    const size_t colon = text.find(':', at);
    std::transform(text.begin() + at, text.begin() + colon, text.begin() + at, lowerCase);
    const std::string_view line(text.data() + at, end - at);
    fields.push_back({line.substr(0, colon - at), trimBlanks(line.substr(colon - at + 1))});
    at = end + 2;
  }
}

Flaw addTrailer(std::string_view name, std::string_view value, std::vector<std::string>& trailers) {
  if (!isHttp2Name(name) || !isHttp2Value(value)) return Flaw::kTrailer;
  const size_t before =
      std::accumulate(trailers.begin(), trailers.end(), size_t{0},
                      [](size_t sum, const std::string& line) { return sum + line.size(); });
  if (before + name.size() + value.size() + 2 > BodyDecoder::kMostTrailerBytes ||
      trailers.size() == BodyDecoder::kMostTrailers || !isAllowedTrailer(name)) {
    return Flaw::kTrailer;
  }
  trailers.push_back(std::string(name) + ": " + std::string(value));
  return Flaw::kNone;
}

}  // namespace sluice::proxy
