// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/tls_relay.h"

#include <vector>

#include "firmware/proxy/proxy_protocol.h"
#include "firmware/proxy/tunnel.h"

namespace sluice::proxy {

using tls::HandshakeFailure;

namespace {

// The largest hello in its records, and what is under way each direction afterwards.
constexpr size_t kBuffer = 2 * ClientHelloReader::kMostBytes;

}  // namespace

TlsRelay::TlsRelay(WorkerParts& parts, std::shared_ptr<const ServicePlan> service, Socket socket,
                   const ConnectionEnds& ends)
    : parts_(parts),
      service_(std::move(service)),
      counters_(*service_->counters),
      ends_(ends),
      stream_(std::move(socket), parts.deadlines),
      in_(kBuffer),
      back_(kBuffer),
      dialer_(parts.context, parts.deadlines) {
  count(counters_.connections);
}

void TlsRelay::cancel() {
  cancelled_ = true;
  stream_.cancel();
  dialer_.cancel();
  if (server_) server_->cancel();
}

Task<void> TlsRelay::run() {
  const bool said = co_await readHello();
  if (!said) co_return;
  const PoolPlan* pool = choosePool();
  if (pool == nullptr)
    co_return co_await refuse(HandshakeFailure::kUnknownName, Alert::kUnrecognizedName);
  const bool reached = co_await reachMember(*pool);
  if (reached) co_await carryBoth();
}

Task<bool> TlsRelay::readHello() {
  using State = ClientHelloReader::State;
  const TimePoint until = Clock::now() + service_->http.header_timeout;
  for (;;) {
    const State state = reader_.read(in_.view());
    if (state == State::kComplete) co_return true;
    if (state == State::kNoTls) {
      co_await refuse(HandshakeFailure::kNotTls, Alert::kHandshakeFailure);
      co_return false;
    }
    if (state != State::kMore || in_.full()) {
      co_await refuse(HandshakeFailure::kOther, Alert::kDecodeError);
      co_return false;
    }
    const size_t got = co_await stream_.read(in_.room(), until);
    in_.received(got);
    if (got > 0) continue;
    const auto failure =
        stream_.readTimedOut() ? HandshakeFailure::kTimeout : HandshakeFailure::kClosed;
    count(counters_.handshake_failures[static_cast<size_t>(failure)]);
    co_return false;
  }
}

const PoolPlan* TlsRelay::choosePool() const {
  const auto pool = service_->names.find(reader_.hello().server_name);
  return pool != nullptr ? pool : service_->pool.get();
}

Task<bool> TlsRelay::reachMember(const PoolPlan& pool) {
  const std::string header =
      writeProxyHeader(service_->send_proxy, ends_, reader_.hello().server_name);
  const RelayComeback comeback(*service_, pool, reader_.hello(), ends_.source.address);
  std::vector<const MemberPlan*> tried;
  for (;;) {
    const MemberPlan* member =
        parts_.balancer.choose(pool, ends_.source.address, tried, comeback.known());
    if (member == nullptr || cancelled_) break;
    server_ = co_await dialer_.connect(*member, header, service_->http.connect_timeout,
                                       counters_.connect);
    if (server_) {
      place_.emplace(parts_.queue, *member);
      comeback.remember(member->endpoint);
      if (comeback.looksAtAnswer()) co_await readAnswer(member->endpoint, comeback);
      co_return true;
    }
    count(counters_.retries);
    tried.push_back(member);
  }
  co_await giveUp(tried.empty() ? Cause::kNoMember : Cause::kConnectFailed);
  co_return false;
}

// Whatever comes of it, the rest goes on as if nobody had looked.
Task<void> TlsRelay::readAnswer(const Endpoint& member, const RelayComeback& comeback) {
  const auto patience = service_->http.response_timeout;
  const std::string_view hello = in_.view();
  const bool sent = co_await server_->write(hello, patience);
  if (!sent) co_return;
  count(counters_.bytes_received, hello.size());
  in_.consume(hello.size());
  ServerHello answer;
  for (size_t got = 1; got > 0 && !back_.full();) {
    answer = readServerHello(back_.view());
    if (answer.state != ServerHello::State::kMore) break;
    got = co_await server_->read(back_.room(), Clock::now() + patience);
    back_.received(got);
  }
  comeback.remember(member, answer);
}

Task<void> TlsRelay::carryBoth() {
  Tunnel tunnel(parts_.context, service_->http.tunnel_timeout,
                {stream_, in_, counters_.bytes_received}, {*server_, back_, counters_.bytes_sent});
  co_await tunnel.run();
}

Task<void> TlsRelay::refuse(HandshakeFailure failure, Alert alert) {
  count(counters_.handshake_failures[static_cast<size_t>(failure)]);
  const char record[] = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, static_cast<char>(alert)};
  const bool tls = failure != HandshakeFailure::kNotTls;
  if (tls) co_await stream_.write({record, sizeof record}, service_->http.header_timeout);
  stream_.finish();
}

Task<void> TlsRelay::giveUp(Cause cause) {
  count(counters_.causes[static_cast<size_t>(cause)]);
  const char record[] = {
      0x15, 0x03, 0x03, 0x00, 0x02, 0x02, static_cast<char>(Alert::kInternalError)};
  co_await stream_.write({record, sizeof record}, service_->http.header_timeout);
  stream_.finish();
}

}  // namespace sluice::proxy
