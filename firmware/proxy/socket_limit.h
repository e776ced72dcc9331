// SPDX-License-Identifier: Apache-2.0
// A time limit for what is under way on a socket: it fails when time is up.
#pragma once

#include "firmware/proxy/deadlines.h"
#include "firmware/proxy/stream.h"

namespace sluice::proxy {

class SocketLimit : public Deadlines::Entry {
 public:
  SocketLimit(Deadlines& deadlines, Socket& socket) : Entry(deadlines), socket_(socket) {}
  bool timedOut() const { return timed_out_; }

 private:
  void expired() override {
    timed_out_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
  Socket& socket_;
  bool timed_out_ = false;
};

}  // namespace sluice::proxy
