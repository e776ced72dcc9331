// SPDX-License-Identifier: Apache-2.0
// The one event loop of the live appliance: a Boost.Asio io_context that the appliance's SystemC
// thread turns between frames. Front ports and TAP devices are watched here; probes, timers and
// servers use context() as any Asio program does. Everything runs on the thread that calls turn(),
// and nothing may hold it up: a handler that takes 1 ms delays every packet by 1 ms.
//
// Not thread-safe. Outlives what is watched and every object made with context().
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace sluice {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls `ready` whenever `fd`, which the caller owns, is readable; again on the next turn if it
  // still is. Takes the place of an earlier handler. A descriptor of -1 is never readable.
  void watch(int fd, std::function<void()> ready);
  // Handlers may call it, for their own descriptor too. Before the descriptor is closed.
  void unwatch(int fd);

  // Waits for at most `most` until something is ready (0: does not wait) and runs what is, but no
  // more than kMostPerTurn handlers: what frames left behind must be settled. Handlers may not call
  // it. False if there was nothing.
  bool turn(std::chrono::nanoseconds most);
  static constexpr int kMostPerTurn = 16;

  boost::asio::io_context& context() { return context_; }

 private:
  struct Watch;
  void arm(const std::shared_ptr<Watch>& watch);

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
  std::map<int, std::shared_ptr<Watch>> watches_;
};

}  // namespace sluice
