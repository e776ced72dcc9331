// SPDX-License-Identifier: Apache-2.0
// Rows of the HTTP/2 corpus: what RFC 9113 demands of a server, and the known ways to turn a
// request of HTTP/2 into two of HTTP/1.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "firmware/proxy/test_http2.h"

namespace sluice::proxy {

struct Http2Case {
  const char* name;
  // What comes of it, on stream 1: "200", "goaway FLOW_CONTROL_ERROR" for an error of the
  // connection, "reset PROTOCOL_ERROR" for one of the stream.
  const char* expected;
  std::function<void(TestHttp2&)> say;
  bool greet = true;  // with preface and SETTINGS before
};

std::span<const Http2Case> frameCases();
std::span<const Http2Case> requestCases();
std::span<const Http2Case> smugglingCases();

}  // namespace sluice::proxy
