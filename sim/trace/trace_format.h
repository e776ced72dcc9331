// SPDX-License-Identifier: Apache-2.0
// The two file formats behind TraceReader, and the byte-order helpers that they share.
//
// pcap: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-03.html
// pcapng: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "firmware/base/result.h"
#include "sim/trace/trace_reader.h"

namespace sluice {

// Longest packet accepted from a file: libpcap's MAXIMUM_SNAPLEN.
inline constexpr uint32_t kMaxCapturedLength = 262144;

inline constexpr uint32_t kPcapMagicMicroseconds = 0xa1b2c3d4;
inline constexpr uint32_t kPcapMagicNanoseconds = 0xa1b23c4d;
inline constexpr uint32_t kPcapngMagic = 0x0a0d0d0a;  // reads the same in both byte orders
inline constexpr uint32_t kPcapngByteOrder = 0x1a2b3c4d;

inline uint32_t little32(const uint8_t* at) {
  return uint32_t(at[0]) | uint32_t(at[1]) << 8 | uint32_t(at[2]) << 16 | uint32_t(at[3]) << 24;
}

// Reads integers in the byte order of a file.
class FileOrder {
 public:
  explicit FileOrder(bool big = false) : big_(big) {}
  uint16_t u16(const uint8_t* at) const {
    return big_ ? uint16_t(at[0] << 8 | at[1]) : uint16_t(at[1] << 8 | at[0]);
  }
  uint32_t u32(const uint8_t* at) const {
    return big_ ? __builtin_bswap32(little32(at)) : little32(at);
  }
  uint64_t u64(const uint8_t* at) const {
    return big_ ? uint64_t(u32(at)) << 32 | u32(at + 4) : uint64_t(u32(at + 4)) << 32 | u32(at);
  }

 private:
  bool big_;
};

// Both consume nothing of the stream but the file header, and expect the stream at its start, with
// the magic number already recognised. The message of an error has no path in front.
Result<std::unique_ptr<TraceFormat>> openPcap(ByteStream& stream);
Result<std::unique_ptr<TraceFormat>> openPcapng(ByteStream& stream);

}  // namespace sluice
