// SPDX-License-Identifier: Apache-2.0
// The PROXY protocol, versions 1 and 2 (W. Tarreau, The PROXY protocol, HAProxy 2.x documentation):
// what a load balancer says ahead of a connection's own bytes about who is at its other end.
#pragma once

#include <string>

#include "firmware/base/ip_address.h"

namespace sluice::proxy {

struct ProxyHeader {
  Endpoint source, destination;  // both of one version of IP
  std::string server_name;       // that a TLS client asked for; version 2 only
};

std::string writeProxyV1(const ProxyHeader& header);
std::string writeProxyV2(const ProxyHeader& header);

}  // namespace sluice::proxy
