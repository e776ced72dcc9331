// SPDX-License-Identifier: Apache-2.0
// What a worker has for all its connections and exchanges.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>

#include "firmware/proxy/balancer.h"
#include "firmware/proxy/http2_servers.h"
#include "firmware/proxy/mirrors.h"
#include "firmware/proxy/request_queue.h"
#include "firmware/proxy/server_connection.h"

namespace sluice::proxy {

struct WorkerParts {
  explicit WorkerParts(boost::asio::io_context& io) : context(io), deadlines(io), idle(deadlines) {}
  boost::asio::io_context& context;
  Deadlines deadlines;
  IdleServers idle;
  Http2Servers http2_servers{*this};
  Balancer balancer;
  Mirrors mirrors{*this};
  RequestQueue queue{context};
  // For bytes that are used up before anything else is awaited.
  std::array<char, 16'384> scratch{};
  bool stopping = false;  // connections end with their request
};

}  // namespace sluice::proxy
