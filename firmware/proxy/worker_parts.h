// SPDX-License-Identifier: Apache-2.0
// What a worker has for all its connections and exchanges.
#pragma once

#include <boost/asio/io_context.hpp>

#include "firmware/proxy/balancer.h"
#include "firmware/proxy/server_connection.h"

namespace sluice::proxy {

struct WorkerParts {
  explicit WorkerParts(boost::asio::io_context& io) : context(io), deadlines(io), idle(deadlines) {}
  boost::asio::io_context& context;
  Deadlines deadlines;
  IdleServers idle;
  Balancer balancer;
  bool stopping = false;  // connections end with their request
};

}  // namespace sluice::proxy
