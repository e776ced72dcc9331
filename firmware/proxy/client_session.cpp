// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/client_session.h"

#include "firmware/proxy/http1_session.h"

namespace sluice::proxy {

ClientSession::ClientSession(WorkerParts& parts, std::shared_ptr<Front> front, Socket socket,
                             const IpAddress& client)
    : counters_(front->service->counters),
      tls_context_(front->service->tls),
      stream_(openStream(std::move(socket), parts.deadlines)),
      connection_{parts, std::move(front), *stream_, {client, {}}} {
  count(counters_->connections);
  count(counters_->active_connections);
}

ClientSession::~ClientSession() {
  counters_->active_connections.fetch_sub(1, std::memory_order_relaxed);
}

std::unique_ptr<Stream> ClientSession::openStream(Socket socket, Deadlines& deadlines) {
  tls::SslPtr ssl = tls_context_ ? tls_context_->newConnection() : nullptr;
  if (!ssl) return std::make_unique<TcpStream>(std::move(socket), deadlines);
  auto stream = std::make_unique<TlsStream>(std::move(socket), deadlines, std::move(ssl));
  tls_ = stream.get();
  return stream;
}

void ClientSession::cancel() {
  stream_->cancel();
  if (protocol_) protocol_->cancel();
}

Task<void> ClientSession::run() {
  const bool good = co_await shakeHands();
  if (!good) co_return;
  protocol_ = std::make_unique<Http1Session>(connection_);
  co_await protocol_->run();
}

Task<bool> ClientSession::shakeHands() {
  // A virtual of mode https is never served unencrypted.
  if (!tls_) co_return !tls_context_;
  const TimePoint start = Clock::now();
  const auto patience = connection_.front->service->http.header_timeout;
  const auto failure = co_await tls_->handshake(start + patience);
  count(counters_->handshake_failures[static_cast<size_t>(failure)]);
  if (failure != tls::HandshakeFailure::kNone) co_return false;
  const bool resumed = SSL_session_reused(tls_->ssl()) == 1;
  count(resumed ? counters_->handshakes_resumed : counters_->handshakes_full);
  counters_->handshake.record(Clock::now() - start);
  connection_.facts.tls = SSL_get_version(tls_->ssl());
  co_return true;
}

}  // namespace sluice::proxy
