// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_server.h"

#include <algorithm>
#include <utility>

#include "firmware/proxy/http2_field.h"
#include "firmware/proxy/http2_server_session.h"
#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

// TE belongs to a connection; that trailers are welcome is true of this one, too (section 8.2.2).
bool wantsTrailers(const RequestHead& request) {
  const Header* te = request.find("te");
  for (std::string_view list = te != nullptr ? te->value : ""; !list.empty();) {
    const size_t end = std::min(list.find(','), list.size());
    if (equalIgnoringCase(trimBlanks(list.substr(0, end)), "trailers")) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

Http2Server::Http2Server(std::shared_ptr<Http2ServerSession> session, bool reused,
                         std::chrono::nanoseconds patience)
    : session_(std::move(session)),
      patience_(patience),
      reused_(reused),
      out_(session_->context()),
      event_(session_->context()) {}

Http2Server::~Http2Server() {
  if (id_ < 0) session_->giveUp();
}

// ---- what comes --------------------------------------------------------------------------------

void Http2Server::takeField(std::string_view name, std::string_view value) {
  something_came_ = true;
  if (!has_final_) return fields_.add(name, value);
  trailers_flawed_ |= addTrailer(name, value, trailers_) != Flaw::kNone;
}

bool Http2Server::takeHead(bool ends) {
  if (has_final_) return !trailers_flawed_;
  has_final_ = fields_.status() >= 200;
  heads_.push_back({std::exchange(fields_, {}), ends});
  return !heads_.back().response.malformed() && heads_.size() <= kMostHeads;
}

void Http2Server::takeData(std::string_view data) {
  if (body_at_ >= kPiece || body_at_ == body_.size()) body_.erase(0, std::exchange(body_at_, 0));
  body_ += data;
}

void Http2Server::takeEnd() {
  ended_ = true;
  event_.set();
}

void Http2Server::close(End end) {
  if (std::exchange(closed_, true)) return;
  untouched_ = !something_came_ && (end == End::kRefused || end == End::kUnsent);
  something_came_ |= end == End::kReset;
  if (end == End::kRefused) reused_ = false;  // the member is busy, not the connection dead
  if (failure_ == Cause::kNone && !ended_) {
    failure_ = has_final_ ? Cause::kServerTruncated : Cause::kServerClosed;
    if (end == End::kBad) failure_ = Cause::kBadResponse;
  }
  event_.set();
  out_.close();
}

// ---- the request -------------------------------------------------------------------------------

void Http2Server::sayHead(const RequestHead& request, std::string_view text) {
  request_ = &request;
  text_ = text;
}

void Http2Server::sayEnd(const std::vector<std::string>& trailers) {
  has_trailers_ = !trailers.empty();
  out_.end(trailers);
}

// Now it is known whether there is a body.
void Http2Server::submit() {
  const size_t path = request_->method.size() + 1;
  const std::string target = text_.substr(path, text_.find(' ', path) - path);
  std::vector<nghttp2_nv> fields = {nghttp2Field(":method", request_->method),
                                    nghttp2Field(":scheme", session_->scheme()),
                                    nghttp2Field(":authority", ""), nghttp2Field(":path", target)};
  std::vector<Header> headers;
  splitFields(text_, headers);
  for (const Header& header : headers) {
    if (header.name == "host") {
      fields[2] = nghttp2Field(":authority", header.value);
    } else if (!isOfConnection(header.name)) {
      fields.push_back(nghttp2Field(header.name, header.value));
    }
  }
  if (wantsTrailers(*request_)) fields.push_back(nghttp2Field("te", "trailers"));
  const nghttp2_data_provider body = out_.provider();
  const bool has_body = !out_.ended() || !out_.empty() || has_trailers_;
  id_ = session_->submit(shared_from_this(), fields, has_body ? &body : nullptr);
  text_ = {};
}

Task<bool> Http2Server::flush() {
  if (closed_) co_return false;
  if (id_ < 0) submit();
  out_.resume(session_->handle(), id_);
  session_->send();
  co_return co_await out_.flush(patience_);
}

void Http2Server::listen() {
  listening_ = true;
  event_.set();
}

// ---- the response ------------------------------------------------------------------------------

Task<bool> Http2Server::await(TimePoint until) {
  event_.clear();
  const bool told = co_await event_.wait(until);
  if (!told && failure_ == Cause::kNone) {
    failure_ = Cause::kServerTimeout;
    session_->doubt(Clock::now() - patience_);
  }
  co_return failure_ == Cause::kNone;
}

Task<bool> Http2Server::awaitHead(ResponseHead& response) {
  while (heads_.empty()) {
    if (failure_ != Cause::kNone) co_return false;
    const TimePoint until = listening_ ? Clock::now() + patience_ : TimePoint::max();
    co_await await(until);
  }
  head_ = std::move(heads_.front());
  heads_.pop_front();
  const bool good = head_.response.finish(head_.ends, request_->method, response);
  if (!good) failure_ = Cause::kBadResponse;
  co_return good;
}

// The window opens by what was taken before, which the client has by now.
void Http2Server::openWindow() {
  session_->consumed(closed_ || ended_ ? -1 : id_, std::exchange(taken_, 0));
}

std::string_view Http2Server::takeBody() {
  openWindow();
  const std::string_view piece = std::string_view(body_).substr(body_at_, kPiece);
  body_at_ += piece.size();
  taken_ = piece.size();
  return piece;
}

Task<bool> Http2Server::awaitBody() {
  openWindow();
  while (!bodyAtHand() && !ended_) {
    if (failure_ != Cause::kNone) co_return false;
    co_await await(Clock::now() + patience_);
  }
  co_return true;
}

void Http2Server::cancel() {
  if (closed_) return;
  close(End::kGone);
  if (id_ >= 0) session_->reset(id_, NGHTTP2_CANCEL);
}

// The member may still say that it does not want the rest of a request that was sent to its end.
void Http2Server::done() { openWindow(); }

}  // namespace sluice::proxy
