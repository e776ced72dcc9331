// SPDX-License-Identifier: Apache-2.0
// Header lines, Host, Connection, and names that servers confuse.
#include "testbenches/conformance/http1/request_case.h"

namespace sluice::proxy {

namespace {

// Between a request line with its host and the end of the head.
std::string with(const std::string& lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

}  // namespace

std::span<const RequestCase> headerCases() {
  using namespace std::string_literals;
  static const RequestCase kCases[] = {
      {"blanks around a value", with("A:  b c\t \r\n"), "ok",
       "GET / HTTP/1.1\r\nHost: a\r\nA: b c\r\n\r\n"},
      {"no blank before a value", with("A:b\r\n"), "ok"},
      {"empty value", with("A:\r\n"), "ok"},
      {"colons in a value", with("A: b:c:d\r\n"), "ok"},
      {"every character of a token", with("!#$%&'*+-.^_`|~1aZ: b\r\n"), "ok"},
      {"obs-text in a value", with("A: \xc3\xa4\r\n"), "ok"},
      {"blank before the colon", with("A : b\r\n"), "header_name"},
      {"tab before the colon", with("A\t: b\r\n"), "header_name"},
      {"blank before the colon of Content-Length", with("Content-Length : 5\r\n"), "header_name"},
      {"blank before the colon of Transfer-Encoding", with("Transfer-Encoding : chunked\r\n"),
       "header_name"},
      {"no colon", with("Broken\r\n"), "header_name"},
      {"no name", with(": b\r\n"), "header_name"},
      {"blank in a name", with("A b: c\r\n"), "header_name"},
      {"NUL in a name", with("A\0b: c\r\n"s), "header_name"},
      {"non-ASCII in a name", with("\xc3\xa4: c\r\n"), "header_name"},
      {"quotes around a name", with("\"Host\": c\r\n"), "header_name"},
      {"NUL in a value", with("A: b\0c\r\n"s), "header_value"},
      {"bare CR in a value", with("A: b\rc\r\n"), "header_value"},
      {"bare CR that hides a header", with("A: b\rTransfer-Encoding: chunked\r\n"), "header_value"},
      {"escape in a value", with("A: \x1b[2J\r\n"), "header_value"},
      {"DEL in a value", with("A: \x7f\r\n"), "header_value"},
      {"vertical tab in a value", with("A: \x0b\r\n"), "header_value"},
      {"folded with a blank", with("A: b\r\n c\r\n"), "header_folded"},
      {"folded with a tab", with("A: b\r\n\tc\r\n"), "header_folded"},
      {"folded before all headers", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "header_folded"},
      {"folded Transfer-Encoding", with("Transfer-Encoding:\r\n chunked\r\n"), "transfer_encoding"},
      {"a line that is blank only", with(" \r\n"), "header_folded"},
      {"bare LF ends a header", with("A: b\nC: d\r\n"), "line_end"},
      {"bare LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", "line_end"},
      {"LF CR", "GET / HTTP/1.1\n\rHost: a\n\r\n\r", "line_end"},
      {"CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "start_line"},
      {"CR CR LF ends a header", with("A: b\r\r\n"), "header_value"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", "host_missing"},
      {"no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "host_missing"},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "host"},
      {"Host twice", with("Host: b\r\n"), "host_repeated"},
      {"Host twice, the same", with("Host: a\r\n"), "host_repeated"},
      {"Host twice in other letters", with("hOST: b\r\n"), "host_repeated"},
      {"Host as a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "host"},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "host"},
      {"Host with user information", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "host"},
      {"Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "host"},
      {"Host with a query", "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n", "host"},
      {"Host with percent-encoding", "GET / HTTP/1.1\r\nHost: a%2eb\r\n\r\n", "host"},
      {"Host with a port", "GET / HTTP/1.1\r\nHost: a:8080\r\n\r\n", "ok"},
      {"Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", "host"},
      {"Host with a port that is none", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", "host"},
      {"Host with a port out of range", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "host"},
      {"Host with two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", "host"},
      {"Host of a port alone", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "host"},
      {"Host that is an IPv6 address", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", "ok"},
      {"Host that is an IPv6 address without brackets",
       "GET / HTTP/1.1\r\nHost: 2001:db8::1\r\n\r\n", "host"},
      {"Host in brackets that is no address", "GET / HTTP/1.1\r\nHost: [a]\r\n\r\n", "host"},
      {"Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "host"},
      {"Host with text behind the bracket", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", "host"},
      {"Host of obs-text", "GET / HTTP/1.1\r\nHost: \xc3\xa4\r\n\r\n", "host"},
      {"headers that Connection names are left out", with("Connection: X\r\nX: 1\r\n"), "ok",
       "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"headers that a later Connection names are left out", with("X: 1\r\nConnection: x\r\n"),
       "ok", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"several Connection headers", with("Connection: X\r\nConnection: Y\r\nX: 1\r\nY: 1\r\n"),
       "ok", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"Connection names Host", with("Connection: Host\r\n"), "connection"},
      {"Connection names Content-Length", with("Connection: Content-Length\r\n"), "connection"},
      {"Connection names Transfer-Encoding", with("Connection: transfer-encoding\r\n"),
       "connection"},
      {"Connection names X-Forwarded-For", with("Connection: close, X-Forwarded-For\r\n"),
       "connection"},
      {"Connection names Authorization", with("Connection: Authorization\r\n"), "connection"},
      {"Connection names Cookie", with("Connection: Cookie\r\n"), "connection"},
      {"Connection that is no list of tokens", with("Connection: a b\r\n"), "connection"},
      {"Connection with too many elements",
       with("Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n"), "connection"},
      {"empty elements of Connection", with("Connection: , ,keep-alive,\r\n"), "ok"},
      {"Keep-Alive and Proxy-Connection are left out",
       with("Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n"), "ok",
       "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"Upgrade to h2c is left out",
       with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"),
       "ok", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"TE is left out", with("TE: trailers\r\n"), "ok", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"Content_Length", with("Content_Length: 5\r\n"), "header_alias"},
      {"content_length in other letters", with("CONTENT_LENGTH: 5\r\n"), "header_alias"},
      {"Transfer_Encoding", with("Transfer_Encoding: chunked\r\n"), "header_alias"},
      {"X_Forwarded_For", with("X_Forwarded_For: 1.1.1.1\r\n"), "header_alias"},
      {"half an alias", with("X-Forwarded_Proto: https\r\n"), "header_alias"},
      {"'_' elsewhere", with("My_Header: 1\r\n"), "ok"},
      {"Expect of something else", with("Expect: 200-ok\r\n"), "expectation"},
      {"Expect twice in one", with("Expect: 100-continue, 100-continue\r\n"), "expectation"},
      {"a head of more than 16 KiB", with("A: " + std::string(16'400, 'b') + "\r\n"),
       "head_too_large"},
      {"a head that never ends", "GET / HTTP/1.1\r\nA: " + std::string(16'400, 'b'),
       "head_too_large"},
      {"many short headers", with([] {
         std::string lines;
         for (int i = 0; i < 100; ++i) lines += "a: b\r\n";
         return lines;
       }()),
       "too_many_headers"},
      {"pipelined requests", with("") + with("") + with(""), "ok ok ok"},
      {"nothing is taken after Connection: close", with("Connection: close\r\n") + with(""), "ok"},
      {"nothing is taken after HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n" + with(""), "ok"},
      {"HTTP/1.0 with keep-alive",
       "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" + with(""), "ok ok"},
      {"an empty line between requests", with("") + "\r\n" + with(""), "ok ok"},
  };
  return kCases;
}

}  // namespace sluice::proxy
