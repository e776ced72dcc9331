// SPDX-License-Identifier: Apache-2.0
// Byte streams under the trace reader: a file, a block of memory, or either of them gunzipped.
//
// All reads are sequential and use one bounded buffer, so a trace of any size needs constant
// memory. Streams never throw; when bytes are missing, peek() returns a shorter view and failure()
// says why if it is not simply the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "firmware/base/result.h"

namespace sluice {

// Where bytes come from. read() returns the number of bytes delivered, 0 at the end or on a
// failure.
class ByteInput {
 public:
  virtual ~ByteInput() = default;
  virtual size_t read(uint8_t* to, size_t capacity) = 0;
  virtual const std::string& failure() const = 0;  // empty: no failure
};

// Opens a regular file or a pipe. Missing file, directory and missing permission are errors that
// name the path.
[[nodiscard]] Result<std::unique_ptr<ByteInput>> openFileInput(const std::string& path);

// Reads from memory; the bytes must outlive the input.
[[nodiscard]] std::unique_ptr<ByteInput> makeMemoryInput(std::span<const uint8_t> bytes);

// Wraps an input in a gunzip if it starts with the gzip magic; otherwise passes it through
// unchanged.
[[nodiscard]] std::unique_ptr<ByteInput> gunzipIfCompressed(std::unique_ptr<ByteInput> input);

// A buffered view of an input.
class ByteStream {
 public:
  // The longest view that peek() gives.
  static constexpr size_t kMaxPeek = 1u << 20;

  explicit ByteStream(std::unique_ptr<ByteInput> input);

  // The next `count` bytes (at most kMaxPeek) without consuming them; fewer only at the end of the
  // input. Valid until the next call that is not const.
  std::span<const uint8_t> peek(size_t count) {
    if (end_ - begin_ < count) fill(count);
    return {buffer_.data() + begin_, std::min(count, end_ - begin_)};
  }

  // Consumes bytes that peek() has shown.
  void consume(size_t count) {
    begin_ += count;
    offset_ += count;
  }

  // Consumes `count` bytes, peeked or not; returns how many there were.
  uint64_t skip(uint64_t count);

  uint64_t offset() const { return offset_; }  // bytes consumed, after decompression
  const std::string& failure() const { return input_->failure(); }

 private:
  void fill(size_t count);

  std::unique_ptr<ByteInput> input_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace sluice
