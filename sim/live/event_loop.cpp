// SPDX-License-Identifier: Apache-2.0
#include "sim/live/event_loop.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>

namespace sluice {

struct EventLoop::Watch {
  Watch(boost::asio::io_context& context, int fd, std::function<void()> handler)
      : descriptor(context), ready(std::move(handler)) {
    boost::system::error_code refused;
    descriptor.assign(fd, refused);
  }
  ~Watch() {
    if (descriptor.is_open()) descriptor.release();
  }
  boost::asio::posix::stream_descriptor descriptor;
  std::function<void()> ready;  // empty: not watched any more
};

// One thread: Asio need not wake others.
EventLoop::EventLoop() : context_(1), open_(context_.get_executor()) {}

EventLoop::~EventLoop() { watches_.clear(); }

void EventLoop::watch(int fd, std::function<void()> ready) {
  unwatch(fd);
  const auto watch = std::make_shared<Watch>(context_, fd, std::move(ready));
  watches_[fd] = watch;
  if (watch->descriptor.is_open()) arm(watch);
}

void EventLoop::unwatch(int fd) {
  const auto entry = watches_.find(fd);
  if (entry == watches_.end()) return;
  entry->second->ready = nullptr;
  // Its operations end as aborted and drop the last references.
  if (entry->second->descriptor.is_open()) entry->second->descriptor.release();
  watches_.erase(entry);
}

void EventLoop::arm(const std::shared_ptr<Watch>& watch) {
  watch->descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                               [this, watch](const boost::system::error_code& error) {
                                 if (error || !watch->ready) return;
                                 // It may unwatch itself, which must not end it while it runs.
                                 const auto ready = watch->ready;
                                 ready();
                                 if (watch->ready) arm(watch);
                               });
}

bool EventLoop::turn(std::chrono::nanoseconds most) {
  const size_t first = most.count() > 0 ? context_.run_one_for(most) : context_.poll_one();
  if (first == 0) return false;
  for (int i = 1; i < kMostPerTurn && context_.poll_one() != 0; ++i) {
  }
  return true;
}

}  // namespace sluice
