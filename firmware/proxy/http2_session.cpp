// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace sluice::proxy {

namespace asio = boost::asio;

namespace {

constexpr int32_t kConnectionWindow = 1 << 20;
// PING, SETTINGS, PRIORITY and empty DATA in ten seconds.
constexpr uint32_t kMostIdleFrames = 1'000;

}  // namespace

// nghttp2 is C: what it calls.
struct Http2Session::Callbacks {
  static Http2Session& of(void* self) {
    return *static_cast<Http2Session*>(static_cast<Http2Connection*>(self));
  }

  static int beginFrame(nghttp2_session*, const nghttp2_frame_hd* head, void* self) {
    of(self).frameBegins(*head);
    return 0;
  }

  static int beforeSend(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    return of(self).mayBeSent(*frame) ? 0 : NGHTTP2_ERR_CANCEL;
  }

  static int beginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) of(self).headBegins(frame->hd.stream_id);
    of(self).in_head_ = true;
    of(self).waiting_since_ = Clock::now();
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                    size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                    void* self) {
    Http2Client* stream = of(self).find(frame->hd.stream_id);
    if (stream != nullptr) stream->takeField(text(name, name_size), text(value, value_size));
    return 0;
  }

  static int data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size,
                  void* self) {
    Http2Client* stream = of(self).find(id);
    if (stream != nullptr && !stream->closed()) {
      stream->takeData(text(data, size));
    } else {
      nghttp2_session_consume_connection(of(self).handle(), size);
    }
    return 0;
  }

  static int frameReceived(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    of(self).frameReceived(*frame);
    return 0;
  }

  static int frameSent(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    of(self).frameSent(*frame);
    return 0;
  }

  static int streamClosed(nghttp2_session*, int32_t id, uint32_t, void* self) {
    of(self).streamClosed(id);
    return 0;
  }

  static const nghttp2_session_callbacks* all() {
    static nghttp2_session_callbacks* const kAll = [] {
      nghttp2_session_callbacks* const all = newCallbacks();
      nghttp2_session_callbacks_set_on_begin_frame_callback(all, beginFrame);
      nghttp2_session_callbacks_set_before_frame_send_callback(all, beforeSend);
      nghttp2_session_callbacks_set_on_begin_headers_callback(all, beginHeaders);
      nghttp2_session_callbacks_set_on_header_callback(all, header);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, data);
      nghttp2_session_callbacks_set_on_frame_recv_callback(all, frameReceived);
      nghttp2_session_callbacks_set_on_frame_send_callback(all, frameSent);
      nghttp2_session_callbacks_set_on_stream_close_callback(all, streamClosed);
      return all;
    }();
    return kAll;
  }

  static const nghttp2_option* options() {
    static nghttp2_option* const kOptions = newOptions();
    return kOptions;
  }
};

Http2Session::Http2Session(const ClientConnection& connection, std::string begun)
    : Http2Connection(connection.parts.context, connection.stream),
      connection_(connection),
      counters_(connection.front->service->counters),
      begun_(std::move(begun)),
      streams_gone_(connection.parts.context),
      waiting_since_(Clock::now()),
      resets_(connection.front->service->http.http2_resets),
      idle_frames_(kMostIdleFrames) {
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new2(&session, Callbacks::all(), static_cast<Http2Connection*>(this),
                              Callbacks::options());
  session_.reset(session);
  count(counters_->http2_connections);
}

Task<void> Http2Session::run() {
  start();
  asio::co_spawn(connection_.parts.context, write(), asio::detached);
  bool more = take(begun_);
  begun_ = {};
  while (more) more = co_await receive();
  endStreams();
  ending_ = true;
  wake_.set();
  co_await writer_gone_.wait(TimePoint::max());
  while (serving_ > 0) {
    streams_gone_.clear();
    co_await streams_gone_.wait(TimePoint::max());
  }
  if (!broken_ && told_to_go_) co_await connection_.stream.linger(connection_.parts.scratch);
}

// In place of the connection itself, its streams are ended; the client learns it.
void Http2Session::cancel() {
  goAway(Http2End::kClosing);
  nghttp2_session_terminate_session(handle(), NGHTTP2_NO_ERROR);
  send();
  endStreams();
  ending_ = true;
  // A client that does not take what it was sent is not waited for.
  if (!sending_.empty()) connection_.stream.cancel();
  connection_.stream.endReads();
}

void Http2Session::start() {
  const HttpSettings& http = connection_.front->service->http;
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, http.http2_streams},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(http.head.bytes)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  nghttp2_submit_settings(handle(), NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(handle(), NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

// ---- what comes --------------------------------------------------------------------------------

TimePoint Http2Session::patience() const {
  const HttpSettings& http = connection_.front->service->http;
  if (in_head_ || !settled_) return waiting_since_ + http.header_timeout;
  return serving_ > 0 ? TimePoint::max() : waiting_since_ + http.idle_timeout;
}

Task<bool> Http2Session::receive() {
  if (connection_.front->closed && !told_to_go_) {
    goAway(Http2End::kClosing);
    nghttp2_submit_goaway(handle(), NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(handle()), NGHTTP2_NO_ERROR,
                          nullptr, 0);
    send();
  }
  if (nghttp2_session_want_read(handle()) == 0 || ending_) co_return false;
  // Used before anything else is awaited.
  const std::span<char> room = connection_.parts.scratch;
  const size_t got = co_await connection_.stream.read(room, patience());
  if (got > 0) co_return take({room.data(), got});
  if (connection_.stream.readTimedOut()) {
    if (serving_ > 0 && !in_head_) co_return true;
    goAway(Http2End::kIdle);
    nghttp2_session_terminate_session(handle(), NGHTTP2_NO_ERROR);
    send();
  }
  co_return false;
}

bool Http2Session::take(std::string_view data) {
  const ssize_t taken = nghttp2_session_mem_recv(
      handle(), reinterpret_cast<const uint8_t*>(data.data()), data.size());
  if (taken == NGHTTP2_ERR_FLOODED) {
    goAway(Http2End::kCalm);
    nghttp2_session_terminate_session(handle(), NGHTTP2_ENHANCE_YOUR_CALM);
  } else if (taken < 0) {
    goAway(Http2End::kProtocol);
    nghttp2_session_terminate_session(handle(), NGHTTP2_PROTOCOL_ERROR);
  }
  startStreams();
  send();
  return taken >= 0;
}

void Http2Session::headBegins(int32_t id) {
  auto stream = std::make_shared<Http2Client>(*this, id);
  nghttp2_session_set_stream_user_data(handle(), id, stream.get());
  streams_.emplace(id, std::move(stream));
}

// What nghttp2 passes over counts, too.
void Http2Session::frameBegins(const nghttp2_frame_hd& head) {
  const bool ends = (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (head.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:
    case NGHTTP2_RST_STREAM:
    case NGHTTP2_WINDOW_UPDATE:
      return;
    case NGHTTP2_DATA:
      if (head.length == 0 && !ends) tooMuch(idle_frames_);
      return;
    case NGHTTP2_PRIORITY:
      // nghttp2 does not mind.
      if (head.stream_id == 0) nghttp2_session_terminate_session(handle(), NGHTTP2_PROTOCOL_ERROR);
      [[fallthrough]];
    default:
      return tooMuch(idle_frames_);
  }
}

void Http2Session::frameReceived(const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  Http2Client* stream = find(frame.hd.stream_id);
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      in_head_ = false;
      if (stream == nullptr) return;
      if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        if (stream->takeHead(ends)) {
          fresh_.push_back(streams_.at(frame.hd.stream_id));
        } else {
          nghttp2_submit_rst_stream(handle(), NGHTTP2_FLAG_NONE, frame.hd.stream_id,
                                    NGHTTP2_PROTOCOL_ERROR);
          return;
        }
      }
      if (ends) stream->takeEnd();
      return;
    case NGHTTP2_DATA:
      if (stream == nullptr) return;
      if (ends) return stream->takeEnd();
      return stream->dataArrived();
    case NGHTTP2_RST_STREAM:
      count(counters_->http2_resets);
      return tooMuch(resets_);
    case NGHTTP2_SETTINGS:
      settled_ = true;
      return;
    default:
      return;
  }
}

void Http2Session::tooMuch(Http2Pace& pace) {
  if (pace.take(Clock::now()) || told_to_go_) return;
  goAway(Http2End::kCalm);
  nghttp2_session_terminate_session(handle(), NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Session::streamClosed(int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  found->second->end(Cause::kClientGone);
  streams_.erase(found);
}

void Http2Session::consumed(const Http2Client& stream, size_t size) {
  if (size == 0) return;
  if (stream.closed()) {
    nghttp2_session_consume_connection(handle(), size);
  } else {
    nghttp2_session_consume(handle(), stream.id(), size);
  }
  send();
}

// ---- exchanges ---------------------------------------------------------------------------------

void Http2Session::startStreams() {
  for (StreamPtr& stream : fresh_) {
    count(counters_->http2_streams);
    if (stream->closed()) continue;
    ++serving_;
    count(counters_->http2_active_streams);
    asio::co_spawn(connection_.parts.context, serve(std::move(stream)), asio::detached);
  }
  fresh_.clear();
}

Task<void> Http2Session::serve(StreamPtr stream) {
  const bool whole = co_await stream->serve();
  if (whole) co_await stream->drain();
  if (!stream->closed()) {
    // A response that breaks off, or a body that nobody wants any more.
    if (!whole || !stream->bodyDone())
      nghttp2_submit_rst_stream(handle(), NGHTTP2_FLAG_NONE, stream->id(),
                                whole ? NGHTTP2_NO_ERROR : NGHTTP2_INTERNAL_ERROR);
    stream->end(Cause::kNone);
  }
  stream->giveBack();
  send();
  counters_->http2_active_streams.fetch_sub(1, std::memory_order_relaxed);
  if (--serving_ > 0) co_return;
  waiting_since_ = Clock::now();
  connection_.stream.limitRead(patience());
  if (nghttp2_session_want_read(handle()) == 0) connection_.stream.interruptRead();
  streams_gone_.set();
}

void Http2Session::endStreams() {
  for (auto& [id, stream] : streams_) stream->end(Cause::kClientGone);
}

// ---- what goes ---------------------------------------------------------------------------------

std::chrono::nanoseconds Http2Session::writePatience() const {
  return connection_.front->service->http.body_timeout;
}

void Http2Session::goAway(Http2End why) {
  if (told_to_go_) return;
  told_to_go_ = true;
  end_ = why;
}

// A client that does not keep to the windows has lost count of them, be it of one stream: the error
// is the connection's (section 6.9.2, 5.4.1).
bool Http2Session::mayBeSent(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_RST_STREAM ||
      frame.rst_stream.error_code != NGHTTP2_FLOW_CONTROL_ERROR)
    return true;
  nghttp2_session_terminate_session(handle(), NGHTTP2_FLOW_CONTROL_ERROR);
  return false;
}

void Http2Session::frameSent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    told_to_go_ = true;
    count(counters_->http2_ends[static_cast<size_t>(end_)]);
  }
  if (frame.hd.type == NGHTTP2_RST_STREAM) {
    // Resets that a client brings about are as good as its own.
    const uint32_t code = frame.rst_stream.error_code;
    if (code != NGHTTP2_NO_ERROR && code != NGHTTP2_INTERNAL_ERROR) tooMuch(resets_);
  }
  const bool may_end = frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS;
  if (!may_end || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  if (Http2Client* stream = find(frame.hd.stream_id)) stream->outgoing().endSent();
}

}  // namespace sluice::proxy
