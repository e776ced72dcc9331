// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "firmware/proxy/http2_outgoing.h"

namespace sluice::proxy {

ssize_t Http2Connection::putFrame(nghttp2_session*, const uint8_t* data, size_t size, int,
                                  void* self) {
  std::string& out = static_cast<Http2Connection*>(self)->out_;
  if (out.size() >= kFull) return NGHTTP2_ERR_WOULDBLOCK;
  out += text(data, size);
  return static_cast<ssize_t>(size);
}

int Http2Connection::putData(nghttp2_session*, nghttp2_frame*, const uint8_t* head, size_t size,
                             nghttp2_data_source* source, void* self) {
  constexpr size_t kHeadBytes = 9;
  std::string& out = static_cast<Http2Connection*>(self)->out_;
  if (out.size() >= kFull) return NGHTTP2_ERR_WOULDBLOCK;
  out += text(head, kHeadBytes);
  static_cast<Http2Outgoing*>(source->ptr)->sendPiece(size, out);
  return 0;
}

int Http2Connection::invalidHeader(nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t,
                                   const uint8_t*, size_t, uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

nghttp2_session_callbacks* Http2Connection::newCallbacks() {
  nghttp2_session_callbacks* all = nullptr;
  nghttp2_session_callbacks_new(&all);
  nghttp2_session_callbacks_set_send_callback(all, putFrame);
  nghttp2_session_callbacks_set_send_data_callback(all, putData);
  nghttp2_session_callbacks_set_on_invalid_header_callback(all, invalidHeader);
  return all;
}

nghttp2_option* Http2Connection::newOptions() {
  nghttp2_option* options = nullptr;
  nghttp2_option_new(&options);
  // Windows open as the other side of the exchange takes what came.
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  return options;
}

void Http2Connection::send() {
  if (broken_) return;
  nghttp2_session_send(handle());
  if (!out_.empty()) wake_.set();
}

Task<void> Http2Connection::write() {
  constexpr std::chrono::nanoseconds kForFarewell = std::chrono::seconds(1);
  bool good = true;
  while (good) {
    send();
    if (out_.empty() && ending_) break;
    if (out_.empty()) {
      wake_.clear();
      co_await wake_.wait(TimePoint::max());
      // Other streams that are ready now have a say in the same write.
      co_await boost::asio::post(context_, boost::asio::use_awaitable);
      continue;
    }
    std::swap(out_, sending_);
    good = co_await stream_.write(sending_, ending_ ? kForFarewell : writePatience());
    sending_.clear();
    if (resting()) {
      std::string().swap(sending_);
      out_.shrink_to_fit();
    }
  }
  broken_ = !good;
  if (broken_) stream_.cancel();
  writer_gone_.set();
}

}  // namespace sluice::proxy
