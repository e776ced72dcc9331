// SPDX-License-Identifier: Apache-2.0
// A connection of HTTP/2 by libnghttp2, to a client or a member: its frames go out through here, as
// fast as the other side takes them. At most kFull bytes of them and a frame wait.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <string>
#include <string_view>

#include "firmware/proxy/event.h"

namespace sluice::proxy {

class Http2Connection {
 public:
  // What is known to nghttp2 as user data. For streams.
  nghttp2_session* handle() const { return session_.get(); }
  // Frames that wait are sent, as far as there is room; not from within nghttp2.
  void send();

 protected:
  Http2Connection(boost::asio::io_context& context, Stream& stream)
      : wake_(context), writer_gone_(context), stream_(stream), context_(context) {}
  ~Http2Connection() = default;

  // With what both kinds of connections do alike; the rest is up to the caller. Bodies that are
  // sent are of Http2Outgoing. User data is the Http2Connection.
  static nghttp2_session_callbacks* newCallbacks();
  static nghttp2_option* newOptions();
  static std::string_view text(const uint8_t* data, size_t size) {
    return {reinterpret_cast<const char*>(data), size};
  }

  // Until ending_, when all is sent, or failure.
  Task<void> write();
  // How long the other side may take nothing.
  virtual std::chrono::nanoseconds writePatience() const = 0;
  // Memory is given back.
  virtual bool resting() const = 0;

  struct Deleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };
  std::unique_ptr<nghttp2_session, Deleter> session_;
  std::string out_, sending_;
  Event wake_;  // there is something in out_, or it is the end
  Event writer_gone_;
  bool ending_ = false, broken_ = false;

 private:
  static constexpr size_t kFull = 32'768;
  static ssize_t putFrame(nghttp2_session*, const uint8_t* data, size_t size, int, void* self);
  static int putData(nghttp2_session*, nghttp2_frame*, const uint8_t* head, size_t size,
                     nghttp2_data_source* source, void* self);
  // A name or a value that HTTP does not allow: nghttp2 would leave the field out.
  static int invalidHeader(nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t,
                           const uint8_t*, size_t, uint8_t, void*);

  Stream& stream_;
  boost::asio::io_context& context_;
};

}  // namespace sluice::proxy
