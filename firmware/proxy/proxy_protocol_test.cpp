// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_protocol.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::proxy {
namespace {

ProxyHeader between(const char* source, const char* destination) {
  return {*Endpoint::parse(source), *Endpoint::parse(destination), ""};
}

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

TEST(ProxyProtocol, TextOfVersion1) {
  EXPECT_EQ(writeProxyV1(between("198.51.100.7:4711", "203.0.113.10:80")),
            "PROXY TCP4 198.51.100.7 203.0.113.10 4711 80\r\n");
  EXPECT_EQ(writeProxyV1(between("[2001:db8::1]:1", "[2001:db8::2]:443")),
            "PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n");
}

TEST(ProxyProtocol, BytesOfVersion2) {
  EXPECT_EQ(
      writeProxyV2(between("198.51.100.7:4711", "203.0.113.10:80")),
      kSignature + std::string("\x21\x11\0\x0c\xc6\x33\x64\x07\xcb\0\x71\x0a\x12\x67\0\x50", 16));
}

TEST(ProxyProtocol, TheNameStandsBehindTheAddresses) {
  ProxyHeader named = between("[2001:db8::1]:1", "[2001:db8::2]:443");
  named.server_name = "shop.example";
  const std::string text = writeProxyV2(named);
  EXPECT_EQ(text.substr(12, 4), std::string("\x21\x21\0\x33", 4));
  EXPECT_EQ(text.substr(52), std::string("\x02\0\x0cshop.example", 15));
}

}  // namespace
}  // namespace sluice::proxy
