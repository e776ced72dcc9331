// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_server.h"

#include "firmware/proxy/http1_writer.h"

namespace sluice::proxy {

// ---- the request -------------------------------------------------------------------------------

void Http1Server::sayHead(const RequestHead& request, std::string_view text) {
  request_ = &request;
  out_ = text;
}

void Http1Server::sayBody(std::string_view data) { writeBody(request_->framing, data, out_); }

void Http1Server::sayEnd(const std::vector<std::string>& trailers) {
  writeBodyEnd(request_->framing, trailers, out_);
}

Task<bool> Http1Server::flush() {
  const bool good = co_await connection_->stream->write(out_, patience_);
  out_.clear();
  co_return good;
}

void Http1Server::listen() {
  listening_ = true;
  connection_->stream->limitRead(Clock::now() + patience_);
}

// ---- the response ------------------------------------------------------------------------------

Task<bool> Http1Server::awaitHead(ResponseHead& response) {
  using Head = ServerConnection::Head;
  HeadScanner scanner;
  Head head{};
  while ((head = connection_->takeHead(scanner, request_->method, head_text_, response)) ==
         Head::kMore) {
    const TimePoint until = listening_ ? Clock::now() + patience_ : TimePoint::max();
    if (!co_await receive(until, Cause::kServerClosed)) co_return false;
  }
  if (head == Head::kTaken) {
    body_.start(response.framing, response.length);
    response_ = &response;
    co_return true;
  }
  failure_ = Cause::kBadResponse;
  co_return false;
}

std::string_view Http1Server::takeBody() {
  std::string_view input = connection_->in.view();
  const size_t before = input.size();
  const std::string_view data = body_.next(input);
  connection_->in.consume(before - input.size());
  if (body_.flaw() != Flaw::kNone) failure_ = Cause::kBadResponse;
  return data;
}

Task<bool> Http1Server::awaitBody() {
  const bool more = co_await receive(Clock::now() + patience_, Cause::kServerTruncated);
  if (more) co_return true;
  if (!connection_->stream->ended() || !body_.endOfInput()) co_return false;
  failure_ = Cause::kNone;
  co_return true;
}

Task<bool> Http1Server::receive(TimePoint until, Cause if_closed) {
  const size_t got = co_await connection_->stream->read(connection_->in.room(), until);
  connection_->in.received(got);
  something_came_ |= got > 0;
  if (got > 0) co_return true;
  failure_ = connection_->stream->readTimedOut() ? Cause::kServerTimeout : if_closed;
  co_return false;
}

void Http1Server::done() {
  if (connection_->goesOn(*response_)) idle_.put(member_, std::move(connection_));
}

}  // namespace sluice::proxy
