// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/client_session.h"

#include <algorithm>

#include "firmware/proxy/own_answer.h"

namespace sluice::proxy {
namespace {

constexpr size_t kLeastBuffer = 16'384;
constexpr size_t kKeptWhileIdle = 1'024;

void shrink(std::string& text) {
  if (text.capacity() > kKeptWhileIdle) std::string().swap(text);
}

}  // namespace

ClientSession::ClientSession(WorkerParts& parts, std::shared_ptr<Front> front, Socket socket,
                             const IpAddress& client)
    : parts_(parts),
      front_(std::move(front)),
      service_(front_->service),
      counters_(service_->counters),
      tls_context_(service_->tls),
      client_(client),
      // An empty line may stand before a head.
      in_(std::max(service_->http.head.bytes + 2, kLeastBuffer)) {
  count(counters_->connections);
  count(counters_->active_connections);
  openStream(std::move(socket));
}

void ClientSession::openStream(Socket socket) {
  tls::SslPtr ssl = tls_context_ ? tls_context_->newConnection() : nullptr;
  if (ssl) {
    auto stream = std::make_unique<TlsStream>(std::move(socket), parts_.deadlines, std::move(ssl));
    tls_ = stream.get();
    stream_ = std::move(stream);
  } else {
    stream_ = std::make_unique<TcpStream>(std::move(socket), parts_.deadlines);
  }
}

Task<bool> ClientSession::shakeHands() {
  // A virtual of mode https is never served unencrypted.
  if (!tls_) co_return !tls_context_;
  const TimePoint start = Clock::now();
  const auto failure = co_await tls_->handshake(start + service_->http.header_timeout);
  count(counters_->handshake_failures[static_cast<size_t>(failure)]);
  if (failure != tls::HandshakeFailure::kNone) co_return false;
  const bool resumed = SSL_session_reused(tls_->ssl()) == 1;
  count(resumed ? counters_->handshakes_resumed : counters_->handshakes_full);
  counters_->handshake.record(Clock::now() - start);
  co_return true;
}

ClientSession::~ClientSession() {
  counters_->active_connections.fetch_sub(1, std::memory_order_relaxed);
}

void ClientSession::cancel() {
  keep_ = false;
  stream_->cancel();
  if (exchange_ != nullptr) exchange_->cancel();
}

// GCC 12 lays out the frame of a coroutine wrongly in which `if (!co_await ...) break;` ends a
// loop.
Task<void> ClientSession::run() {
  bool more = co_await shakeHands();
  while (more) more = co_await takeRequest();
  co_await lingerOn();
}

Task<bool> ClientSession::takeRequest() {
  const bool begun = co_await awaitRequest();
  if (!begun) {
    stream_->finish();
    co_return false;
  }
  service_ = front_->service;
  const bool read = co_await readRequest();
  if (!read) co_return false;
  co_await serve();
  first_ = false;
  co_return keep_;
}

// Costs nearly no memory while it lasts.
Task<bool> ClientSession::awaitRequest() {
  if (!in_.empty()) co_return true;
  if (parts_.stopping || (front_->closed && !first_)) co_return false;
  in_.release();
  shrink(out_);
  shrink(head_);
  const HttpSettings& http = front_->service->http;
  const auto patience = first_ ? http.header_timeout : http.idle_timeout;
  co_return co_await stream_->readable(Clock::now() + patience);
}

Task<bool> ClientSession::readRequest() {
  const TimePoint until = Clock::now() + service_->http.header_timeout;
  const size_t most = std::min(service_->http.head.bytes, kLeastBuffer);
  scanner_.reset();
  for (;;) {
    const HeadScanner::State state = scanner_.scan(in_.view(), most);
    if (state == HeadScanner::State::kComplete) break;
    Flaw flaw = Flaw::kNone;
    if (state == HeadScanner::State::kBadLineEnd) flaw = Flaw::kLineEnd;
    if (state == HeadScanner::State::kNoMessage) flaw = Flaw::kStartLine;
    if (state == HeadScanner::State::kTooLarge || in_.full()) flaw = Flaw::kHeadTooLarge;
    if (flaw != Flaw::kNone) {
      co_await refuse(flaw);
      co_return false;
    }
    const size_t got = co_await stream_->read(in_.room(), until);
    in_.received(got);
    if (got > 0) continue;
    if (in_.empty()) co_return false;
    if (stream_->readTimedOut()) {
      co_await timeOut();
    } else {
      count(counters_->causes[static_cast<size_t>(Cause::kClientGone)]);
    }
    co_return false;
  }
  head_.assign(in_.view().substr(scanner_.begin(), scanner_.size()));
  in_.consume(scanner_.begin() + scanner_.size());
  const Flaw flaw = parseRequestHead(head_, service_->http.head, request_);
  if (flaw != Flaw::kNone) {
    co_await refuse(flaw);
  }
  co_return flaw == Flaw::kNone;
}

Task<void> ClientSession::serve() {
  Exchange exchange(parts_, service_, {*stream_, in_, out_, client_, tlsVersion(), front_->closed},
                    request_);
  exchange_ = &exchange;
  const bool keep = co_await exchange.run();
  exchange_ = nullptr;
  keep_ = keep_ && keep;
  linger_ = exchange.linger();
}

std::string_view ClientSession::tlsVersion() const {
  return tls_ == nullptr ? std::string_view() : SSL_get_version(tls_->ssl());
}

// Of what never was a request.
void ClientSession::log(int status, Cause cause) const {
  if (!service_->access_log) return;
  AccessRecord record;
  record.time = std::chrono::system_clock::now();
  record.client = client_;
  record.service = service_->name;
  record.status = status;
  record.cause = name(cause);
  record.tls = tlsVersion();
  service_->access_log->add(formatAccess(record, service_->http.access_format));
}

Task<void> ClientSession::refuse(Flaw flaw) {
  log(info(flaw).status, Cause::kBadRequest);
  answerFlaw(*counters_, flaw, out_);
  linger_ = co_await stream_->write(out_, service_->http.body_timeout);
}

Task<void> ClientSession::timeOut() {
  log(408, Cause::kHeaderTimeout);
  answerItself(*counters_, Cause::kHeaderTimeout,
               {408, "the request did not come in time", "", true}, out_);
  linger_ = co_await stream_->write(out_, service_->http.body_timeout);
}

// The last response gets through even if the client is still sending: a connection that is closed
// with bytes unread is reset.
Task<void> ClientSession::lingerOn() {
  constexpr auto kLongest = std::chrono::seconds(2);
  constexpr size_t kMost = 1 << 20;
  if (!linger_) co_return;
  stream_->finish();
  const TimePoint until = Clock::now() + kLongest;
  in_.consume(in_.view().size());
  for (size_t sum = 0; sum < kMost;) {
    const size_t got = co_await stream_->read(in_.room(), until);
    if (got == 0 || Clock::now() >= until) break;
    sum += got;
  }
}

}  // namespace sluice::proxy
