// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace sluice::proxy {

namespace asio = boost::asio;

Stream::Stream(Socket socket, Deadlines& deadlines)
    : socket_(std::move(socket)), read_limit_(deadlines), write_limit_(deadlines) {}

Task<bool> Stream::wait(Want want, TimePoint until) {
  const bool reading = want == Want::kRead;
  Limit& limit = reading ? read_limit_ : write_limit_;
  limit.timed_out = false;
  if (cancelled_ || (reading && reads_ended_)) co_return false;
  turns_ = 0;
  limit.start(until);
  boost::system::error_code error;
  co_await socket_.async_wait(
      reading ? Socket::wait_read : Socket::wait_write,
      asio::bind_cancellation_slot(limit.signal.slot(),
                                   asio::redirect_error(asio::use_awaitable, error)));
  limit.stop();
  co_return !error && !cancelled_;
}

Task<void> Stream::takeTurns() {
  constexpr unsigned kMostTurns = 64;
  if (++turns_ < kMostTurns) co_return;
  turns_ = 0;
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

Task<size_t> Stream::read(std::span<char> into, TimePoint until) {
  co_await takeTurns();
  while (!cancelled_) {
    const Attempt attempt = tryRead(into);
    if (attempt.bytes > 0) co_return attempt.bytes;
    if (attempt.want == Want::kNothing) co_return 0;
    if (!co_await wait(attempt.want, until)) co_return 0;
  }
  co_return 0;
}

Task<bool> Stream::write(std::string_view data, std::chrono::nanoseconds patience) {
  co_await takeTurns();
  while (!data.empty()) {
    if (cancelled_) co_return false;
    const Attempt attempt = tryWrite(data);
    data.remove_prefix(attempt.bytes);
    if (attempt.bytes > 0) continue;
    if (attempt.want == Want::kNothing) co_return false;
    if (!co_await wait(attempt.want, Clock::now() + patience)) co_return false;
  }
  co_return true;
}

Task<bool> Stream::readable(TimePoint until) {
  if (buffered()) co_return true;
  co_return co_await wait(Want::kRead, until);
}

void Stream::limitRead(TimePoint until) {
  if (read_limit_.started()) read_limit_.move(until);
}

void Stream::interruptRead() {
  if (read_limit_.started()) read_limit_.signal.emit(asio::cancellation_type::terminal);
}

void Stream::endReads() {
  reads_ended_ = true;
  interruptRead();
}

void Stream::cancel() {
  cancelled_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Stream::finish() { ::shutdown(socket_.native_handle(), SHUT_WR); }

Task<void> Stream::linger(std::span<char> scratch) {
  constexpr auto kLongest = std::chrono::seconds(2);
  constexpr size_t kMost = 1 << 20;
  finish();
  const TimePoint until = Clock::now() + kLongest;
  for (size_t sum = 0; sum < kMost;) {
    const size_t got = co_await read(scratch, until);
    if (got == 0 || Clock::now() >= until) break;
    sum += got;
  }
}

bool Stream::quiet() const {
  char byte = 0;
  auto& socket = const_cast<Socket&>(socket_);
  const ssize_t got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && !buffered();
}

Stream::Attempt TcpStream::tryRead(std::span<char> into) {
  const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  if (got > 0) return {static_cast<size_t>(got), Want::kNothing};
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return {0, Want::kRead};
  ended_ = got == 0;
  return {};
}

Stream::Attempt TcpStream::tryWrite(std::string_view data) {
  const ssize_t sent =
      ::send(socket_.native_handle(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0) return {static_cast<size_t>(sent), Want::kNothing};
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return {0, Want::kWrite};
  return {};
}

asio::ip::tcp::endpoint toAsio(const Endpoint& endpoint) {
  if (endpoint.address.v6) {
    asio::ip::address_v6::bytes_type bytes;
    std::copy_n(endpoint.address.bytes.begin(), bytes.size(), bytes.begin());
    return {asio::ip::address_v6(bytes), endpoint.port};
  }
  asio::ip::address_v4::bytes_type bytes;
  std::copy_n(endpoint.address.bytes.begin(), bytes.size(), bytes.begin());
  return {asio::ip::address_v4(bytes), endpoint.port};
}

Endpoint fromAsio(const asio::ip::tcp::endpoint& endpoint) {
  Endpoint result;
  result.port = endpoint.port();
  result.address.v6 = endpoint.address().is_v6();
  if (result.address.v6) {
    const auto bytes = endpoint.address().to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), result.address.bytes.begin());
  } else {
    const auto bytes = endpoint.address().to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), result.address.bytes.begin());
  }
  return result;
}

}  // namespace sluice::proxy
