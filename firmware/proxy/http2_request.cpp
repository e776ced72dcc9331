// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_request.h"

#include "firmware/proxy/http2_field.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {

void Http2Request::add(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + kHttp2FieldOverhead;
  ++fields_;
  if (bytes_ > kMostBytes) return;
  if (!isHttp2Value(value)) malformed_ = true;
  if (name.starts_with(':')) return addPseudo(name, value);
  if (!isHttp2Name(name) || isOfConnection(name) || (name == "te" && value != "trailers"))
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

}  // namespace sluice::proxy
