// SPDX-License-Identifier: Apache-2.0
// Where a request's body ends: Content-Length, Transfer-Encoding, chunks.
#include "testbenches/conformance/http1/request_case.h"

namespace sluice::proxy {

namespace {

std::string post(const std::string& lines, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body;
}

std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

// What a request smuggler hopes to have taken for a request of its own.
const std::string kHidden = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

std::span<const RequestCase> framingCases() {
  using namespace std::string_literals;
  static const RequestCase kCases[] = {
      {"Content-Length", post("Content-Length: 5\r\n", "hello"), "ok",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"},
      {"a body that is cut", post("Content-Length: 5\r\n", "hell"), "more"},
      {"a request behind a body", post("Content-Length: 5\r\n", "hello" + kHidden), "ok ok"},
      {"a request within a body", post("Content-Length: 32\r\n", kHidden), "ok"},
      {"GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "ok"},
      {"no length is no body", post("", kHidden), "ok ok"},
      {"Content-Length of 0", post("Content-Length: 0\r\n", kHidden), "ok ok"},
      {"leading zeros are written anew", post("Content-Length: 005\r\n", "hello"), "ok",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"},
      {"empty Content-Length", post("Content-Length:\r\n"), "content_length"},
      {"Content-Length with a sign", post("Content-Length: +5\r\n", "hello"), "content_length"},
      {"negative Content-Length", post("Content-Length: -5\r\n", "hello"), "content_length"},
      {"hexadecimal Content-Length", post("Content-Length: 0x5\r\n", "hello"), "content_length"},
      {"Content-Length with a fraction", post("Content-Length: 5.0\r\n", "hello"),
       "content_length"},
      {"Content-Length with an exponent", post("Content-Length: 5e0\r\n", "hello"),
       "content_length"},
      {"Content-Length with a blank within", post("Content-Length: 1 0\r\n"), "content_length"},
      {"Content-Length in quotes", post("Content-Length: \"5\"\r\n", "hello"), "content_length"},
      {"Content-Length as a list", post("Content-Length: 5, 5\r\n", "hello"), "content_length"},
      {"Content-Length as a list that disagrees", post("Content-Length: 5, 6\r\n", "hello"),
       "content_length"},
      {"Content-Length with a comma", post("Content-Length: 5,\r\n", "hello"), "content_length"},
      {"Content-Length twice, the same",
       post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), "content_length"},
      {"CL.CL", post("Content-Length: 0\r\nContent-Length: 34\r\n", kHidden), "content_length"},
      {"CL.CL in other letters", post("content-length: 34\r\nCONTENT-LENGTH: 0\r\n", kHidden),
       "content_length"},
      {"Content-Length that overflows 64 bits",
       post("Content-Length: 18446744073709551621\r\n", "hello"), "content_length"},
      {"Content-Length of twenty zeros and a five",
       post("Content-Length: 000000000000000000005\r\n", "hello"), "content_length"},
      {"Content-Length with a tab in front", post("Content-Length:\t5\r\n", "hello"), "ok"},
      {"Content-Length with a vertical tab", post("Content-Length: \x0b5\r\n", "hello"),
       "content_length"},
      {"CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX"),
       "length_conflict"},
      {"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\n" + kHidden),
       "length_conflict"},
      {"CL of 0 and TE", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", kHidden),
       "length_conflict"},
      {"CL in a later header than TE",
       post("Transfer-Encoding: chunked\r\nA: b\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
       "length_conflict"},
      {"TE twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
       "transfer_encoding"},
      {"TE.TE", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
       "transfer_encoding"},
      {"TE.TE the other way round",
       post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), "transfer_coding"},
      {"chunked twice in one", post("Transfer-Encoding: chunked, chunked\r\n"),
       "transfer_encoding"},
      {"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n"), "transfer_encoding"},
      {"chunked, identity", post("Transfer-Encoding: chunked, identity\r\n"), "transfer_encoding"},
      {"identity", post("Transfer-Encoding: identity\r\n"), "transfer_coding"},
      {"gzip", post("Transfer-Encoding: gzip\r\n"), "transfer_coding"},
      {"xchunked", post("Transfer-Encoding: xchunked\r\n"), "transfer_coding"},
      {"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n"), "transfer_encoding"},
      {"'chunked' in quotes", post("Transfer-Encoding: 'chunked'\r\n"), "transfer_coding"},
      {"chunked with a parameter", post("Transfer-Encoding: chunked;a=b\r\n"), "transfer_encoding"},
      {"chunked with a vertical tab",
       post("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       "header_value"},
      {"chunked with a NUL", post("Transfer-Encoding: chunked\0\r\n"s), "header_value"},
      {"chunked with a comma", post("Transfer-Encoding: chunked,\r\n"), "transfer_encoding"},
      {"empty Transfer-Encoding", post("Transfer-Encoding:\r\n"), "transfer_encoding"},
      {"Chunked in other letters", post("transfer-encoding: CHUNKED\r\n", "0\r\n\r\n"), "ok"},
      {"Transfer-Encoding in HTTP/1.0",
       "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "transfer_encoding"},
      {"Content-Encoding frames nothing", post("Content-Encoding: chunked\r\n", kHidden), "ok ok"},
      {"a header that is nearly Transfer-Encoding", post("Transfer-Encodin: chunked\r\n", kHidden),
       "ok ok"},
      {"chunks", chunked("5\r\nhello\r\n0\r\n\r\n"), "ok"},
      {"chunks of several sizes", chunked("1\r\na\r\n00b\r\nhello world\r\n000\r\n\r\n"), "ok"},
      {"a request behind chunks", chunked("5\r\nhello\r\n0\r\n\r\n" + kHidden), "ok ok"},
      {"chunks that do not end", chunked("5\r\nhello\r\n"), "more"},
      {"extensions are left out", chunked("5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n"), "ok"},
      {"a trailer", chunked("0\r\nA: b\r\n\r\n"), "ok",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n"},
      {"empty chunk size", chunked("\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"blank before a chunk size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"blank behind a chunk size", chunked("5 \r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk size with a sign", chunked("+5\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"negative chunk size", chunked("-1\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk size with '_'", chunked("0_5\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk size that overflows", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk size that ends with bare LF", chunked("5\nhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk size that ends with bare CR", chunked("5\rhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk that is shorter than said", chunked("6\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk that is longer than said", chunked("4\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"chunk that ends with bare LF", chunked("5\r\nhello\n0\r\n\r\n"), "chunk"},
      {"chunk without an end", chunked("5\r\nhello0\r\n\r\n"), "chunk"},
      {"TERM.EXT: extension that ends with bare LF", chunked("5;a\nhello\r\n0\r\n\r\n"),
       "chunk_extension"},
      {"EXT.TERM: bare LF within an extension", chunked("2;\nxx\r\n1d\r\n0\r\n\r\n" + kHidden),
       "chunk_extension"},
      {"TERM.SPILL: two bytes of anything behind a chunk", chunked("5\r\nhelloXX0\r\n\r\n"),
       "chunk"},
      {"bare CR in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), "chunk"},
      {"NUL in an extension", chunked("5;a\0\r\nhello\r\n0\r\n\r\n"s), "chunk_extension"},
      {"open quotes in an extension", chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n"), "chunk_extension"},
      {"last chunk that ends with bare LF", chunked("0\n\n"), "chunk"},
      {"empty line that ends with bare LF", chunked("0\r\n\n"), "trailer"},
      {"trailer Content-Length", chunked("0\r\nContent-Length: 5\r\n\r\n"), "trailer"},
      {"trailer Transfer-Encoding", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"), "trailer"},
      {"trailer Host", chunked("0\r\nHost: b\r\n\r\n"), "trailer"},
      {"trailer X-Forwarded-For", chunked("0\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n"), "trailer"},
      {"trailer Authorization", chunked("0\r\nAuthorization: Basic x\r\n\r\n"), "trailer"},
      {"trailer Connection", chunked("0\r\nConnection: close\r\n\r\n"), "trailer"},
      {"trailer Content_Length", chunked("0\r\nContent_Length: 5\r\n\r\n"), "trailer"},
      {"trailer with a blank before the colon", chunked("0\r\nA : b\r\n\r\n"), "trailer"},
      {"folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n"), "trailer"},
      {"a request where a trailer should be", chunked("0\r\n" + kHidden), "trailer"},
      {"an expectation", post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"), "ok"},
  };
  return kCases;
}

}  // namespace sluice::proxy
