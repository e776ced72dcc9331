// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/deadlines.h"

namespace sluice::proxy {

namespace {
constexpr auto kStep = std::chrono::milliseconds(100);
}

Deadlines::Deadlines(boost::asio::io_context& context) : timer_(context), head_(*this) {
  head_.previous_ = head_.next_ = &head_;
}

void Deadlines::Entry::start(TimePoint at) {
  stop();
  at_ = at;
  Entry& head = deadlines_.head_;
  previous_ = head.previous_;
  next_ = &head;
  previous_->next_ = next_->previous_ = this;
  deadlines_.arm();
}

void Deadlines::Entry::stop() {
  if (next_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = nullptr;
}

void Deadlines::arm() {
  if (armed_) return;
  armed_ = true;
  timer_.expires_after(kStep);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void Deadlines::sweep() {
  armed_ = false;
  const TimePoint now = Clock::now();
  Entry* next = nullptr;
  for (Entry* entry = head_.next_; entry != &head_; entry = next) {
    next = entry->next_;
    if (entry->at_ <= now) entry->expired();
  }
  if (head_.next_ != &head_) arm();
}

}  // namespace sluice::proxy
