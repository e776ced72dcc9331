// SPDX-License-Identifier: Apache-2.0
// The presentation language of TLS (RFC 8446 section 3), read from the front of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::proxy {

// A read beyond the end fails, and everything after that does.
class TlsFields {
 public:
  explicit TlsFields(std::string_view data) : data_(data) {}

  uint32_t number(unsigned bytes) {
    uint32_t value = 0;
    for (const char byte : take(bytes)) value = value << 8 | static_cast<uint8_t>(byte);
    return value;
  }
  std::string_view take(size_t size) {
    if (size > data_.size()) {
      good_ = false;
      data_ = {};
      return {};
    }
    const std::string_view taken = data_.substr(0, size);
    data_.remove_prefix(size);
    return taken;
  }
  // A vector with a length of `bytes` bytes in front, of `least` bytes and more.
  std::string_view vector(unsigned bytes, size_t least) {
    const std::string_view taken = take(number(bytes));
    good_ = good_ && taken.size() >= least;
    return taken;
  }

  bool empty() const { return data_.empty(); }
  bool good() const { return good_; }
  bool finished() const { return good_ && data_.empty(); }

 private:
  std::string_view data_;
  bool good_ = true;
};

}  // namespace sluice::proxy
