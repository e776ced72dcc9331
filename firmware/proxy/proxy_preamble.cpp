// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/proxy_preamble.h"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "firmware/proxy/socket_limit.h"

namespace sluice::proxy {

namespace asio = boost::asio;
using State = ProxyHeaderReader::State;

Task<Cause> ProxyPreamble::read(TimePoint until) {
  SocketLimit limit(deadlines_, socket_);
  limit.start(until);
  boost::system::error_code error;
  while (state_ == State::kMore) {
    co_await socket_.async_wait(Socket::wait_read,
                                asio::redirect_error(asio::use_awaitable, error));
    const bool going = !error && take();
    if (!going) co_return limit.timedOut() ? Cause::kHeaderTimeout : Cause::kClientGone;
  }
  if (state_ == State::kComplete) co_return Cause::kNone;
  co_return state_ == State::kNone ? Cause::kProxyMissing : Cause::kProxyMalformed;
}

// While the reader wants more, all that is there is the header's.
bool ProxyPreamble::take() {
  char bytes[ProxyHeaderReader::kMostBytes];
  const size_t room = sizeof bytes - taken_.size();
  const ssize_t there = ::recv(socket_.native_handle(), bytes, room, MSG_PEEK | MSG_DONTWAIT);
  if (there < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  if (there == 0) return false;
  const size_t before = taken_.size();
  taken_.append(bytes, static_cast<size_t>(there));
  state_ = reader_.read(taken_);
  const size_t end = state_ == State::kComplete ? reader_.size() : taken_.size();
  return ::recv(socket_.native_handle(), bytes, end - before, MSG_DONTWAIT) ==
         static_cast<ssize_t>(end - before);
}

void ProxyPreamble::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace sluice::proxy
