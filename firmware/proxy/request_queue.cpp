// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/request_queue.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::proxy {

RequestQueue::Place::Place(RequestQueue& queue, const PoolPlan& pool)
    : queue_(queue),
      pool_(pool),
      where_(queue.places_.insert(queue.places_.end(), this)),
      timer_(queue.context_) {}

RequestQueue::Place::~Place() {
  queue_.places_.erase(where_);
  if (Place* next = queue_.firstOf(pool_)) next->wake();
}

bool RequestQueue::Place::first() const { return queue_.firstOf(pool_) == this; }

Task<void> RequestQueue::Place::wait(TimePoint until) {
  timer_.expires_at(std::min(until, Clock::now() + kPatience));
  boost::system::error_code ignored;
  co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

// Plans come and go; a pool stays the same by its counters.
RequestQueue::Place* RequestQueue::firstOf(const PoolPlan& pool) const {
  const auto found = std::find_if(places_.begin(), places_.end(), [&](const Place* place) {
    return place->pool_.counters == pool.counters;
  });
  return found == places_.end() ? nullptr : *found;
}

bool RequestQueue::anybody(const PoolPlan& pool) const { return firstOf(pool) != nullptr; }

void RequestQueue::free(const MemberCounters& member) {
  const auto found = std::find_if(places_.begin(), places_.end(), [&](const Place* place) {
    const auto& members = place->pool_.members;
    return std::any_of(members.begin(), members.end(),
                       [&](const MemberPlan& one) { return one.counters.get() == &member; });
  });
  if (found != places_.end()) (*found)->wake();
}

}  // namespace sluice::proxy
