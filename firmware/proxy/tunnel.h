// SPDX-License-Identifier: Apache-2.0
// Two connections whose bytes are passed on unread, both ways, at the speed of the slower one.
#pragma once

#include <boost/asio/io_context.hpp>

#include "firmware/proxy/byte_buffer.h"
#include "firmware/proxy/event.h"
#include "firmware/proxy/proxy_stats.h"

namespace sluice::proxy {

class Tunnel {
 public:
  struct Side {
    Stream& stream;
    ByteBuffer& received;  // from it, and not passed on yet
    Counter& bytes;        // from it
  };
  // `patience`: how long both may be silent.
  Tunnel(boost::asio::io_context& context, std::chrono::nanoseconds patience, Side client,
         Side server)
      : context_(context), patience_(patience), client_(client), server_(server) {}

  // Until both have said everything. An end is passed on, so that the other way may go on; a
  // failure ends both.
  Task<void> run();

 private:
  Task<void> carry(Side from, Stream& to);
  Task<void> carryBack(Event& ended);

  boost::asio::io_context& context_;
  const std::chrono::nanoseconds patience_;
  const Side client_, server_;
  TimePoint last_;  // when something went either way
  bool broken_ = false;
};

}  // namespace sluice::proxy
