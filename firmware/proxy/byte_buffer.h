// SPDX-License-Identifier: Apache-2.0
// Bytes that were received and not used yet, up to a fixed number. Memory is taken with the first
// byte and may be given back while it is empty: an idle connection has none.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace sluice::proxy {

class ByteBuffer {
 public:
  explicit ByteBuffer(size_t capacity) : capacity_(capacity) {}

  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  bool full() const { return end_ - begin_ == capacity_; }

  void consume(size_t size) {
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // Where to receive; then say how much came. Empty if full().
  std::span<char> room() {
    if (!bytes_) bytes_ = std::make_unique_for_overwrite<char[]>(capacity_);
    if (end_ == capacity_ && begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void received(size_t size) { end_ += size; }
  void release() {
    if (empty()) bytes_.reset();
  }

 private:
  size_t capacity_;
  std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0, end_ = 0;
};

}  // namespace sluice::proxy
