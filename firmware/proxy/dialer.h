// SPDX-License-Identifier: Apache-2.0
// Opens connections to members, one at a time.
#pragma once

#include <memory>
#include <string_view>

#include "firmware/proxy/proxy_plan.h"
#include "firmware/proxy/stream.h"

namespace sluice::proxy {

class Dialer {
 public:
  Dialer(boost::asio::io_context& context, Deadlines& deadlines)
      : context_(context), deadlines_(deadlines) {}

  // Members that speak HTTP/2 by TLS have to agree to it (ALPN).
  // `preamble` goes ahead of everything, TLS too. Null: refused, unreachable, not whom it should
  // be, not within `patience`, or cancelled. Counts what came of it for the member, and how long it
  // took, handshake and all, in `latency`.
  Task<std::unique_ptr<Stream>> connect(const MemberPlan& member, std::string_view preamble,
                                        std::chrono::nanoseconds patience,
                                        LatencyHistogram& latency);
  // What is under way ends.
  void cancel();
  // By the last that succeeded.
  Clock::duration took() const { return took_; }

 private:
  // False: failed. `socket` is open and connected afterwards.
  Task<bool> reach(Socket& socket, const Endpoint& member, std::string_view preamble,
                   TimePoint until);
  // Null: the handshake failed.
  Task<std::unique_ptr<Stream>> encrypt(Socket socket, const MemberPlan& member, TimePoint until);

  boost::asio::io_context& context_;
  Deadlines& deadlines_;
  Socket* connecting_ = nullptr;
  Stream* shaking_ = nullptr;  // hands
  Clock::duration took_{};
};

}  // namespace sluice::proxy
