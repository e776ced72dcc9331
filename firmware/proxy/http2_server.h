// SPDX-License-Identifier: Apache-2.0
// A member that speaks HTTP/2: one of the streams of a connection that others share.
//
// Of the response's body at most a window waits here, and it opens again as the client takes what
// was in it. Of the request's body what Http2Outgoing holds waits for the member's window.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "firmware/proxy/http2_outgoing.h"
#include "firmware/proxy/http2_response.h"
#include "firmware/proxy/server_stream.h"

namespace sluice::proxy {

class Http2ServerSession;

class Http2Server : public ServerStream, public std::enable_shared_from_this<Http2Server> {
 public:
  // Has a place among the streams of `session`. `patience` as in Http1Server.
  Http2Server(std::shared_ptr<Http2ServerSession> session, bool reused,
              std::chrono::nanoseconds patience);
  ~Http2Server() override;

  // ---- what comes, as nghttp2 tells it
  void takeField(std::string_view name, std::string_view value);
  // False: malformed.
  bool takeHead(bool ends);
  void takeData(std::string_view data);
  void takeEnd();
  void arrived() { event_.set(); }
  // The stream is no more, and why.
  enum class End : uint8_t {
    kGone,     // the connection ended, or cancel()
    kBad,      // what the member said is not valid
    kReset,    // by the member
    kRefused,  // likewise, without having looked at the request
    kUnsent,   // the connection takes no more requests
  };
  void close(End end);
  Http2Outgoing& outgoing() { return out_; }

  void sayHead(const RequestHead& request, std::string_view text) override;
  void sayBody(std::string_view data) override { out_.say(data); }
  void sayEnd(const std::vector<std::string>& trailers) override;
  bool full() const override { return out_.full(); }
  Task<bool> flush() override;
  void listen() override;

  Task<bool> awaitHead(ResponseHead& response) override;
  std::string_view takeBody() override;
  bool bodyAtHand() const override { return body_at_ < body_.size(); }
  bool bodyDone() const override { return ended_ && !bodyAtHand(); }
  Task<bool> awaitBody() override;
  const std::vector<std::string>& trailers() const override { return trailers_; }

  Cause failure() const override { return failure_; }
  bool somethingCame() const override { return something_came_; }
  bool untouched() const override { return untouched_; }
  bool reused() const override { return reused_; }

  void cancel() override;
  void done() override;

 private:
  struct Head {
    Http2Response response;
    bool ends = false;
  };
  static constexpr size_t kMostHeads = 17;  // that wait
  static constexpr size_t kPiece = 16'384;

  void submit();
  void openWindow();
  // Until something has come. False: failure().
  Task<bool> await(TimePoint until);

  const std::shared_ptr<Http2ServerSession> session_;
  const std::chrono::nanoseconds patience_;
  int32_t id_ = -1;  // not submitted
  bool reused_, closed_ = false;

  const RequestHead* request_ = nullptr;
  std::string text_;
  bool has_trailers_ = false;
  Http2Outgoing out_;
  bool listening_ = false;

  Http2Response fields_;
  std::deque<Head> heads_;
  Head head_;               // that was taken last
  bool has_final_ = false;  // the head that is no informational one
  std::string body_;
  size_t body_at_ = 0, taken_ = 0;  // the latter: of the window
  std::vector<std::string> trailers_;
  bool ended_ = false, something_came_ = false, untouched_ = false, trailers_flawed_ = false;
  Cause failure_ = Cause::kNone;
  Event event_;
};

}  // namespace sluice::proxy
