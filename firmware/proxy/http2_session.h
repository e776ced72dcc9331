// SPDX-License-Identifier: Apache-2.0
// HTTP/2 on a client's connection (RFC 9113), by libnghttp2: each of its streams is an exchange of
// its own.
//
// What a connection may hold is bounded: streams and the bytes of a head by the http-profile,
// bodies by the windows (64 KiB a stream, 1 MiB in all), frames to be sent by
// Http2Connection. A client that
// resets too many streams, or keeps the appliance busy with frames that ask for nothing, is told
// GOAWAY with ENHANCE_YOUR_CALM. No change of the configuration ends a connection, but for the
// virtual's removal: then with GOAWAY, when the requests under way are answered.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "firmware/proxy/http2_client.h"
#include "firmware/proxy/http2_connection.h"
#include "firmware/proxy/http2_pace.h"
#include "firmware/proxy/session.h"

namespace sluice::proxy {

class Http2Session : public Session, public Http2Connection {
 public:
  // `connection` is borrowed. `begun`: what was read of it already.
  explicit Http2Session(const ClientConnection& connection, std::string begun = {});

  Task<void> run() override;
  void cancel() override;

  // ---- for its streams
  const ClientConnection& connection() const { return connection_; }
  // Of a stream's body: its window opens by that much.
  void consumed(const Http2Client& stream, size_t size);

 private:
  struct Callbacks;
  using StreamPtr = std::shared_ptr<Http2Client>;

  void start();
  Task<bool> receive();
  bool take(std::string_view data);
  TimePoint patience() const;
  void startStreams();
  Task<void> serve(StreamPtr stream);
  std::chrono::nanoseconds writePatience() const override;
  bool resting() const override { return serving_ == 0; }
  void endStreams();
  void goAway(Http2End why);
  void tooMuch(Http2Pace& pace);

  // As nghttp2 tells it.
  void headBegins(int32_t id);
  void frameBegins(const nghttp2_frame_hd& head);
  void frameReceived(const nghttp2_frame& frame);
  void streamClosed(int32_t id);
  bool mayBeSent(const nghttp2_frame& frame);
  void frameSent(const nghttp2_frame& frame);
  Http2Client* find(int32_t id) const {
    return static_cast<Http2Client*>(nghttp2_session_get_stream_user_data(handle(), id));
  }

  const ClientConnection& connection_;
  std::shared_ptr<ServiceCounters> counters_;
  const Active active_{counters_->http2_active_connections};
  std::string begun_;
  std::unordered_map<int32_t, StreamPtr> streams_;  // that nghttp2 knows
  std::vector<StreamPtr> fresh_;                    // whose head has come just now
  size_t serving_ = 0;                              // exchanges under way

  Event streams_gone_;
  bool settled_ = false;  // the client's SETTINGS have come
  bool in_head_ = false;  // its end has not come yet
  bool told_to_go_ = false;
  Http2End end_ = Http2End::kProtocol;  // what the next GOAWAY is for
  TimePoint waiting_since_;             // without a stream, or for the rest of a head
  Http2Pace resets_, idle_frames_;
};

}  // namespace sluice::proxy
