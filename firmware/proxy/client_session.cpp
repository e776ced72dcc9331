// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/client_session.h"

#include "firmware/proxy/http1_session.h"
#include "firmware/proxy/http2_session.h"

namespace sluice::proxy {
namespace {

// Members are told whose certificate it is, and what it is worth.
std::string certificateHeaders(const tls::ConnectionFacts& facts) {
  std::string lines;
  const auto add = [&](const char* name, const std::string& value) {
    lines.append("X-Client-Cert-").append(name).append(": ").append(value).append("\r\n");
  };
  add("Verify", facts.verdict());
  if (!facts.certified) return lines;
  add("Subject", facts.subject);
  add("Issuer", facts.issuer);
  add("Serial", facts.serial);
  add("Fingerprint", facts.fingerprint);
  return lines;
}

// There is nobody left to be told.
bool gone(tls::HandshakeFailure failure) {
  return failure == tls::HandshakeFailure::kClosed || failure == tls::HandshakeFailure::kTimeout;
}

}  // namespace

ClientSession::ClientSession(WorkerParts& parts, std::shared_ptr<Front> front, Socket socket,
                             const ConnectionEnds& ends)
    : counters_(front->service->counters),
      tls_context_(front->service->tls),
      stream_(openStream(std::move(socket), parts.deadlines)),
      connection_{parts, std::move(front), *stream_, {ends, {}, {}}} {
  count(counters_->connections);
}

std::unique_ptr<Stream> ClientSession::openStream(Socket socket, Deadlines& deadlines) {
  tls::SslPtr ssl = tls_context_ ? tls_context_->newConnection() : nullptr;
  if (!ssl) return std::make_unique<TcpStream>(std::move(socket), deadlines);
  auto stream =
      std::make_unique<TlsStream>(std::move(socket), deadlines, std::move(ssl), tls_context_);
  tls_ = stream.get();
  return stream;
}

void ClientSession::cancel() {
  if (protocol_) {
    protocol_->cancel();
  } else {
    stream_->cancel();
  }
}

Task<void> ClientSession::run() {
  const bool good = co_await shakeHands();
  if (!good) co_return;
  std::string begun;
  const bool http2 = tls_ != nullptr ? agreedOnHttp2() : co_await beginsWithHttp2(begun);
  if (http2) {
    protocol_ = std::make_unique<Http2Session>(connection_, std::move(begun));
  } else {
    protocol_ = std::make_unique<Http1Session>(connection_, begun);
  }
  co_await protocol_->run();
}

Task<bool> ClientSession::shakeHands() {
  // A virtual of mode https is never served unencrypted.
  if (!tls_) co_return !tls_context_;
  const TimePoint start = Clock::now();
  const auto patience = connection_.front->service->http.header_timeout;
  const auto failure = co_await tls_->handshake(start + patience);
  count(counters_->handshake_failures[static_cast<size_t>(failure)]);
  if (failure != tls::HandshakeFailure::kNone) {
    if (!gone(failure)) co_await tls_->farewell();
    co_return false;
  }
  const bool resumed = SSL_session_reused(tls_->ssl()) == 1;
  count(resumed ? counters_->handshakes_resumed : counters_->handshakes_full);
  counters_->handshake.record(Clock::now() - start);
  connection_.facts.tls = tls::factsOf(tls_->ssl());
  if (tls_context_->settings().client_certificates != tls::ClientCertificates::kNone)
    connection_.facts.certificate_headers = certificateHeaders(*connection_.facts.tls);
  co_return true;
}

bool ClientSession::agreedOnHttp2() const {
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_->ssl(), &protocol, &size);
  return std::string_view(reinterpret_cast<const char*>(protocol), size) == "h2";
}

// Prior knowledge (RFC 9113 section 3.3). `begun`: what was read to find out.
Task<bool> ClientSession::beginsWithHttp2(std::string& begun) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const HttpSettings& http = connection_.front->service->http;
  if (!http.http2_cleartext) co_return false;
  const TimePoint until = Clock::now() + http.header_timeout;
  while (begun.size() < kPreface.size()) {
    char piece[kPreface.size()];
    const std::span<char> room(piece, kPreface.size() - begun.size());
    const size_t got = co_await stream_->read(room, until);
    begun.append(piece, got);
    if (got == 0 || !kPreface.starts_with(begun)) break;
  }
  co_return begun == kPreface;
}

}  // namespace sluice::proxy
