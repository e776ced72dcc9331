// SPDX-License-Identifier: Apache-2.0
// Opens connections to members, one at a time.
#pragma once

#include <memory>

#include "firmware/proxy/proxy_plan.h"
#include "firmware/proxy/stream.h"

namespace sluice::proxy {

class Dialer {
 public:
  Dialer(boost::asio::io_context& context, Deadlines& deadlines)
      : context_(context), deadlines_(deadlines) {}

  // Null: refused, unreachable, not within `patience`, or cancelled. Counts what came of it for the
  // member, and how long it took in `latency`.
  Task<std::unique_ptr<Stream>> connect(const MemberPlan& member, std::chrono::nanoseconds patience,
                                        LatencyHistogram& latency);
  // What is under way ends.
  void cancel();
  // By the last that succeeded.
  Clock::duration took() const { return took_; }

 private:
  boost::asio::io_context& context_;
  Deadlines& deadlines_;
  Socket* connecting_ = nullptr;
  Clock::duration took_{};
};

}  // namespace sluice::proxy
