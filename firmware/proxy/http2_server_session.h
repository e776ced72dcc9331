// SPDX-License-Identifier: Apache-2.0
// HTTP/2 on a connection to a member (RFC 9113), by libnghttp2: exchanges share it, each with a
// stream of its own.
//
// What a connection may hold is bounded: kMostStreams streams, or as many as the member takes; a
// response waits in its stream's window (64 KiB), so that a slow client holds up nobody else. A
// member that sends more than kMostIdleFrames frames in 10 s that say nothing is left with
// ENHANCE_YOUR_CALM. After GOAWAY, or in doubt, there are no new streams; those under way go on.
#pragma once

#include <nghttp2/nghttp2.h>

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "firmware/proxy/http2_connection.h"
#include "firmware/proxy/http2_pace.h"
#include "firmware/proxy/http2_server.h"
#include "firmware/proxy/worker_parts.h"

namespace sluice::proxy {

class Http2ServerSession final : public Http2Connection,
                                 public std::enable_shared_from_this<Http2ServerSession> {
 public:
  static constexpr size_t kMostStreams = 100;
  static constexpr uint32_t kMostIdleFrames = 1'000;

  // `changed`: there may be room, or there is none any more. `patience`: of the member, to take
  // what it is sent.
  Http2ServerSession(WorkerParts& parts, const MemberPlan& member, std::unique_ptr<Stream> stream,
                     std::chrono::nanoseconds patience, std::function<void()> changed);

  // Until the connection is over.
  static Task<void> run(std::shared_ptr<Http2ServerSession> self);
  // Until the member has said that it speaks HTTP/2. False: it does not, or not in time.
  Task<bool> settled(TimePoint until);
  // Ends at once, with its streams.
  void cancel();

  // ---- for who looks for a stream
  bool hasRoom() const;
  // No new streams, ever.
  bool leaving() const { return leaving_; }
  // Since when it has had no stream; far in the future: it has some.
  TimePoint idleSince() const { return users() > 0 ? TimePoint::max() : idle_since_; }
  // With room.
  std::shared_ptr<Http2Server> newStream(std::chrono::nanoseconds patience);

  // ---- for its streams
  boost::asio::io_context& context() const { return parts_.context; }
  std::string_view scheme() const { return stream_->context() != nullptr ? "https" : "http"; }
  // The place of a stream that was not submitted is free again.
  void giveUp();
  // Its number.
  int32_t submit(std::shared_ptr<Http2Server> stream, const std::vector<nghttp2_nv>& fields,
                 const nghttp2_data_provider* body);
  void reset(int32_t id, uint32_t error);
  // The window of a stream opens by that much; -1: it is no more.
  void consumed(int32_t id, size_t size);
  // A response did not come in time: if nothing else has come since then either, the connection is
  // not trusted any more.
  void doubt(TimePoint since);

 private:
  struct Callbacks;

  void start();
  Task<bool> receive();
  void leave();
  // The streams that are left end.
  void endStreams();
  size_t users() const { return streams_.size() + reserved_; }
  void freed();
  std::chrono::nanoseconds writePatience() const override { return patience_; }
  bool resting() const override { return streams_.empty(); }

  // As nghttp2 tells it.
  void frameBegins(const nghttp2_frame_hd& head);
  void frameReceived(const nghttp2_frame& frame);
  void frameSent(const nghttp2_frame& frame);
  void streamClosed(int32_t id, uint32_t error);
  void noise();
  Http2Server* find(int32_t id) const;

  WorkerParts& parts_;
  const std::shared_ptr<MemberCounters> counters_;
  const Active active_{counters_->http2_active_connections};
  const std::unique_ptr<Stream> stream_;
  const std::chrono::nanoseconds patience_;
  const std::function<void()> changed_;

  // Which nghttp2 knows, until it does not any more.
  std::unordered_map<int32_t, std::shared_ptr<Http2Server>> streams_;
  size_t reserved_ = 0;  // streams that are not submitted yet
  bool used_ = false;    // there was one
  bool settled_ = false, leaving_ = false;
  int32_t reset_by_member_ = -1;  // the stream that is being closed by it
  Event settled_event_;
  TimePoint idle_since_, received_at_;
  Http2Pace idle_frames_{kMostIdleFrames};
};

}  // namespace sluice::proxy
