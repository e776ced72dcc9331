// SPDX-License-Identifier: Apache-2.0
// Test support: composes capture files in memory, byte by byte, right or wrong on purpose.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

class CaptureBuilder {
 public:
  explicit CaptureBuilder(bool big = false) : big_(big) {}

  CaptureBuilder& u8(uint8_t value) {
    bytes_.push_back(value);
    return *this;
  }
  CaptureBuilder& u16(uint16_t value) {
    return big_ ? u8(uint8_t(value >> 8)).u8(uint8_t(value))
                : u8(uint8_t(value)).u8(uint8_t(value >> 8));
  }
  CaptureBuilder& u32(uint32_t value) {
    return big_ ? u16(uint16_t(value >> 16)).u16(uint16_t(value))
                : u16(uint16_t(value)).u16(uint16_t(value >> 16));
  }
  CaptureBuilder& raw(std::span<const uint8_t> data) {
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    return *this;
  }
  CaptureBuilder& pad4() {
    while (bytes_.size() % 4 != 0) u8(0);
    return *this;
  }

  CaptureBuilder& pcapHeader(uint32_t magic = 0xa1b2c3d4, uint32_t link = 1) {
    return u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(link);
  }
  CaptureBuilder& pcapRecord(uint32_t seconds, uint32_t fraction, std::span<const uint8_t> data,
                             uint32_t original = 0) {
    const auto size = static_cast<uint32_t>(data.size());
    return u32(seconds).u32(fraction).u32(size).u32(original == 0 ? size : original).raw(data);
  }

  // One pcapng block around a body made by a builder of the same byte order.
  CaptureBuilder& block(uint32_t type, const CaptureBuilder& body) {
    CaptureBuilder padded = body;
    padded.pad4();
    const auto length = static_cast<uint32_t>(padded.bytes_.size() + 12);
    return u32(type).u32(length).raw(padded.bytes_).u32(length);
  }
  CaptureBuilder& section() {
    return block(0x0a0d0d0a, CaptureBuilder(big_).u32(0x1a2b3c4d).u16(1).u16(0).u32(~0u).u32(~0u));
  }
  // `options`: already encoded.
  CaptureBuilder& interface(uint16_t link, uint32_t snap = 0,
                            std::span<const uint8_t> options = {}) {
    return block(1, CaptureBuilder(big_).u16(link).u16(0).u32(snap).raw(options));
  }
  CaptureBuilder& enhanced(uint32_t interface, uint64_t ticks, std::span<const uint8_t> data,
                           uint32_t original = 0) {
    const auto size = static_cast<uint32_t>(data.size());
    CaptureBuilder body(big_);
    body.u32(interface).u32(uint32_t(ticks >> 32)).u32(uint32_t(ticks)).u32(size);
    return block(6, body.u32(original == 0 ? size : original).raw(data));
  }

  const std::vector<uint8_t>& bytes() const { return bytes_; }
  std::vector<uint8_t>& bytes() { return bytes_; }

 private:
  bool big_;
  std::vector<uint8_t> bytes_;
};

}  // namespace sluice
