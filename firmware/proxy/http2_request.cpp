// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_request.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "firmware/proxy/http1_body.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

// Headers that say something about one connection have no place in HTTP/2 (section 8.2.2).
constexpr std::array kConnectionHeaders = std::to_array<std::string_view>(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"});

bool isFieldName(std::string_view name) {
  return isToken(name) &&
         std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool isFieldValue(std::string_view value) {
  return isHeaderValue(value) && trimBlanks(value) == value;
}

void addLine(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void Http2Request::add(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + kFieldOverhead;
  ++fields_;
  if (bytes_ > kMostBytes) return;
  if (!isFieldValue(value)) malformed_ = true;
  if (name.starts_with(':')) return addPseudo(name, value);
  const bool of_connection = std::find(kConnectionHeaders.begin(), kConnectionHeaders.end(),
                                       name) != kConnectionHeaders.end();
  if (!isFieldName(name) || of_connection || (name == "te" && value != "trailers"))
    malformed_ = true;
  if (malformed_) return;
  if (name == "cookie") {
    // Section 8.2.3: one header again.
    cookies_.append(cookies_.empty() ? "" : "; ").append(value);
  } else if (name == "host") {
    host_repeated_ |= has_host_;
    has_host_ = true;
    host_ = value;
  } else {
    has_length_ |= name == "content-length";
    addLine(lines_, name, value);
  }
}

void Http2Request::addPseudo(std::string_view name, std::string_view value) {
  const bool late = has_host_ || !lines_.empty() || !cookies_.empty();
  const auto set = [&](std::string& field) {
    malformed_ |= !field.empty() || value.empty() || late;
    field = value;
  };
  if (name == ":method") return set(method_);
  if (name == ":scheme") return set(scheme_);
  if (name == ":path") return set(path_);
  malformed_ |= name != ":authority" || has_authority_ || late;
  has_authority_ = true;
  authority_ = value;
}

Flaw Http2Request::checkTarget() const {
  if (scheme_ != "http" && scheme_ != "https") return Flaw::kTarget;
  // What begins otherwise would be another form of target in HTTP/1.1.
  if (!path_.starts_with('/') && path_ != "*") return Flaw::kTarget;
  if (host_repeated_) return Flaw::kHostRepeated;
  if (!has_authority_ && !has_host_) return Flaw::kHostMissing;
  if (has_authority_ && has_host_ && !equalIgnoringCase(authority_, host_))
    return Flaw::kHostConflict;
  return Flaw::kNone;
}

Flaw Http2Request::finish(bool ends, const HeadLimits& limits, RequestHead& request) {
  request.http2 = true;
  malformed_ |= method_.empty() || (method_ != "CONNECT" && (scheme_.empty() || path_.empty()));
  if (!method_.empty() && !isToken(method_)) malformed_ = true;
  if (malformed_) return Flaw::kStartLine;
  if (bytes_ > limits.bytes) return Flaw::kHeadTooLarge;
  if (fields_ > limits.headers) return Flaw::kTooManyHeaders;
  if (method_ == "CONNECT") return Flaw::kMethod;
  if (const Flaw flaw = checkTarget(); flaw != Flaw::kNone) return flaw;
  write(ends);
  const Flaw flaw = parseRequestHead(text_, limits, request);
  request.http2 = true;
  return flaw;
}

void Http2Request::write(bool ends) {
  text_.reserve(lines_.size() + method_.size() + path_.size() + authority_.size() + host_.size() +
                cookies_.size() + 96);
  text_.append(method_).append(" ").append(path_).append(" HTTP/1.1\r\n");
  addLine(text_, "host", has_authority_ ? authority_ : host_);
  text_ += lines_;
  if (!cookies_.empty()) addLine(text_, "cookie", cookies_);
  const bool has_content = method_ == "POST" || method_ == "PUT" || method_ == "PATCH";
  if (!ends && !has_length_) addLine(text_, "transfer-encoding", "chunked");
  if (ends && !has_length_ && has_content) addLine(text_, "content-length", "0");
  text_ += "\r\n";
  lines_.clear();
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
  if (!isFieldName(name) || !isFieldValue(value)) return Flaw::kTrailer;
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
