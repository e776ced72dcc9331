// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/dialer.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::proxy {

namespace asio = boost::asio;

namespace {

class ConnectLimit : public Deadlines::Entry {
 public:
  ConnectLimit(Deadlines& deadlines, Socket& socket) : Entry(deadlines), socket_(socket) {}

 private:
  void expired() override {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
  Socket& socket_;
};

}  // namespace

void Dialer::cancel() {
  boost::system::error_code ignored;
  if (connecting_ != nullptr) connecting_->cancel(ignored);
}

Task<std::unique_ptr<Stream>> Dialer::connect(const MemberPlan& member,
                                              std::chrono::nanoseconds patience,
                                              LatencyHistogram& latency) {
  const TimePoint start = Clock::now();
  Socket socket(context_);
  const auto endpoint = toAsio(member.endpoint);
  boost::system::error_code error;
  socket.open(endpoint.protocol(), error);
  if (!error) {
    socket.non_blocking(true, error);
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    ConnectLimit limit(deadlines_, socket);
    limit.start(start + patience);
    connecting_ = &socket;
    co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    connecting_ = nullptr;
    limit.stop();
  }
  if (error) {
    count(member.counters->connect_failures);
    co_return nullptr;
  }
  count(member.counters->connections);
  took_ = Clock::now() - start;
  latency.record(took_);
  co_return std::make_unique<TcpStream>(std::move(socket), deadlines_);
}

}  // namespace sluice::proxy
