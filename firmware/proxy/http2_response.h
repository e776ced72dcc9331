// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP/2 response (RFC 9113 section 8.3.2) as one of HTTP/1.1, read by the parser of
// those: whatever that refuses is refused here, and no field can add a line.
#pragma once

#include <string>
#include <string_view>

#include "firmware/proxy/http1_head.h"

namespace sluice::proxy {

class Http2Response {
 public:
  static constexpr size_t kMostBytes = 16'384;  // counted as in section 6.5.2

  // Fields in the order in which they came.
  void add(std::string_view name, std::string_view value);
  // Of what came so far; 0: none.
  int status() const { return status_; }
  bool malformed() const { return malformed_ || status_ < 100; }

  // When all have come; `ends`: no body follows. The body of others is Framing::kLength or
  // kChunked. False: malformed. What `response` refers to is kept here.
  bool finish(bool ends, std::string_view method, ResponseHead& response);

 private:
  std::string lines_, length_, text_;
  size_t bytes_ = 0;
  int status_ = 0;
  bool malformed_ = false;
};

}  // namespace sluice::proxy
