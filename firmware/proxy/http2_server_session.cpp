// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_server_session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace sluice::proxy {

namespace asio = boost::asio;

namespace {

// What clients do not take waits in the windows of streams; this one is always open.
constexpr int32_t kConnectionWindow = 1 << 20;

}  // namespace

// nghttp2 is C: what it calls.
struct Http2ServerSession::Callbacks {
  static Http2ServerSession& of(void* self) {
    return *static_cast<Http2ServerSession*>(static_cast<Http2Connection*>(self));
  }

  static int beginFrame(nghttp2_session*, const nghttp2_frame_hd* head, void* self) {
    of(self).frameBegins(*head);
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                    size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                    void* self) {
    Http2Server* stream = of(self).find(frame->hd.stream_id);
    if (stream != nullptr) stream->takeField(text(name, name_size), text(value, value_size));
    return 0;
  }

  static int data(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size,
                  void* self) {
    Http2Server* stream = of(self).find(id);
    if (stream != nullptr) stream->takeData(text(data, size));
    nghttp2_session_consume_connection(of(self).handle(), size);
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

  static int streamClosed(nghttp2_session*, int32_t id, uint32_t error, void* self) {
    of(self).streamClosed(id, error);
    return 0;
  }

  static const nghttp2_session_callbacks* all() {
    static nghttp2_session_callbacks* const kAll = [] {
      nghttp2_session_callbacks* const all = newCallbacks();
      nghttp2_session_callbacks_set_on_begin_frame_callback(all, beginFrame);
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
    static nghttp2_option* const kOptions = [] {
      constexpr size_t kMostHeadBytes = 131'072;  // larger than any that comes from a client
      nghttp2_option* const options = newOptions();
      nghttp2_option_set_max_send_header_block_length(options, kMostHeadBytes);
      return options;
    }();
    return kOptions;
  }
};

Http2ServerSession::Http2ServerSession(WorkerParts& parts, const MemberPlan& member,
                                       std::unique_ptr<Stream> stream,
                                       std::chrono::nanoseconds patience,
                                       std::function<void()> changed)
    : Http2Connection(parts.context, *stream),
      parts_(parts),
      counters_(member.counters),
      stream_(std::move(stream)),
      patience_(patience),
      changed_(std::move(changed)),
      settled_event_(parts.context),
      idle_since_(Clock::now()),
      received_at_(Clock::now()) {
  nghttp2_session* session = nullptr;
  nghttp2_session_client_new2(&session, Callbacks::all(), static_cast<Http2Connection*>(this),
                              Callbacks::options());
  session_.reset(session);
}

Task<void> Http2ServerSession::run(std::shared_ptr<Http2ServerSession> self) {
  self->start();
  asio::co_spawn(self->context(), self->write(), asio::detached);
  bool more = true;
  while (more) more = co_await self->receive();
  self->leave();
  self->endStreams();
  self->ending_ = true;
  self->wake_.set();
  co_await self->writer_gone_.wait(TimePoint::max());
  self->stream_->finish();
}

Task<bool> Http2ServerSession::settled(TimePoint until) {
  const bool told = co_await settled_event_.wait(until);
  co_return told&& settled_ && !leaving_;
}

void Http2ServerSession::cancel() {
  leave();
  stream_->cancel();
}

void Http2ServerSession::start() {
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, Http2Response::kMostBytes},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  nghttp2_submit_settings(handle(), NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(handle(), NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

// ---- streams -----------------------------------------------------------------------------------

bool Http2ServerSession::hasRoom() const {
  const uint32_t theirs =
      nghttp2_session_get_remote_settings(handle(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return settled_ && !leaving_ && users() < kMostStreams && users() < theirs;
}

std::shared_ptr<Http2Server> Http2ServerSession::newStream(std::chrono::nanoseconds patience) {
  ++reserved_;
  const bool reused = std::exchange(used_, true);
  if (reused) count(counters_->reused);
  stream_->limitRead(TimePoint::max());
  return std::make_shared<Http2Server>(shared_from_this(), reused, patience);
}

void Http2ServerSession::giveUp() {
  --reserved_;
  freed();
}

int32_t Http2ServerSession::submit(std::shared_ptr<Http2Server> stream,
                                   const std::vector<nghttp2_nv>& fields,
                                   const nghttp2_data_provider* body) {
  --reserved_;
  const int32_t id = leaving_ ? NGHTTP2_ERR_EOF
                              : nghttp2_submit_request(handle(), nullptr, fields.data(),
                                                       fields.size(), body, stream.get());
  if (id < 0) {
    stream->close(Http2Server::End::kUnsent);
    return 0;
  }
  count(counters_->http2_streams);
  count(counters_->http2_active_streams);
  streams_.emplace(id, std::move(stream));
  return id;
}

void Http2ServerSession::reset(int32_t id, uint32_t error) {
  nghttp2_submit_rst_stream(handle(), NGHTTP2_FLAG_NONE, id, error);
  send();
}

void Http2ServerSession::consumed(int32_t id, size_t size) {
  if (size == 0 || id <= 0) return;
  nghttp2_session_consume_stream(handle(), id, size);
  send();
}

void Http2ServerSession::doubt(TimePoint since) {
  if (received_at_ <= since) leave();
}

void Http2ServerSession::leave() {
  if (std::exchange(leaving_, true)) return;
  settled_event_.set();
  if (users() == 0) stream_->endReads();
  changed_();
}

void Http2ServerSession::freed() {
  if (users() == 0) {
    idle_since_ = Clock::now();
    if (leaving_) stream_->endReads();
    stream_->limitRead(idle_since_ + IdleServers::kLongestIdle);
  }
  changed_();
}

void Http2ServerSession::endStreams() {
  using End = Http2Server::End;
  const bool bad = nghttp2_session_want_read(handle()) == 0;
  for (const auto& [id, stream] : std::exchange(streams_, {})) {
    counters_->http2_active_streams.fetch_sub(1, std::memory_order_relaxed);
    stream->close(bad && stream->somethingCame() ? End::kBad : End::kGone);
  }
}

Http2Server* Http2ServerSession::find(int32_t id) const {
  const auto found = streams_.find(id);
  return found != streams_.end() ? found->second.get() : nullptr;
}

// ---- what comes --------------------------------------------------------------------------------

Task<bool> Http2ServerSession::receive() {
  if (nghttp2_session_want_read(handle()) == 0 || (leaving_ && users() == 0)) co_return false;
  const TimePoint until = users() > 0 ? TimePoint::max() : idle_since_ + IdleServers::kLongestIdle;
  // Used before anything else is awaited.
  const std::span<char> room = parts_.scratch;
  const size_t got = co_await stream_->read(room, until);
  if (got == 0) {
    if (!stream_->readTimedOut() || broken_) co_return false;
    if (users() > 0) co_return true;
    nghttp2_session_terminate_session(handle(), NGHTTP2_NO_ERROR);
    send();
    co_return false;
  }
  received_at_ = Clock::now();
  const ssize_t taken =
      nghttp2_session_mem_recv(handle(), reinterpret_cast<const uint8_t*>(room.data()), got);
  if (taken < 0) nghttp2_session_terminate_session(handle(), NGHTTP2_PROTOCOL_ERROR);
  send();
  co_return taken >= 0;
}

// What nghttp2 passes over counts, too.
void Http2ServerSession::frameBegins(const nghttp2_frame_hd& head) {
  const bool ends = (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (head.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:
    case NGHTTP2_RST_STREAM:
    case NGHTTP2_WINDOW_UPDATE:
      return;
    case NGHTTP2_DATA:
      if (head.length == 0 && !ends) noise();
      return;
    default:
      return noise();
  }
}

void Http2ServerSession::noise() {
  if (!idle_frames_.take(Clock::now()))
    nghttp2_session_terminate_session(handle(), NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2ServerSession::frameReceived(const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  Http2Server* stream = find(frame.hd.stream_id);
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      if (stream == nullptr) return;
      if (!stream->takeHead(ends)) {
        nghttp2_submit_rst_stream(handle(), NGHTTP2_FLAG_NONE, frame.hd.stream_id,
                                  NGHTTP2_PROTOCOL_ERROR);
        return stream->close(Http2Server::End::kBad);
      }
      if (ends) return stream->takeEnd();
      return stream->arrived();
    case NGHTTP2_DATA:
      if (stream == nullptr) return;
      if (ends) return stream->takeEnd();
      return stream->arrived();
    case NGHTTP2_RST_STREAM:
      count(counters_->http2_resets);
      reset_by_member_ = frame.hd.stream_id;
      return;
    case NGHTTP2_SETTINGS:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) settled_ = true;
      settled_event_.set();
      return changed_();
    case NGHTTP2_GOAWAY:
      count(counters_->http2_goaways);
      return leave();
    default:
      return;
  }
}

// nghttp2 closes those that a GOAWAY is not for as refused, too.
void Http2ServerSession::streamClosed(int32_t id, uint32_t error) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const auto stream = std::move(found->second);
  streams_.erase(found);
  counters_->http2_active_streams.fetch_sub(1, std::memory_order_relaxed);
  using End = Http2Server::End;
  const bool refused = error == NGHTTP2_REFUSED_STREAM;
  const End theirs = refused ? End::kRefused : End::kReset;
  const End ours = refused ? End::kUnsent : error == NGHTTP2_NO_ERROR ? End::kGone : End::kBad;
  stream->close(reset_by_member_ == id ? theirs : ours);
  freed();
}

void Http2ServerSession::frameSent(const nghttp2_frame& frame) {
  const bool may_end = frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS;
  if (!may_end || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  if (Http2Server* stream = find(frame.hd.stream_id)) stream->outgoing().endSent();
}

}  // namespace sluice::proxy
