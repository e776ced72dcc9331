// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_client.h"

namespace sluice::proxy {

Http1Client::Http1Client(const ClientConnection& connection, const RequestHead& request,
                         ByteBuffer& in, std::string& out, std::chrono::nanoseconds patience)
    : connection_(connection), request_(request), in_(in), out_(out), patience_(patience) {
  body_.start(request.framing, request.length);
}

std::string_view Http1Client::takeBody() {
  std::string_view input = in_.view();
  const size_t before = input.size();
  const std::string_view data = body_.next(input);
  in_.consume(before - input.size());
  return data;
}

Task<bool> Http1Client::awaitBody(TimePoint until) {
  const size_t got = co_await connection_.stream.read(in_.room(), until);
  in_.received(got);
  co_return got > 0;
}

void Http1Client::sayInformational(const ResponseHead& response) {
  if (request_.minor == 1) writeInformational(response, out_);
}

void Http1Client::sayHead(const ResponseHead& response, const HeaderEdits& edits,
                          std::string_view lines) {
  close_ = response.status != 101 && mustClose();
  framing_ = response.framing;
  if (framing_ == Framing::kChunked || framing_ == Framing::kUntilClose) {
    framing_ = request_.minor == 1 ? Framing::kChunked : Framing::kUntilClose;
    close_ |= framing_ == Framing::kUntilClose;
  }
  writeResponseHead(response, {framing_, request_.minor, close_, lines}, edits, out_);
}

void Http1Client::sayOwn(OwnResponse response) {
  close_ = response.close = response.close || mustClose();
  writeOwnResponse(response, out_);
}

Task<bool> Http1Client::flush() {
  const bool good = co_await connection_.stream.write(out_, patience_);
  out_.clear();
  co_return good;
}

}  // namespace sluice::proxy
