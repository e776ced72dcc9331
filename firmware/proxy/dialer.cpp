// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/dialer.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "firmware/proxy/socket_limit.h"
#include "firmware/proxy/tls_stream.h"
#include "firmware/tls/alpn.h"

namespace sluice::proxy {

namespace asio = boost::asio;

void Dialer::cancel() {
  boost::system::error_code ignored;
  if (connecting_ != nullptr) connecting_->cancel(ignored);
  if (shaking_ != nullptr) shaking_->cancel();
}

Task<std::unique_ptr<Stream>> Dialer::connect(const MemberPlan& member, std::string_view preamble,
                                              std::chrono::nanoseconds patience,
                                              LatencyHistogram& latency) {
  const TimePoint start = Clock::now();
  Socket socket(context_);
  std::unique_ptr<Stream> stream;
  const bool reached = co_await reach(socket, member.endpoint, preamble, start + patience);
  if (reached && member.tls) {
    stream = co_await encrypt(std::move(socket), member, start + patience);
  } else if (reached) {
    stream = std::make_unique<TcpStream>(std::move(socket), deadlines_);
  }
  if (!stream) {
    count(member.counters->connect_failures);
    co_return nullptr;
  }
  count(member.counters->connections);
  took_ = Clock::now() - start;
  latency.record(took_);
  co_return stream;
}

Task<bool> Dialer::reach(Socket& socket, const Endpoint& member, std::string_view preamble,
                         TimePoint until) {
  const auto endpoint = toAsio(member);
  boost::system::error_code error;
  socket.open(endpoint.protocol(), error);
  if (error) co_return false;
  socket.non_blocking(true, error);
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  SocketLimit limit(deadlines_, socket);
  limit.start(until);
  connecting_ = &socket;
  co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (!error && !preamble.empty()) {
    co_await asio::async_write(socket, asio::buffer(preamble),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  connecting_ = nullptr;
  limit.stop();
  co_return !error;
}

namespace {

constexpr std::string_view kHttp2 = "h2";  // in ALPN

// True also where nothing had to be agreed.
bool offer(SSL* ssl, bool http2) {
  const std::string wire = tls::alpnWire({std::string(kHttp2)});
  const auto* bytes = reinterpret_cast<const unsigned char*>(wire.data());
  return !http2 || SSL_set_alpn_protos(ssl, bytes, static_cast<unsigned>(wire.size())) == 0;
}

bool agreed(const SSL* ssl, bool http2) {
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  return !http2 || std::string_view(reinterpret_cast<const char*>(protocol), size) == kHttp2;
}

}  // namespace

Task<std::unique_ptr<Stream>> Dialer::encrypt(Socket socket, const MemberPlan& member,
                                              TimePoint until) {
  MemberCounters& counters = *member.counters;
  auto ssl = member.tls->newConnection(member.endpoint);
  auto failure = tls::HandshakeFailure::kOther;
  std::unique_ptr<TlsStream> stream;
  if (ssl && offer(ssl.get(), member.http2)) {
    stream = std::make_unique<TlsStream>(std::move(socket), deadlines_, std::move(ssl), member.tls);
    shaking_ = stream.get();
    failure = co_await stream->handshake(until);
    shaking_ = nullptr;
    if (failure == tls::HandshakeFailure::kNone && !agreed(stream->ssl(), member.http2))
      failure = tls::HandshakeFailure::kAlpn;
  }
  if (failure != tls::HandshakeFailure::kNone) {
    count(counters.handshake_failures[static_cast<size_t>(failure)]);
    co_return nullptr;
  }
  const bool resumed = SSL_session_reused(stream->ssl()) == 1;
  count(resumed ? counters.handshakes_resumed : counters.handshakes_full);
  co_return stream;
}

}  // namespace sluice::proxy
