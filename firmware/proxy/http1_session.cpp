// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_session.h"

#include <algorithm>

#include "firmware/proxy/http1_client.h"
#include "firmware/proxy/own_answer.h"

namespace sluice::proxy {
namespace {

constexpr size_t kLeastBuffer = 16'384;
constexpr size_t kKeptWhileIdle = 1'024;

void shrink(std::string& text) {
  if (text.capacity() > kKeptWhileIdle) std::string().swap(text);
}

}  // namespace

Http1Session::Http1Session(const ClientConnection& connection, std::string_view begun)
    : connection_(connection),
      service_(connection.front->service),
      counters_(service_->counters),
      // An empty line may stand before a head.
      in_(std::max(service_->http.head.bytes + 2, kLeastBuffer)) {
  if (begun.empty()) return;
  std::copy(begun.begin(), begun.end(), in_.room().begin());
  in_.received(begun.size());
}

void Http1Session::cancel() {
  keep_ = false;
  connection_.stream.cancel();
  if (exchange_ != nullptr) exchange_->cancel();
}

// GCC 12 lays out the frame of a coroutine wrongly in which `if (!co_await ...) break;` ends a
// loop.
Task<void> Http1Session::run() {
  bool more = true;
  while (more) more = co_await takeRequest();
  if (!linger_) co_return;
  in_.consume(in_.view().size());
  co_await connection_.stream.linger(in_.room());
}

Task<bool> Http1Session::takeRequest() {
  const bool begun = co_await awaitRequest();
  if (!begun) {
    connection_.stream.finish();
    co_return false;
  }
  service_ = connection_.front->service;
  const bool read = co_await readRequest();
  if (!read) co_return false;
  co_await serve();
  first_ = false;
  co_return keep_;
}

// Costs nearly no memory while it lasts.
Task<bool> Http1Session::awaitRequest() {
  if (!in_.empty()) co_return true;
  if (connection_.parts.stopping || (connection_.front->closed && !first_)) co_return false;
  in_.release();
  shrink(out_);
  shrink(head_);
  const HttpSettings& http = connection_.front->service->http;
  const auto patience = first_ ? http.header_timeout : http.idle_timeout;
  co_return co_await connection_.stream.readable(Clock::now() + patience);
}

Task<bool> Http1Session::readRequest() {
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
    const size_t got = co_await connection_.stream.read(in_.room(), until);
    in_.received(got);
    if (got > 0) continue;
    if (in_.empty()) co_return false;
    if (connection_.stream.readTimedOut()) {
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

Task<void> Http1Session::serve() {
  Http1Client client(connection_, request_, in_, out_, service_->http.body_timeout);
  Exchange exchange(connection_.parts, service_, connection_.facts, client, request_);
  exchange_ = &exchange;
  const bool whole = co_await exchange.run();
  exchange_ = nullptr;
  keep_ = keep_ && whole && !client.closes();
  linger_ = whole && client.closes();
}

// Of what never was a request.
void Http1Session::log(int status, Cause cause) const {
  if (!service_->access_log) return;
  AccessRecord record;
  record.time = std::chrono::system_clock::now();
  record.client = connection_.facts.address();
  record.service = service_->name;
  record.status = status;
  record.cause = name(cause);
  record.tls = connection_.facts.tlsVersion();
  service_->access_log->add(formatAccess(record, service_->http.access_format));
}

Task<void> Http1Session::refuse(Flaw flaw) {
  log(info(flaw).status, Cause::kBadRequest);
  writeOwnResponse(answerToFlaw(*counters_, flaw), out_);
  linger_ = co_await connection_.stream.write(out_, service_->http.body_timeout);
}

Task<void> Http1Session::timeOut() {
  log(408, Cause::kHeaderTimeout);
  countOwn(*counters_, Cause::kHeaderTimeout, 408);
  writeOwnResponse({408, "the request did not come in time", "", true}, out_);
  linger_ = co_await connection_.stream.write(out_, service_->http.body_timeout);
}

}  // namespace sluice::proxy
