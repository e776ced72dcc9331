// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::proxy {
namespace {

ForwardedBy byClient(const char* client, ForwardedPolicy policy = ForwardedPolicy::kAppend) {
  return {policy, *IpAddress::parse(client), true, 443};
}

std::string forwarded(const std::string& text, const ForwardedBy& by) {
  RequestHead request;
  EXPECT_EQ(parseRequestHead(text, {}, request), Flaw::kNone) << text;
  std::string out;
  writeRequestHead(request, by, {}, out);
  return out;
}

TEST(WriteRequestHead, AddsTheClientAndLeavesConnectionHeadersOut) {
  EXPECT_EQ(forwarded("GET http://a.example/x?y=z HTTP/1.0\r\nA: b\r\nHost: a.example\r\n"
                      "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
                      "Upgrade: h2c\r\nProxy-Connection: x\r\n\r\n",
                      byClient("192.0.2.1")),
            "GET /x?y=z HTTP/1.1\r\nHost: a.example\r\nA: b\r\nX-Forwarded-For: 192.0.2.1\r\n"
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.example\r\nX-Forwarded-Port: 443\r\n"
            "Forwarded: for=192.0.2.1;host=\"a.example\";proto=https\r\n\r\n");
}

TEST(WriteRequestHead, AppendsToOrReplacesWhatTheClientSaid) {
  const std::string text =
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\n"
      "X-Forwarded-Proto: gopher\r\nForwarded: for=1.1.1.1\r\n\r\n";
  EXPECT_EQ(forwarded(text, byClient("2001:db8::1")),
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 2001:db8::1\r\n"
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\nX-Forwarded-Port: 443\r\n"
            "Forwarded: for=1.1.1.1, for=\"[2001:db8::1]\";host=\"a\";proto=https\r\n\r\n");
  EXPECT_EQ(forwarded(text, byClient("192.0.2.1", ForwardedPolicy::kReplace)),
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n"
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\nX-Forwarded-Port: 443\r\n"
            "Forwarded: for=192.0.2.1;host=\"a\";proto=https\r\n\r\n");
  EXPECT_EQ(forwarded(text, byClient("192.0.2.1", ForwardedPolicy::kOff)), text);
}

TEST(WriteRequestHead, SaysTheLengthOnce) {
  const ForwardedBy off = byClient("192.0.2.1", ForwardedPolicy::kOff);
  EXPECT_EQ(forwarded("POST / HTTP/1.1\r\ncontent-length: 007\r\nHost: a\r\n\r\n", off),
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(forwarded("POST / HTTP/1.1\r\nContent-Length: 0\r\nHost: a\r\n\r\n", off),
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(forwarded("POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\nHost: a\r\n"
                      "expect: 100-continue\r\n\r\n",
                      off),
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            "Transfer-Encoding: chunked\r\n\r\n");
}

std::string relayed(const std::string& text, const ResponseFraming& framing,
                    std::string_view method = "GET") {
  ResponseHead response;
  EXPECT_EQ(parseResponseHead(text, {}, method, response), Flaw::kNone) << text;
  std::string out;
  writeResponseHead(response, framing, {}, out);
  return out;
}

TEST(WriteResponseHead, FramesForTheClient) {
  const std::string text =
      "HTTP/1.0 200 Fine\r\nServer: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n";
  EXPECT_EQ(relayed(text, {Framing::kLength}),
            "HTTP/1.1 200 Fine\r\nServer: x\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(
      relayed(text, {Framing::kLength, 0}),
      "HTTP/1.1 200 Fine\r\nServer: x\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(relayed("HTTP/1.1 200 \r\n\r\n", {Framing::kChunked, 1, true}),
            "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(relayed(text, {Framing::kNone}, "HEAD"),
            "HTTP/1.1 200 Fine\r\nServer: x\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(relayed("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", {Framing::kNone}),
            "HTTP/1.1 204 No\r\n\r\n");
}

TEST(WriteBody, PacksChunks) {
  std::string out;
  writeBody(Framing::kChunked, "0123456789abcdefg", out);
  writeBody(Framing::kChunked, "", out);
  BodyDecoder body;
  body.start(Framing::kChunked, 0);
  std::string_view input = "0\r\nA: b\r\n\r\n";
  body.next(input);
  writeBodyEnd(Framing::kChunked, body.trailers(), out);
  EXPECT_EQ(out, "11\r\n0123456789abcdefg\r\n0\r\nA: b\r\n\r\n");
}

TEST(WriteOwnResponse, IsWhole) {
  std::string out;
  writeOwnResponse({503, "no member is available", "Retry-After: 1\r\n", true}, out);
  EXPECT_EQ(out,
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 23\r\nCache-Control: no-store\r\nRetry-After: 1\r\n"
            "Connection: close\r\n\r\nno member is available\n");
}

}  // namespace
}  // namespace sluice::proxy
