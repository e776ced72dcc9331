// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP/2 request (RFC 9113 section 8.3) as one of HTTP/1.1.
//
// Its fields are written down as the lines that they would be in HTTP/1.1, and then read by the
// same parser: whatever that refuses is refused here, and a member gets nothing that a client of
// HTTP/1.1 could not have sent. No field can add a line: names and values with other characters
// than those of the grammar make the request malformed before they are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/proxy/http1_head.h"

namespace sluice::proxy {

class Http2Request {
 public:
  // Fields in the order in which they came.
  void add(std::string_view name, std::string_view value);

  // When all have come; `ends`: no body follows. The flaw is what the client is told; a request
  // that is malformed() is not answered but reset. What `request` refers to is kept here.
  Flaw finish(bool ends, const HeadLimits& limits, RequestHead& request);
  bool malformed() const { return malformed_; }

 private:
  static constexpr size_t kMostBytes = 65'536;  // larger than any limit

  void addPseudo(std::string_view name, std::string_view value);
  Flaw checkTarget() const;
  void write(bool ends);

  std::string method_, scheme_, authority_, path_, host_, cookies_;
  std::string lines_;  // of all other fields
  std::string text_;
  size_t bytes_ = 0, fields_ = 0;
  bool has_authority_ = false, has_host_ = false, has_length_ = false;
  bool malformed_ = false, host_repeated_ = false;
};

}  // namespace sluice::proxy
