// SPDX-License-Identifier: Apache-2.0
// Takes the PROXY header off the beginning of a connection, and not one byte more.
#pragma once

#include <string>

#include "firmware/proxy/proxy_protocol.h"
#include "firmware/proxy/proxy_stats.h"
#include "firmware/proxy/stream.h"

namespace sluice::proxy {

class ProxyPreamble {
 public:
  // Borrows both. The socket does not block.
  ProxyPreamble(Socket& socket, Deadlines& deadlines) : socket_(socket), deadlines_(deadlines) {}

  // kNone: header() says who the client is; anything else: the connection is of no use.
  Task<Cause> read(TimePoint until);
  const ProxyHeader& header() const { return reader_.header(); }
  // Whoever reads fails soon.
  void cancel();

 private:
  // What has come and belongs to the header; false: the connection ended.
  bool take();

  Socket& socket_;
  Deadlines& deadlines_;
  std::string taken_;
  ProxyHeaderReader reader_;
  ProxyHeaderReader::State state_ = ProxyHeaderReader::State::kMore;
};

}  // namespace sluice::proxy
