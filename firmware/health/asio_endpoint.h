// SPDX-License-Identifier: Apache-2.0
// Our addresses as those of Boost.Asio.
#pragma once

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "firmware/base/ip_address.h"

namespace sluice {

template <class Protocol>
typename Protocol::endpoint asioEndpoint(const Endpoint& endpoint) {
  const auto address = boost::asio::ip::make_address(endpoint.address.toString());
  return {address, endpoint.port};
}

}  // namespace sluice
