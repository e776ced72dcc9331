// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_protocol.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sluice::proxy {
namespace {

using State = ProxyHeaderReader::State;

ProxyHeader between(const char* source, const char* destination) {
  ProxyHeader header;
  header.ends = {*Endpoint::parse(source), *Endpoint::parse(destination)};
  return header;
}

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

TEST(ProxyProtocol, TextOfVersion1) {
  EXPECT_EQ(writeProxyV1(between("198.51.100.7:4711", "203.0.113.10:80")),
            "PROXY TCP4 198.51.100.7 203.0.113.10 4711 80\r\n");
  EXPECT_EQ(writeProxyV1(between("[2001:db8::1]:1", "[2001:db8::2]:443")),
            "PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n");
  EXPECT_EQ(writeProxyV1({}), "PROXY UNKNOWN\r\n");
}

TEST(ProxyProtocol, BytesOfVersion2) {
  EXPECT_EQ(
      writeProxyV2(between("198.51.100.7:4711", "203.0.113.10:80")),
      kSignature + std::string("\x21\x11\0\x0c\xc6\x33\x64\x07\xcb\0\x71\x0a\x12\x67\0\x50", 16));
  EXPECT_EQ(writeProxyV2({}), kSignature + std::string("\x20\0\0\0", 4));
}

TEST(ProxyProtocol, WhatIsWrittenIsReadInAnyPieces) {
  ProxyHeader named = between("[2001:db8::1]:1", "[2001:db8::2]:443");
  named.server_name = "shop.example";
  for (const std::string& text : {writeProxyV1(between("198.51.100.7:4711", "203.0.113.10:80")),
                                  writeProxyV2(named), writeProxyV1({}), writeProxyV2({})}) {
    const std::string data = text + "GET / HTTP/1.1\r\n";
    ProxyHeaderReader reader;
    for (size_t size = 0; size < text.size(); ++size)
      ASSERT_EQ(reader.read(std::string_view(data).substr(0, size)), State::kMore) << size;
    ASSERT_EQ(reader.read(data), State::kComplete);
    EXPECT_EQ(reader.size(), text.size());
    EXPECT_EQ(text[0] == 'P' ? writeProxyV1(reader.header()) : writeProxyV2(reader.header()), text);
  }
}

TEST(ProxyProtocol, UnspecifiedFamiliesSayNothing) {
  ProxyHeaderReader reader;
  ASSERT_EQ(reader.read(kSignature + std::string("\x21\0\0\2xx", 6)), State::kComplete);
  EXPECT_FALSE(reader.header().ends);
  EXPECT_EQ(reader.size(), 18u);
}

struct Wrong {
  const char* what;
  std::string data;
  State state;
  const char* flaw;
};

class WrongHeader : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongHeader, IsRefused) {
  ProxyHeaderReader reader;
  EXPECT_EQ(reader.read(GetParam().data), GetParam().state);
  EXPECT_STREQ(reader.flaw(), GetParam().flaw);
}

constexpr char kWanted[] = "wanted: PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT";

INSTANTIATE_TEST_SUITE_P(
    ProxyProtocol, WrongHeader,
    ::testing::Values(
        Wrong{"http", "GET / HTTP/1.1\r\n", State::kNone, ""},
        Wrong{"tls", "\x16\x03\x01", State::kNone, ""},
        Wrong{"lower case", "proxy TCP4", State::kNone, ""},
        Wrong{"other words", "PROXX", State::kNone, ""},
        Wrong{"long line", "PROXY TCP4 " + std::string(100, '1'), State::kMalformed,
              "no end of the line"},
        Wrong{"line feed", "PROXY UNKNOWN\r \n", State::kMalformed, "a line ends with CR LF"},
        Wrong{"no port", "PROXY TCP4 1.2.3.4 1.2.3.5 1\r\n", State::kMalformed, kWanted},
        Wrong{"two spaces", "PROXY TCP4 1.2.3.4  1.2.3.5 1 2\r\n", State::kMalformed, kWanted},
        Wrong{"protocol", "PROXY UDP4 1.2.3.4 1.2.3.5 1 2\r\n", State::kMalformed, kWanted},
        Wrong{"version", "PROXY TCP4 1.2.3.4 ::1 1 2\r\n", State::kMalformed,
              "no address of that version"},
        Wrong{"zeros", "PROXY TCP4 1.2.3.4 1.2.3.5 01 2\r\n", State::kMalformed, "no port"},
        Wrong{"large port", "PROXY TCP4 1.2.3.4 1.2.3.5 1 65536\r\n", State::kMalformed, "no port"},
        Wrong{"v2 version", kSignature + std::string("\x31\x11\0\0", 4), State::kMalformed,
              "no version 2"},
        Wrong{"v2 command", kSignature + std::string("\x22\x11\0\0", 4), State::kMalformed,
              "neither LOCAL nor PROXY"},
        Wrong{"v2 family", kSignature + std::string("\x21\x12\0\0", 4), State::kMalformed,
              "neither TCP over IPv4 nor over IPv6"},
        Wrong{"v2 short", kSignature + std::string("\x21\x11\0\2xx", 6), State::kMalformed,
              "the addresses are cut off"},
        Wrong{"v2 long", kSignature + std::string("\x21\x11\x10\0", 4), State::kTooLarge, ""},
        Wrong{"v2 field",
              kSignature + std::string("\x21\x11\0\x0e", 4) + std::string(12, 'a') + "\x01" + "1",
              State::kMalformed, "a field is cut off"}),
    [](const auto& info) {
      std::string name = info.param.what;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

}  // namespace
}  // namespace sluice::proxy
