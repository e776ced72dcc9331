// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_client.h"

#include <utility>

#include "firmware/proxy/http2_session.h"
#include "firmware/proxy/own_answer.h"

namespace sluice::proxy {
Http2Client::Http2Client(Http2Session& session, int32_t id)
    : session_(session),
      id_(id),
      service_(session.connection().front->service),
      body_event_(session.connection().parts.context),
      out_(session.connection().parts.context) {}

Task<bool> Http2Client::serve() {
  Exchange exchange(session_.connection().parts, service_, session_.connection().facts, *this,
                    request_);
  exchange_ = &exchange;
  if (closed_) exchange.cancel(Cause::kClientGone);
  const bool whole = co_await exchange.run(flaw_);
  exchange_ = nullptr;
  co_return whole;
}

Task<void> Http2Client::drain() {
  constexpr auto kLongest = std::chrono::seconds(2);
  const TimePoint until = Clock::now() + kLongest;
  body_stopped_ = false;
  bool more = true;
  while (more && !closed_ && Clock::now() < until) {
    takeBody();
    if (bodyDone()) break;
    more = co_await awaitBody(until);
  }
}

// ---- what comes --------------------------------------------------------------------------------

void Http2Client::takeField(std::string_view name, std::string_view value) {
  if (!has_head_) return fields_.add(name, value);
  const Flaw flaw = addTrailer(name, value, trailers_);
  if (flaw != Flaw::kNone) body_flaw_ = flaw;
}

bool Http2Client::takeHead(bool ends) {
  has_head_ = true;
  flaw_ = fields_.finish(ends, service_->http.head, request_);
  return !fields_.malformed();
}

void Http2Client::takeEnd() {
  body_ended_ = true;
  body_event_.set();
}

void Http2Client::end(Cause why) {
  if (std::exchange(closed_, true)) return;
  body_event_.set();
  out_.close();
  if (exchange_ != nullptr && !out_.sent()) exchange_->cancel(why);
}

// The window opens by what was taken before, which the member has by now.
std::string_view Http2Client::takeBody() {
  session_.consumed(*this, taken_.size());
  taken_.clear();
  std::swap(taken_, body_);
  return taken_;
}

void Http2Client::giveBack() {
  session_.consumed(*this, taken_.size() + body_.size());
  taken_.clear();
  body_.clear();
}

Task<bool> Http2Client::awaitBody(TimePoint until) {
  session_.consumed(*this, taken_.size());
  taken_.clear();
  body_timed_out_ = false;
  while (body_.empty() && !body_ended_ && !closed_ && !body_stopped_) {
    body_event_.clear();
    const bool told = co_await body_event_.wait(until);
    if (told) continue;
    body_timed_out_ = true;
    co_return false;
  }
  co_return !closed_ && !body_stopped_;
}

void Http2Client::stopBody() {
  body_stopped_ = true;
  body_event_.set();
}

// ---- what goes ---------------------------------------------------------------------------------

void Http2Client::submit(int status, std::string& text, bool has_body) {
  if (closed_) return;
  const std::string number = std::to_string(status);
  auto fields = nghttp2Fields(text);
  fields.insert(fields.begin(), nghttp2Field(":status", number));
  if (status < 200) {
    nghttp2_submit_headers(session_.handle(), NGHTTP2_FLAG_NONE, id_, nullptr, fields.data(),
                           fields.size(), nullptr);
    return;
  }
  const nghttp2_data_provider body = out_.provider();
  nghttp2_submit_response(session_.handle(), id_, fields.data(), fields.size(),
                          has_body ? &body : nullptr);
  if (!has_body) out_.end();
}

void Http2Client::sayInformational(const ResponseHead& response) {
  std::string text;
  writeInformational(response, text);
  submit(response.status, text, true);
}

void Http2Client::sayHead(const ResponseHead& response, const HeaderEdits& edits,
                          std::string_view lines) {
  std::string text;
  const Framing framing =
      response.framing == Framing::kChunked ? Framing::kUntilClose : response.framing;
  writeResponseHead(response, {framing, 1, false, lines}, edits, text);
  submit(response.status, text, framing != Framing::kNone);
}

void Http2Client::sayOwn(OwnResponse response) {
  const bool head_only = std::exchange(response.head_only, false);
  response.close = false;
  std::string text;
  writeOwnResponse(response, text);
  const size_t body = text.find("\r\n\r\n") + 4;
  if (!head_only) out_.say(std::string_view(text).substr(body));
  submit(response.status, text, !out_.empty());
  out_.end();
}

Task<bool> Http2Client::flush() {
  out_.resume(session_.handle(), id_);
  session_.send();
  co_return co_await out_.flush(service_->http.body_timeout);
}

}  // namespace sluice::proxy
