// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/http1_body.h"

#include <algorithm>
#include <array>
#include <utility>

#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

constexpr unsigned kMostSizeDigits = 15;

// Fields that decide about framing, routing, identity or meaning have come too late in a trailer
// (RFC 9110 section 6.5.1).
constexpr std::array kNoTrailer = std::to_array<std::string_view>({"content-length",
                                                                   "content-type",
                                                                   "content-encoding",
                                                                   "content-range",
                                                                   "host",
                                                                   "expect",
                                                                   "trailer",
                                                                   "authorization",
                                                                   "cookie",
                                                                   "set-cookie",
                                                                   "cache-control",
                                                                   "max-forwards",
                                                                   "range",
                                                                   "if-match",
                                                                   "if-none-match",
                                                                   "if-modified-since",
                                                                   "if-unmodified-since",
                                                                   "age",
                                                                   "date",
                                                                   "expires",
                                                                   "location",
                                                                   "retry-after",
                                                                   "vary",
                                                                   "www-authenticate",
                                                                   "forwarded",
                                                                   "x-forwarded-for",
                                                                   "x-forwarded-host",
                                                                   "x-forwarded-port",
                                                                   "x-forwarded-proto",
                                                                   "x-real-ip"});

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = lowerCase(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

bool isAllowedTrailer(std::string_view name) {
  return !isHopByHop(name) &&
         std::none_of(kNoTrailer.begin(), kNoTrailer.end(),
                      [&](std::string_view other) { return equalIgnoringCase(name, other); });
}

void BodyDecoder::start(Framing framing, uint64_t length) {
  flaw_ = Flaw::kNone;
  until_close_ = framing == Framing::kUntilClose;
  digits_ = 0;
  left_ = framing == Framing::kLength ? length : 0;
  extension_bytes_ = trailer_bytes_ = 0;
  line_.clear();
  trailers_.clear();
  switch (framing) {
    case Framing::kNone:
      state_ = State::kDone;
      break;
    case Framing::kLength:
      state_ = length == 0 ? State::kDone : State::kRaw;
      break;
    case Framing::kUntilClose:
      state_ = State::kRaw;
      break;
    case Framing::kChunked:
      state_ = State::kChunkSize;
      break;
  }
}

bool BodyDecoder::endOfInput() {
  if (until_close_) state_ = State::kDone;
  return done();
}

std::string_view BodyDecoder::next(std::string_view& input) {
  while (!input.empty() && state_ != State::kDone && state_ != State::kFailed) {
    if (state_ == State::kRaw || state_ == State::kChunkData) {
      const size_t size = until_close_ ? input.size() : std::min<uint64_t>(left_, input.size());
      const std::string_view data = input.substr(0, size);
      input.remove_prefix(size);
      if (until_close_) return data;
      left_ -= size;
      if (left_ == 0) state_ = state_ == State::kRaw ? State::kDone : State::kDataCr;
      return data;
    }
    const char c = input[0];
    input.remove_prefix(1);
    takeByte(c);
  }
  return {};
}

void BodyDecoder::fail(Flaw flaw) {
  state_ = State::kFailed;
  flaw_ = flaw;
}

void BodyDecoder::takeByte(char c) {
  switch (state_) {
    case State::kChunkSize:
      return takeSize(c);
    case State::kExtension:
    case State::kQuoted:
    case State::kQuotedPair:
      return takeExtension(c);
    case State::kSizeLf:
      return c == '\n' ? endOfSize() : fail(Flaw::kChunk);
    case State::kDataCr:
      if (c != '\r') return fail(Flaw::kChunk);
      state_ = State::kDataLf;
      return;
    case State::kDataLf:
      if (c != '\n') return fail(Flaw::kChunk);
      state_ = State::kChunkSize;
      return;
    case State::kTrailer:
      return takeTrailer(c);
    case State::kTrailerLf:
      return c == '\n' ? endOfTrailer() : fail(Flaw::kTrailer);
    case State::kDone:
    case State::kRaw:
    case State::kChunkData:
    case State::kFailed:
      return;
  }
}

void BodyDecoder::takeSize(char c) {
  if (const int digit = hexDigit(c); digit >= 0) {
    if (++digits_ > kMostSizeDigits) return fail(Flaw::kChunk);
    left_ = left_ * 16 + static_cast<unsigned>(digit);
    return;
  }
  if (digits_ == 0 || (c != '\r' && c != ';')) return fail(Flaw::kChunk);
  state_ = c == '\r' ? State::kSizeLf : State::kExtension;
}

void BodyDecoder::takeExtension(char c) {
  if (++extension_bytes_ > kMostExtensionBytes) return fail(Flaw::kChunkExtension);
  if (c == '\r' && state_ == State::kExtension) {
    state_ = State::kSizeLf;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (c != '\t' && (byte < 0x20 || byte > 0x7e)) return fail(Flaw::kChunkExtension);
  if (state_ == State::kQuotedPair) {
    state_ = State::kQuoted;
  } else if (c == '\\' && state_ == State::kQuoted) {
    state_ = State::kQuotedPair;
  } else if (c == '"') {
    state_ = state_ == State::kQuoted ? State::kExtension : State::kQuoted;
  }
}

void BodyDecoder::endOfSize() {
  digits_ = 0;
  state_ = left_ == 0 ? State::kTrailer : State::kChunkData;
}

void BodyDecoder::takeTrailer(char c) {
  if (c == '\r') {
    state_ = State::kTrailerLf;
    return;
  }
  if (c == '\n' || ++trailer_bytes_ > kMostTrailerBytes) return fail(Flaw::kTrailer);
  line_ += c;
}

void BodyDecoder::endOfTrailer() {
  if (line_.empty()) {
    state_ = State::kDone;
    return;
  }
  Header header;
  if (parseHeaderLine(line_, header) != Flaw::kNone || !isAllowedTrailer(header.name) ||
      trailers_.size() == kMostTrailers) {
    return fail(Flaw::kTrailer);
  }
  trailers_.push_back(std::exchange(line_, {}));
  state_ = State::kTrailer;
}

}  // namespace sluice::proxy
