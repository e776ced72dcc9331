// SPDX-License-Identifier: Apache-2.0
// The PROXY protocol, versions 1 and 2 (W. Tarreau, The PROXY protocol, HAProxy 2.x documentation):
// what a load balancer says ahead of a connection's own bytes about who is at its other end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/base/ip_address.h"
#include "firmware/control/config_layer7.h"

namespace sluice::proxy {

// Of a client's connection.
struct ConnectionEnds {
  Endpoint source, destination;  // both of one version of IP
};

struct ProxyHeader {
  // Empty: the sender speaks for itself (LOCAL, UNKNOWN); the connection's own addresses hold.
  std::optional<ConnectionEnds> ends;
  std::string server_name;  // of TLS (authority); version 2 only
};

class ProxyHeaderReader {
 public:
  enum class State : uint8_t { kMore, kComplete, kNone, kMalformed, kTooLarge };
  static constexpr size_t kMostBytes = 4'096;  // with what version 2 adds behind the addresses

  // `data`: all that has come, from the connection's first byte on. kNone: no PROXY header begins
  // like this.
  State read(std::string_view data);
  // After kComplete: what it says, and how many bytes it takes.
  const ProxyHeader& header() const { return header_; }
  size_t size() const { return size_; }
  // After kMalformed: what is wrong.
  const char* flaw() const { return flaw_; }

 private:
  State readText(std::string_view data);
  State readBinary(std::string_view data);
  State malformed(const char* flaw);

  ProxyHeader header_;
  size_t size_ = 0;
  const char* flaw_ = "";
};

// Headers of either version. Version 1 has addresses only.
std::string writeProxyV1(const ProxyHeader& header);
std::string writeProxyV2(const ProxyHeader& header);
// Of the version that the virtual wants; empty: none.
std::string writeProxyHeader(std::optional<ProxyVersion> version, const ConnectionEnds& ends,
                             const std::string& server_name);

}  // namespace sluice::proxy
