// SPDX-License-Identifier: Apache-2.0
// A client that speaks HTTP/1: its connection, with one exchange at a time.
#pragma once

#include "firmware/proxy/byte_buffer.h"
#include "firmware/proxy/client_connection.h"
#include "firmware/proxy/client_stream.h"
#include "firmware/proxy/http1_body.h"

namespace sluice::proxy {

class Http1Client : public ClientStream {
 public:
  // `in`: behind the head of the request. `out`: memory that is used again.
  Http1Client(const ClientConnection& connection, const RequestHead& request, ByteBuffer& in,
              std::string& out, std::chrono::nanoseconds patience);

  // The response says that the connection ends with it.
  bool closes() const { return close_; }

  std::string_view takeBody() override;
  bool bodyAtHand() const override { return !in_.empty(); }
  bool bodyDone() const override { return body_.done(); }
  Flaw bodyFlaw() const override { return body_.flaw(); }
  const std::vector<std::string>& trailers() const override { return body_.trailers(); }
  Task<bool> awaitBody(TimePoint until) override;
  bool bodyTimedOut() const override { return connection_.stream.readTimedOut(); }
  void stopBody() override { connection_.stream.interruptRead(); }

  void sayInformational(const ResponseHead& response) override;
  void sayHead(const ResponseHead& response, const HeaderEdits& edits,
               std::string_view lines) override;
  void sayBody(std::string_view data) override { writeBody(framing_, data, out_); }
  void sayEnd(const std::vector<std::string>& trailers) override {
    writeBodyEnd(framing_, trailers, out_);
  }
  void sayOwn(OwnResponse response) override;
  bool full() const override { return out_.size() >= kFull; }
  Task<bool> flush() override;
  std::optional<RawConnection> raw() override { return RawConnection{connection_.stream, in_}; }

 private:
  static constexpr size_t kFull = 16'384;
  // Where the next request begins is known only behind a body that was read to its end.
  bool mustClose() const { return !request_.keep_alive || connection_.ending() || !body_.done(); }

  const ClientConnection& connection_;
  const RequestHead& request_;
  ByteBuffer& in_;
  std::string& out_;
  std::chrono::nanoseconds patience_;
  BodyDecoder body_;
  Framing framing_ = Framing::kNone;  // of the response
  bool close_ = false;
};

}  // namespace sluice::proxy
