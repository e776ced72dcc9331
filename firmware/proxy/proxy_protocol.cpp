// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_protocol.h"

#include <cstddef>
#include <string_view>

namespace sluice::proxy {

namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr char kVersion2Proxy = 0x21, kTcp4 = 0x11, kTcp6 = 0x21, kTypeAuthority = 0x02;

void appendNumber(std::string& data, size_t value) {
  data += static_cast<char>(value >> 8);
  data += static_cast<char>(value);
}

void appendAddress(std::string& data, const IpAddress& address) {
  data.append(reinterpret_cast<const char*>(address.bytes.data()), address.v6 ? 16 : 4);
}

}  // namespace

std::string writeProxyV1(const ProxyHeader& header) {
  const auto& [source, destination, name] = header;
  return std::string("PROXY ") + (source.address.v6 ? "TCP6 " : "TCP4 ") +
         source.address.toString() + " " + destination.address.toString() + " " +
         std::to_string(source.port) + " " + std::to_string(destination.port) + "\r\n";
}

std::string writeProxyV2(const ProxyHeader& header) {
  std::string body;
  appendAddress(body, header.source.address);
  appendAddress(body, header.destination.address);
  appendNumber(body, header.source.port);
  appendNumber(body, header.destination.port);
  if (!header.server_name.empty()) {
    body += kTypeAuthority;
    appendNumber(body, header.server_name.size());
    body += header.server_name;
  }
  std::string text(kSignature);
  text += kVersion2Proxy;
  text += header.source.address.v6 ? kTcp6 : kTcp4;
  appendNumber(text, body.size());
  return text + body;
}

}  // namespace sluice::proxy
