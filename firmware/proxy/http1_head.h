// SPDX-License-Identifier: Apache-2.0
// Heads of HTTP/1 messages: request line or status line, and headers (RFC 9112, RFC 9110).
//
// The parser takes what every server reads the same way and nothing else. It is stricter than the
// RFCs where they let a recipient choose: lines end with CR LF only, Content-Length stands once,
// Transfer-Encoding is `chunked` once and never beside Content-Length, headers are not folded. What
// it returns refers to the bytes it was given, which the caller keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "firmware/proxy/http_flaw.h"

namespace sluice::proxy {

struct HeadLimits {
  size_t bytes = 16'384;  // the whole head
  size_t target = 8'192;
  size_t headers = 100;
};

struct Header {
  std::string_view name;  // as written
  std::string_view value;
};

enum class Framing : uint8_t {
  kNone,        // no body
  kLength,      // `length` bytes
  kChunked,     // chunks, perhaps trailers
  kUntilClose,  // responses only
};

struct MessageHead {
  uint8_t minor = 1;  // HTTP/1.minor: 0 or 1
  std::vector<Header> headers;
  std::vector<std::string_view> connection;  // elements of Connection
  Framing framing = Framing::kNone;
  uint64_t length = 0;
  bool has_length = false;  // Content-Length was there
  bool keep_alive = true;   // as this head says

  // The first of that name, or null.
  const Header* find(std::string_view name) const;
  // Connection: Upgrade, to WebSocket and nothing else.
  bool namesWebSocket() const;
};

struct RequestHead : MessageHead {
  std::string_view method;
  std::string_view path;   // "/..."; "*" for OPTIONS *
  std::string_view query;  // after the first '?'
  bool has_query = false;
  std::string_view host;  // of Host, perhaps with a port
  bool expect_continue = false;
  bool http2 = false;  // it came like that; else as HTTP/1.minor

  bool idempotent() const;  // RFC 9110 section 9.2.2
};

struct ResponseHead : MessageHead {
  int status = 0;
  std::string_view reason;

  bool informational() const { return status < 200; }
};

// Looks for the end of a head in bytes that arrive bit by bit.
class HeadScanner {
 public:
  enum class State : uint8_t { kMore, kComplete, kBadLineEnd, kNoMessage, kTooLarge };

  // `data` begins with what the last call got, with more behind it. kNoMessage: no message begins
  // like this (a TLS handshake, say). One empty line before a message is passed over.
  State scan(std::string_view data, size_t most);
  // After kComplete: where the head begins and how long it is with its empty line.
  size_t begin() const { return begin_; }
  size_t size() const { return at_ - begin_; }
  void reset() { *this = HeadScanner(); }

 private:
  size_t begin_ = 0;       // 2 after an empty line
  size_t at_ = 0;          // everything before is scanned
  size_t line_begin_ = 0;  // of the line that at_ is in
};

// `head` is what a scanner delimited. On a flaw the rest of `request` is unspecified.
Flaw parseRequestHead(std::string_view head, const HeadLimits& limits, RequestHead& request);

// The response to a request with this method, which decides whether there is a body.
Flaw parseResponseHead(std::string_view head, const HeadLimits& limits, std::string_view method,
                       ResponseHead& response);

// One header or trailer line, without its CR LF.
Flaw parseHeaderLine(std::string_view line, Header& header);

// Headers that say something about one connection, or how a message is framed: never forwarded.
bool isHopByHop(std::string_view name);

}  // namespace sluice::proxy
