// SPDX-License-Identifier: Apache-2.0
// What makes a request malformed: RFC 9113 section 8.
#include "testbenches/conformance/http2/http2_case.h"

namespace sluice::proxy {

namespace {

using H = TestHttp2;

Http2Case request(const char* name, const char* expected, const TestFields& fields) {
  return {name, expected, [=](H& h) { h.headers(1, fields); }};
}

Http2Case with(const char* name, const char* expected, const std::string& field,
               const std::string& value) {
  return request(name, expected, H::get("/", {{field, value}}));
}

// The request with a body and, perhaps, trailers.
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

std::span<const Http2Case> requestCases() {
  using namespace std::string_literals;
  constexpr const char* kMalformed = "reset PROTOCOL_ERROR";
  static const Http2Case kCases[] = {
      with("a field", "200", "x-field", "value"),
      with("a field without a value", "200", "x-field", ""),
      with("bytes above 0x7f in a value", "200", "x-field", "caf\xc3\xa9"),
      with("a tab within a value", "200", "x-field", "a\tb"),
      with("a name with a capital (8.2.1)", kMalformed, "X-field", "value"),
      with("a name with a blank (8.2.1)", kMalformed, "x field", "value"),
      with("a name with a colon (8.2.1)", kMalformed, "x:field", "value"),
      with("a name with a control character (8.2.1)", kMalformed, "x\x01", "value"),
      with("a name with a byte above 0x7f (8.2.1)", kMalformed, "x\x80", "value"),
      with("no name (8.2.1)", kMalformed, "", "value"),
      with("NUL in a value (8.2.1)", kMalformed, "x-field", "a\0b"s),
      with("CR in a value (8.2.1)", kMalformed, "x-field", "a\rb"),
      with("LF in a value (8.2.1)", kMalformed, "x-field", "a\nb"),
      with("a blank before a value (8.2.1)", kMalformed, "x-field", " a"),
      with("a blank behind a value (8.2.1)", kMalformed, "x-field", "a "),
      with("a tab behind a value (8.2.1)", kMalformed, "x-field", "a\t"),
      with("another control character in a value", kMalformed, "x-field", "a\x01"),
      with("Connection (8.2.2)", kMalformed, "connection", "close"),
      with("Keep-Alive (8.2.2)", kMalformed, "keep-alive", "timeout=5"),
      with("Proxy-Connection (8.2.2)", kMalformed, "proxy-connection", "close"),
      with("Transfer-Encoding (8.2.2)", kMalformed, "transfer-encoding", "chunked"),
      with("Upgrade (8.2.2)", kMalformed, "upgrade", "websocket"),
      with("TE of trailers (8.2.2)", "200", "te", "trailers"),
      with("another TE (8.2.2)", kMalformed, "te", "gzip"),
      with("TE of trailers and more (8.2.2)", kMalformed, "te", "trailers, gzip"),
      with("an unknown pseudo-header (8.3)", kMalformed, ":what", "x"),
      with("a pseudo-header of responses (8.3)", kMalformed, ":status", "200"),
      with(":protocol without SETTINGS (RFC 8441)", kMalformed, ":protocol", "websocket"),
      request("a pseudo-header behind a field (8.3)", kMalformed,
              {{":method", "GET"}, {":scheme", "https"}, {"x", "y"}, {":authority", "a"},
               {":path", "/"}}),
      with("a second :method (8.3)", kMalformed, ":method", "GET"),
      with("a second :path (8.3)", kMalformed, ":path", "/"),
      with("a second :scheme (8.3)", kMalformed, ":scheme", "https"),
      with("a second :authority (8.3)", kMalformed, ":authority", "a"),
      request("no :method (8.3.1)", kMalformed,
              {{":scheme", "https"}, {":authority", "a"}, {":path", "/"}}),
      request("no :scheme (8.3.1)", kMalformed,
              {{":method", "GET"}, {":authority", "a"}, {":path", "/"}}),
      request("no :path (8.3.1)", kMalformed,
              {{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}}),
      request("an empty :path (8.3.1)", kMalformed, H::get("")),
      request("a :path that does not begin with / (8.3.1)", kMalformed, H::get("index.html")),
      request("a whole URL as :path", kMalformed, H::get("https://a/")),
      request("* for another method than OPTIONS", kMalformed, H::get("*")),
      request("OPTIONS *", "200",
              {{":method", "OPTIONS"}, {":scheme", "https"}, {":authority", "a"}, {":path", "*"}}),
      request("another :scheme", "400",
              {{":method", "GET"}, {":scheme", "ftp"}, {":authority", "a"}, {":path", "/"}}),
      request("Host in place of :authority (8.3.1)", "200",
              {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "a"}}),
      with("Host that is :authority (8.3.1)", "200", "host", "a"),
      with("Host that is :authority in other letters", "200", "host", "A"),
      with("Host that is not :authority (8.3.1)", "400", "host", "b"),
      request("neither Host nor :authority", kMalformed,
              {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}}),
      request(":authority with a user (8.3.1)", "400",
              {{":method", "GET"}, {":scheme", "https"}, {":authority", "me@a"}, {":path", "/"}}),
      request(":authority with a path", kMalformed,
              {{":method", "GET"}, {":scheme", "https"}, {":authority", "a/b"}, {":path", "/"}}),
      request("an empty :authority", kMalformed,
              {{":method", "GET"}, {":scheme", "https"}, {":authority", ""}, {":path", "/"}}),
      request("CONNECT", "501", {{":method", "CONNECT"}, {":authority", "a:443"}}),
      request("CONNECT with a :path (8.5)", kMalformed,
              {{":method", "CONNECT"}, {":scheme", "https"}, {":authority", "a:443"},
               {":path", "/"}}),
      request("TRACE", "501",
              {{":method", "TRACE"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}}),
      request("dot segments", "400", H::get("/a/../b")),
      request("a fragment in :path", "400", H::get("/a#b")),
      request("NUL, encoded", "400", H::get("/a%00")),
      with("an expectation that nobody knows", "417", "expect", "wonders"),
      request("cookies in crumbs (8.2.3)", "200",
              H::get("/", {{"cookie", "a=1"}, {"cookie", "b=2"}})),
      with("more than a head may have", "431", "x-field", std::string(17'000, 'x')),
      body("Content-Length that is right (8.1.1)", "200", {{"content-length", "5"}}, "hello"),
      body("Content-Length that is too large (8.1.1)", kMalformed, {{"content-length", "6"}},
           "hello"),
      body("Content-Length that is too small (8.1.1)", kMalformed, {{"content-length", "4"}},
           "hello"),
      body("Content-Length of 0 with a body (8.1.1)", kMalformed, {{"content-length", "0"}},
           "hello"),
      body("Content-Length twice", kMalformed, {{"content-length", "5"}, {"content-length", "5"}},
           "hello"),
      body("Content-Length with a sign", kMalformed, {{"content-length", "+5"}}, "hello"),
      body("Content-Length as a list", kMalformed, {{"content-length", "5, 5"}}, "hello"),
      {"Content-Length without a body (8.1.1)", kMalformed,
       [](H& h) { h.headers(1, H::post("/", {{"content-length", "5"}})); }},
      body("a trailer", "200", {}, "hello", {{"digest", "x"}}),
      body("a pseudo-header as a trailer (8.1)", kMalformed, {}, "hello", {{":path", "/"}}),
      body("a trailer with a capital (8.2.1)", kMalformed, {}, "hello", {{"Digest", "x"}}),
      {"a second head that does not end the request (8.1)", kMalformed,
       [](H& h) {
         h.headers(1, H::post("/"), H::kEndHeaders);
         h.headers(1, {{"digest", "x"}}, H::kEndHeaders);
       }},
  };
  return kCases;
}

}  // namespace sluice::proxy
