// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http2_outgoing.h"

#include <algorithm>
#include <utility>

#include "firmware/proxy/http2_field.h"

namespace sluice::proxy {

void Http2Outgoing::end(const std::vector<std::string>& trailers) {
  ended_ = true;
  if (trailers.empty()) return;
  trailers_ = "\r\n";
  for (const std::string& trailer : trailers) trailers_.append(trailer).append("\r\n");
  trailers_ += "\r\n";
}

nghttp2_data_provider Http2Outgoing::provider() { return {{.ptr = this}, read}; }

ssize_t Http2Outgoing::read(nghttp2_session* session, int32_t id, uint8_t*, size_t most,
                            uint32_t* flags, nghttp2_data_source* source, void*) {
  auto& self = *static_cast<Http2Outgoing*>(source->ptr);
  const ssize_t size = self.nextPiece(most, *flags);
  if ((*flags & NGHTTP2_DATA_FLAG_EOF) != 0 && !self.trailers_.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto fields = nghttp2Fields(self.trailers_);
    nghttp2_submit_trailer(session, id, fields.data(), fields.size());
  }
  return size;
}

ssize_t Http2Outgoing::nextPiece(size_t most, uint32_t& flags) {
  const size_t size = std::min(most, waiting());
  if (size == 0 && !ended_) {
    deferred_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (size == waiting() && ended_) flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(size);
}

void Http2Outgoing::sendPiece(size_t size, std::string& out) {
  out.append(text_, at_, size);
  at_ += size;
  if (waiting() > 0) return;
  text_.clear();
  at_ = 0;
  event_.set();
}

void Http2Outgoing::resume(nghttp2_session* session, int32_t id) {
  if (!closed_ && std::exchange(deferred_, false)) nghttp2_session_resume_data(session, id);
}

void Http2Outgoing::endSent() {
  sent_ = true;
  event_.set();
}

void Http2Outgoing::close() {
  closed_ = true;
  event_.set();
}

Task<bool> Http2Outgoing::flush(std::chrono::nanoseconds patience) {
  while (!closed_ && !sent_ && (waiting() > 0 || ended_)) {
    const size_t before = at_;
    event_.clear();
    const bool told = co_await event_.wait(Clock::now() + patience);
    if (!told && at_ == before) co_return false;
  }
  co_return sent_ || !closed_;
}

std::vector<nghttp2_nv> nghttp2Fields(std::string& text) {
  std::vector<Header> headers;
  splitFields(text, headers);
  std::vector<nghttp2_nv> fields;
  for (const Header& header : headers) fields.push_back(nghttp2Field(header.name, header.value));
  return fields;
}

nghttp2_nv nghttp2Field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace sluice::proxy
