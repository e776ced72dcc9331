// SPDX-License-Identifier: Apache-2.0
// Waits until one of several file descriptors is readable (epoll(7)).
#pragma once

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "sim/live/file_descriptor.h"

namespace sluice {

class Poller {
 public:
  Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  void add(int fd, std::function<void()> ready) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    handlers_[fd] = std::move(ready);
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
  void remove(int fd) {
    handlers_.erase(fd);
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  }

  // Calls the handlers of those that are readable; waits for one for at most `timeout_ms`. False if
  // there was none.
  bool wait(int timeout_ms) {
    std::array<epoll_event, 16> events;
    const int ready = epoll_wait(epoll_.get(), events.data(), events.size(), timeout_ms);
    for (int i = 0; i < ready; ++i) {
      // A handler may remove others.
      const auto handler = handlers_.find(events[static_cast<size_t>(i)].data.fd);
      if (handler == handlers_.end()) continue;
      const auto call = handler->second;
      call();
    }
    return ready > 0;
  }

 private:
  FileDescriptor epoll_;
  std::map<int, std::function<void()>> handlers_;
};

}  // namespace sluice
