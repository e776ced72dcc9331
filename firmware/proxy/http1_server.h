// SPDX-License-Identifier: Apache-2.0
// A member that speaks HTTP/1.1: a connection of its own for each exchange, which waits for others
// afterwards.
#pragma once

#include <memory>
#include <string>

#include "firmware/proxy/http1_body.h"
#include "firmware/proxy/server_connection.h"
#include "firmware/proxy/server_stream.h"

namespace sluice::proxy {

class Http1Server : public ServerStream {
 public:
  // `idle` gets the connection back. `patience` is for the head and between pieces, either way.
  Http1Server(IdleServers& idle, const MemberPlan& member,
              std::unique_ptr<ServerConnection> connection, std::chrono::nanoseconds patience)
      : idle_(idle), member_(member), connection_(std::move(connection)), patience_(patience) {}

  void sayHead(const RequestHead& request, std::string_view text) override;
  void sayBody(std::string_view data) override;
  void sayEnd(const std::vector<std::string>& trailers) override;
  bool full() const override { return out_.size() >= ServerConnection::kBufferBytes; }
  Task<bool> flush() override;
  void listen() override;

  Task<bool> awaitHead(ResponseHead& response) override;
  std::string_view takeBody() override;
  bool bodyAtHand() const override { return !connection_->in.empty(); }
  bool bodyDone() const override { return body_.done(); }
  Task<bool> awaitBody() override;
  const std::vector<std::string>& trailers() const override { return body_.trailers(); }

  Cause failure() const override { return failure_; }
  bool somethingCame() const override { return something_came_; }
  bool untouched() const override { return false; }
  bool reused() const override { return connection_->reused; }

  void cancel() override { connection_->stream->cancel(); }
  void done() override;
  std::optional<RawConnection> raw() override {
    return RawConnection{*connection_->stream, connection_->in};
  }

 private:
  // False: nothing, and why.
  Task<bool> receive(TimePoint until, Cause if_closed);

  IdleServers& idle_;
  const MemberPlan& member_;
  std::unique_ptr<ServerConnection> connection_;
  const std::chrono::nanoseconds patience_;
  const RequestHead* request_ = nullptr;
  std::string out_, head_text_;
  const ResponseHead* response_ = nullptr;
  bool listening_ = false, something_came_ = false;
  BodyDecoder body_;
  Cause failure_ = Cause::kNone;
};

}  // namespace sluice::proxy
