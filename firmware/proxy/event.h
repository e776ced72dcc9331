// SPDX-License-Identifier: Apache-2.0
// Something that one coroutine waits for and another one says. On one thread.
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "firmware/proxy/stream.h"

namespace sluice::proxy {

class Event {
 public:
  explicit Event(boost::asio::io_context& context) : timer_(context) {}

  void set() {
    set_ = true;
    timer_.cancel();
  }
  bool isSet() const { return set_; }
  void clear() { set_ = false; }

  // False: time is up.
  Task<bool> wait(TimePoint until) {
    timer_.expires_at(until);
    while (!set_ && Clock::now() < until) {
      boost::system::error_code ignored;
      co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    co_return set_;
  }

 private:
  boost::asio::steady_timer timer_;
  bool set_ = false;
};

}  // namespace sluice::proxy
