// SPDX-License-Identifier: Apache-2.0
// What a stream of HTTP/2 sends behind its head, as fast as the other side's windows allow. Whoever
// says it flushes it from time to time: that bounds the memory.
#pragma once

#include <nghttp2/nghttp2.h>

#include <string>
#include <string_view>
#include <vector>

#include "firmware/proxy/event.h"

namespace sluice::proxy {

class Http2Outgoing {
 public:
  static constexpr size_t kFull = 16'384;

  explicit Http2Outgoing(boost::asio::io_context& context) : event_(context) {}

  void say(std::string_view data) { text_ += data; }
  // Nothing comes behind what was said but these.
  void end(const std::vector<std::string>& trailers = {});
  bool ended() const { return ended_; }
  bool empty() const { return text_.empty(); }
  bool full() const { return waiting() >= kFull; }

  // For nghttp2_submit_request() and the like; this has to stay as long as the stream.
  nghttp2_data_provider provider();
  // A DATA frame's.
  void sendPiece(size_t size, std::string& out);
  // There may be more for nghttp2 to read.
  void resume(nghttp2_session* session, int32_t id);
  // The last frame is on its way.
  void endSent();
  bool sent() const { return sent_; }
  // The stream is no more.
  void close();

  // Until all that was said is on its way, pieces of it within `patience`. False: it is not, and
  // will not be.
  Task<bool> flush(std::chrono::nanoseconds patience);

 private:
  static ssize_t read(nghttp2_session* session, int32_t id, uint8_t*, size_t most, uint32_t* flags,
                      nghttp2_data_source* source, void*);
  size_t waiting() const { return text_.size() - at_; }
  ssize_t nextPiece(size_t most, uint32_t& flags);

  std::string text_;
  size_t at_ = 0;
  std::string trailers_;  // as lines of HTTP/1.1, behind an empty one
  bool ended_ = false;    // nothing comes behind what is in text_
  bool sent_ = false;     // and it was sent
  bool closed_ = false;
  bool deferred_ = false;  // nghttp2 is told when there is more
  Event event_;
};

// Of the fields behind the first line of `text`, which is changed and referred to.
std::vector<nghttp2_nv> nghttp2Fields(std::string& text);
nghttp2_nv nghttp2Field(std::string_view name, std::string_view value);

}  // namespace sluice::proxy
