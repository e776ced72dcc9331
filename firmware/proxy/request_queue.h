// SPDX-License-Identifier: Apache-2.0
// Requests that wait because all members of their pool are at their limit, first come, first
// served. One per worker, on its thread.
//
// A place is told when a member of its pool may have become free: when a request of this worker
// ended, and every kPatience, since other workers and pools have requests at the same members.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

#include "firmware/proxy/proxy_plan.h"
#include "firmware/proxy/stream.h"

namespace sluice::proxy {

class RequestQueue {
 public:
  static constexpr auto kPatience = std::chrono::milliseconds(20);

  explicit RequestQueue(boost::asio::io_context& context) : context_(context) {}

  class Place {
   public:
    Place(RequestQueue& queue, const PoolPlan& pool);
    // Who is next is told.
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Nobody came before it.
    bool first() const;
    // Until it is worth while to look, or that time.
    Task<void> wait(TimePoint until);
    void wake() { timer_.cancel(); }

   private:
    friend class RequestQueue;
    RequestQueue& queue_;
    const PoolPlan& pool_;
    std::list<Place*>::iterator where_;
    boost::asio::steady_timer timer_;
  };

  // Somebody waits for a member of that pool.
  bool anybody(const PoolPlan& pool) const;
  // A request ended there.
  void free(const MemberCounters& member);

 private:
  Place* firstOf(const PoolPlan& pool) const;

  boost::asio::io_context& context_;
  std::list<Place*> places_;
};

// A request that a member has to do with. Who waits for the member learns that it is over.
class Occupied {
 public:
  Occupied(RequestQueue& queue, const MemberPlan& member)
      : queue_(queue), counters_(*member.counters) {
    count(counters_.active);
  }
  ~Occupied() {
    counters_.active.fetch_sub(1, std::memory_order_relaxed);
    queue_.free(counters_);
  }
  Occupied(const Occupied&) = delete;
  Occupied& operator=(const Occupied&) = delete;

 private:
  RequestQueue& queue_;
  MemberCounters& counters_;
};

}  // namespace sluice::proxy
