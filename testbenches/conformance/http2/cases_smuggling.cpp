// SPDX-License-Identifier: Apache-2.0
// Requests of HTTP/2 that a careless translation turns into two of HTTP/1, or into another one.
#include "testbenches/conformance/http2/http2_case.h"

namespace sluice::proxy {

namespace {

using H = TestHttp2;

const std::string kHidden = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";

Http2Case with(const char* name, const char* expected, const std::string& field,
               const std::string& value) {
  return {name, expected, [=](H& h) { h.headers(1, H::get("/", {{field, value}})); }};
}

// In place of a pseudo-header.
Http2Case pseudo(const char* name, const char* expected, const std::string& field,
                 const std::string& value) {
  return {name, expected, [=](H& h) {
            TestFields fields = H::get("/");
            for (auto& [key, old] : fields) {
              if (key == field) old = value;
            }
            h.headers(1, fields);
          }};
}

Http2Case body(const char* name, const char* expected, const TestFields& more,
               const std::string& data, const TestFields& trailers = {}) {
  return {name, expected, [=](H& h) {
            // At once: a request without a body may be answered before what is wrong comes.
            const int end = trailers.empty() ? H::kEndStream : 0;
            h.raw(H::frame(NGHTTP2_HEADERS, H::kEndHeaders, 1, h.block(H::post("/", more))) +
                  H::frame(NGHTTP2_DATA, end, 1, data));
            if (!trailers.empty()) h.headers(1, trailers);
          }};
}

}  // namespace

std::span<const Http2Case> smugglingCases() {
  using namespace std::string_literals;
  constexpr const char* kMalformed = "reset PROTOCOL_ERROR";
  static const Http2Case kCases[] = {
      body("a request within a body", "200", {}, kHidden),
      body("a request within a body of that length", "200",
           {{"content-length", std::to_string(kHidden.size())}}, kHidden),
      body("H2.CL: a body behind Content-Length of 0", kMalformed, {{"content-length", "0"}},
           kHidden),
      body("H2.CL: half of a body", kMalformed, {{"content-length", "5"}}, "x=1\r\n" + kHidden),
      body("H2.TE: chunks within a body", kMalformed, {{"transfer-encoding", "chunked"}},
           "0\r\n\r\n" + kHidden),
      body("H2.TE in capitals", kMalformed, {{"Transfer-Encoding", "chunked"}},
           "0\r\n\r\n" + kHidden),
      body("H2.TE with a blank behind", kMalformed, {{"transfer-encoding ", "chunked"}},
           "0\r\n\r\n" + kHidden),
      body("H2.TE with '_'", "400", {{"transfer_encoding", "chunked"}}, "0\r\n\r\n" + kHidden),
      body("Content-Length with '_'", "400", {{"content_length", "5"}}, "0\r\n\r\n" + kHidden),
      body("chunks within a body without a length", "200", {}, "0\r\n\r\n" + kHidden),
      body("Transfer-Encoding as a trailer", kMalformed, {}, "x",
           {{"transfer-encoding", "chunked"}}),
      body("Content-Length as a trailer", kMalformed, {}, "x", {{"content-length", "5"}}),
      body("Host as a trailer", "400", {}, "x", {{"host", "b"}}),
      body("Cookie as a trailer", "400", {}, "x", {{"cookie", "a=1"}}),
      body("a line in a trailer", kMalformed, {}, "x", {{"x", "a\r\n\r\n" + kHidden}}),
      with("a header in a value", kMalformed, "x", "a\r\ntransfer-encoding: chunked"),
      with("a header in a value behind LF", kMalformed, "x", "a\ntransfer-encoding: chunked"),
      with("a request in a value", kMalformed, "x", "a\r\n\r\n" + kHidden),
      with("a header in a name", kMalformed, "x: y\r\ntransfer-encoding", "chunked"),
      with("a request in a name", kMalformed, "x: y\r\n\r\n" + kHidden, "z"),
      with("a colon at the end of a name", kMalformed, "transfer-encoding:", "chunked"),
      with("a line in a cookie", kMalformed, "cookie", "a=1\r\nx: y"),
      with("a name that folds into the last", kMalformed, " x", "y"),
      with("a name of a tab", kMalformed, "\t", "y"),
      with("X-Forwarded-For with '_'", "400", "x_forwarded_for", "6.6.6.6"),
      pseudo("a line in :path", kMalformed, ":path", "/ HTTP/1.1\r\nHost: b\r\n\r\n"),
      pseudo("LF in :path", kMalformed, ":path", "/\nHost: b"),
      pseudo("a blank in :path", kMalformed, ":path", "/ HTTP/1.1"),
      pseudo("a tab in :path", kMalformed, ":path", "/\tx"),
      pseudo("NUL in :path", kMalformed, ":path", "/\0"s),
      pseudo("a request in :method", kMalformed, ":method", "GET /admin HTTP/1.1\r\nx: "),
      pseudo("a blank in :method", kMalformed, ":method", "GET /admin"),
      pseudo("a line in :authority", kMalformed, ":authority", "a\r\nx: y"),
      pseudo("a blank in :authority", kMalformed, ":authority", "a b"),
      pseudo("a line in :scheme", kMalformed, ":scheme", "https\r\nx: y"),
      pseudo("a URL in :scheme", kMalformed, ":scheme", "http://b/"),
      pseudo("two hosts in :authority", kMalformed, ":authority", "a,b\\"),
  };
  return kCases;
}

}  // namespace sluice::proxy
