// SPDX-License-Identifier: Apache-2.0
// Time limits of many connections, cheaply: a list that is looked through every 100 ms while it is
// not empty. A limit therefore takes effect up to that much late.
//
// One per worker, used on its thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace sluice::proxy {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

class Deadlines {
 public:
  // Off the list until started; leaves it when it ends. expired() may stop it and no other.
  class Entry {
   public:
    explicit Entry(Deadlines& deadlines) : deadlines_(deadlines) {}
    virtual ~Entry() { stop(); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    void start(TimePoint at);
    void stop();
    // Of an entry that is started.
    void move(TimePoint at) { at_ = at; }
    bool started() const { return next_ != nullptr; }

   protected:
    virtual void expired() = 0;

   private:
    friend class Deadlines;
    Deadlines& deadlines_;
    Entry* previous_ = nullptr;
    Entry* next_ = nullptr;
    TimePoint at_;
  };

  explicit Deadlines(boost::asio::io_context& context);

 private:
  class Head : public Entry {
   public:
    using Entry::Entry;
    void expired() override {}
  };

  void arm();
  void sweep();

  boost::asio::steady_timer timer_;
  Head head_;  // of a ring
  bool armed_ = false;
};

}  // namespace sluice::proxy
