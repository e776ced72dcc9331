// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::proxy {
namespace {

using State = HeadScanner::State;

RequestHead parsed(const std::string& text) {
  RequestHead request;
  EXPECT_EQ(parseRequestHead(text, {}, request), Flaw::kNone) << text;
  return request;
}

TEST(HeadScanner, FindsTheEndWhereverTheBytesAreCut) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nBODY";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    HeadScanner scanner;
    State state = scanner.scan(std::string_view(text).substr(0, cut), 1'000);
    EXPECT_EQ(state == State::kComplete, cut + 4 >= text.size()) << cut;
    if (state == State::kMore) state = scanner.scan(text, 1'000);
    ASSERT_EQ(state, State::kComplete) << cut;
    EXPECT_EQ(scanner.begin(), 0u);
    EXPECT_EQ(scanner.size(), text.size() - 4);
  }
}

TEST(HeadScanner, PassesOverOneEmptyLine) {
  HeadScanner scanner;
  EXPECT_EQ(scanner.scan("\r\n", 100), State::kMore);
  EXPECT_EQ(scanner.scan("\r\nGET / HTTP/1.1\r\n\r\n", 100), State::kComplete);
  EXPECT_EQ(scanner.begin(), 2u);
}

TEST(HeadScanner, RefusesAsSoonAsItCan) {
  EXPECT_EQ(HeadScanner().scan("\x16\x03\x01", 100), State::kNoMessage);
  EXPECT_EQ(HeadScanner().scan(" GET", 100), State::kNoMessage);
  EXPECT_EQ(HeadScanner().scan("\nGET", 100), State::kNoMessage);
  EXPECT_EQ(HeadScanner().scan("GET / HTTP/1.1\n", 100), State::kBadLineEnd);
  EXPECT_EQ(HeadScanner().scan("GET / HTTP/1.1\r\n\n", 100), State::kBadLineEnd);
  EXPECT_EQ(HeadScanner().scan(std::string(101, 'a'), 100), State::kTooLarge);
  EXPECT_EQ(HeadScanner().scan(std::string(100, 'a'), 100), State::kMore);
}

TEST(RequestHead, IsReadIntoItsParts) {
  const std::string text =
      "POST /a/b?c=d?e HTTP/1.1\r\nHost: Shop.example:8080\r\ncontent-length:\t12 \r\n"
      "Expect: 100-Continue\r\nConnection: x-hop , ,close\r\n\r\n";
  const RequestHead request = parsed(text);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a/b");
  EXPECT_TRUE(request.has_query);
  EXPECT_EQ(request.query, "c=d?e");
  EXPECT_EQ(request.host, "Shop.example:8080");
  EXPECT_EQ(request.framing, Framing::kLength);
  EXPECT_EQ(request.length, 12u);
  EXPECT_TRUE(request.expect_continue);
  EXPECT_FALSE(request.keep_alive);
  EXPECT_THAT(request.connection, testing::ElementsAre("x-hop", "close"));
  EXPECT_EQ(request.headers.size(), 4u);
}

TEST(RequestHead, TakesTheAbsoluteForm) {
  const RequestHead plain = parsed("GET http://a.example/x?y HTTP/1.1\r\nHost: A.example\r\n\r\n");
  EXPECT_EQ(plain.path, "/x");
  EXPECT_EQ(plain.query, "y");
  EXPECT_EQ(parsed("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
  EXPECT_EQ(parsed("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n").path, "*");
  EXPECT_EQ(parsed("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path, "*");
}

TEST(RequestHead, KeepsConnectionsAsItsVersionSays) {
  EXPECT_TRUE(parsed("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_TRUE(parsed("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST(RequestHead, HasLimits) {
  RequestHead request;
  HeadLimits limits;
  limits.target = 4;
  EXPECT_EQ(parseRequestHead("GET /123 HTTP/1.1\r\nHost: a\r\n\r\n", limits, request), Flaw::kNone);
  EXPECT_EQ(parseRequestHead("GET /1234 HTTP/1.1\r\nHost: a\r\n\r\n", limits, request),
            Flaw::kTargetTooLong);
  limits.headers = 2;
  EXPECT_EQ(parseRequestHead("GET / HTTP/1.1\r\nHost: a\r\nb: c\r\n\r\n", limits, request),
            Flaw::kNone);
  EXPECT_EQ(parseRequestHead("GET / HTTP/1.1\r\nHost: a\r\nb: c\r\nb: c\r\n\r\n", limits, request),
            Flaw::kTooManyHeaders);
}

struct ResponseCase {
  const char* text;  // without the empty line
  const char* method;
  Flaw flaw;
  Framing framing = Framing::kNone;
  bool keep_alive = true;
};

TEST(ResponseHead, HasABodyAsRequestStatusAndHeadersSay) {
  const ResponseCase cases[] = {
      {"HTTP/1.1 200 OK\r\n", "GET", Flaw::kNone, Framing::kUntilClose},
      {"HTTP/1.1 200\r\nContent-Length: 5\r\n", "GET", Flaw::kNone, Framing::kLength},
      {"HTTP/1.1 200 \r\nContent-Length: 0\r\n", "GET", Flaw::kNone, Framing::kNone},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", "GET", Flaw::kNone, Framing::kChunked},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", "HEAD", Flaw::kNone, Framing::kNone},
      {"HTTP/1.1 204 No\r\nContent-Length: 5\r\n", "GET", Flaw::kNone, Framing::kNone},
      {"HTTP/1.1 304 No\r\nContent-Length: 5\r\n", "GET", Flaw::kNone, Framing::kNone},
      {"HTTP/1.1 100 Continue\r\n", "POST", Flaw::kNone, Framing::kNone},
      {"HTTP/1.0 200 OK\r\n", "GET", Flaw::kNone, Framing::kUntilClose, false},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\n", "GET", Flaw::kNone, Framing::kUntilClose, false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n", "GET",
       Flaw::kContentLength},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", "GET",
       Flaw::kLengthConflict},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", "GET", Flaw::kTransferEncoding},
      {"HTTP/1.1 200 OK\r\nA : b\r\n", "GET", Flaw::kHeaderName},
      {"HTTP/1.1 20 OK\r\n", "GET", Flaw::kStartLine},
      {"HTTP/1.1  200 OK\r\n", "GET", Flaw::kStartLine},
      {"HTTP/1.1 200OK\r\n", "GET", Flaw::kStartLine},
      {"HTTP/1.1 600 Odd\r\n", "GET", Flaw::kStartLine},
      {"HTTP/2.0 200 OK\r\n", "GET", Flaw::kVersion},
      {"http/1.1 200 OK\r\n", "GET", Flaw::kStartLine},
      {"HTTP/1.1 200 O\x01K\r\n", "GET", Flaw::kStartLine},
  };
  for (const ResponseCase& c : cases) {
    ResponseHead response;
    const std::string text = std::string(c.text) + "\r\n";
    EXPECT_EQ(parseResponseHead(text, {}, c.method, response), c.flaw) << c.text;
    if (c.flaw != Flaw::kNone) continue;
    EXPECT_EQ(response.framing, c.framing) << c.text;
    EXPECT_EQ(response.keep_alive, c.keep_alive) << c.text;
  }
}

}  // namespace
}  // namespace sluice::proxy
