// SPDX-License-Identifier: Apache-2.0
// Bodies of HTTP/1 messages, taken out of their framing bit by bit. Chunk extensions are checked
// and left out; trailers are checked and kept. Nothing of the body is stored here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/proxy/http1_head.h"

namespace sluice::proxy {

// Not those that decide about framing, routing, identity or meaning: they come too late.
bool isAllowedTrailer(std::string_view name);

class BodyDecoder {
 public:
  void start(Framing framing, uint64_t length);

  // Takes bytes off the front of `input` and returns those of the body among them: at most one
  // piece a call, which lies in the input. Empty, with input left over: done() or flaw().
  std::string_view next(std::string_view& input);

  bool done() const { return state_ == State::kDone; }
  Flaw flaw() const { return flaw_; }
  // Framing::kUntilClose ends with the connection. True if that makes the message whole.
  bool endOfInput();

  // Of a chunked body that is done: "Name: value" lines as written.
  const std::vector<std::string>& trailers() const { return trailers_; }

  static constexpr size_t kMostExtensionBytes = 4'096;  // of a whole message
  static constexpr size_t kMostTrailerBytes = 4'096;
  static constexpr size_t kMostTrailers = 32;

 private:
  enum class State : uint8_t {
    kDone,
    kRaw,        // `left_` bytes, or until close
    kChunkSize,  // digits_ seen so far
    kExtension,
    kQuoted,      // in an extension
    kQuotedPair,  // after '\' in it
    kSizeLf,
    kChunkData,
    kDataCr,
    kDataLf,
    kTrailer,
    kTrailerLf,
    kFailed,
  };

  void fail(Flaw flaw);
  void takeByte(char c);
  void takeSize(char c);
  void takeExtension(char c);
  void endOfSize();
  void takeTrailer(char c);
  void endOfTrailer();

  State state_ = State::kDone;
  Flaw flaw_ = Flaw::kNone;
  bool until_close_ = false;
  unsigned digits_ = 0;
  uint64_t left_ = 0;
  size_t extension_bytes_ = 0;
  size_t trailer_bytes_ = 0;
  std::string line_;
  std::vector<std::string> trailers_;
};

}  // namespace sluice::proxy
