// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_response.h"

#include <charconv>

#include "firmware/proxy/http1_writer.h"
#include "firmware/proxy/http2_field.h"

namespace sluice::proxy {

void Http2Response::add(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + kHttp2FieldOverhead;
  if (bytes_ > kMostBytes || !isHttp2Value(value)) malformed_ = true;
  if (malformed_) return;
  if (name == ":status") {
    const char* end = value.data() + value.size();
    const bool digits = value.size() == 3 && std::from_chars(value.data(), end, status_).ptr == end;
    malformed_ = !digits || status_ < 100 || !lines_.empty();
  } else if (!isHttp2Name(name) || isOfConnection(name)) {
    malformed_ = true;
  } else if (name == "content-length") {
    malformed_ = !length_.empty() || value.empty();
    length_ = value;
  } else {
    addLine(lines_, name, value);
  }
}

bool Http2Response::finish(bool ends, std::string_view method, ResponseHead& response) {
  if (malformed()) return false;
  const bool has_body = method != "HEAD" && status_ >= 200 && status_ != 204 && status_ != 304;
  text_.append("HTTP/1.1 ").append(std::to_string(status_)).append(" ");
  text_.append(reasonPhrase(status_)).append("\r\n").append(lines_);
  lines_ = {};
  // Behind a length of 0 there may be trailers, for which chunks have room.
  if (has_body && !ends && (length_.empty() || length_ == "0")) {
    addLine(text_, "transfer-encoding", "chunked");
  } else if (has_body && ends && length_.empty()) {
    addLine(text_, "content-length", "0");
  } else if (!length_.empty()) {
    addLine(text_, "content-length", length_);
  }
  text_ += "\r\n";
  return parseResponseHead(text_, {text_.size(), 0, 500}, method, response) == Flaw::kNone;
}

}  // namespace sluice::proxy
