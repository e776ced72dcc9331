// SPDX-License-Identifier: Apache-2.0
#include "sim/live/offload.h"

#include <gtest/gtest.h>

#include <numeric>

#include "sim/trace/packet_view.h"

namespace sluice {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint16_t kSegment = 1000;

void put16(Bytes& frame, size_t at, uint32_t value) {
  frame[at] = static_cast<uint8_t>(value >> 8);
  frame[at + 1] = static_cast<uint8_t>(value);
}
uint32_t get16(const Bytes& frame, size_t at) { return frame[at] << 8 | frame[at + 1]; }
uint32_t get32(const Bytes& frame, size_t at) {
  return get16(frame, at) << 16 | get16(frame, at + 2);
}

// A TCP frame with FIN, PSH, ACK and CWR whose checksums the host has not finished.
struct TcpFrame {
  Bytes bytes;
  size_t ip, tcp, payload;
  Offload offload;
};
TcpFrame tcpFrame(bool v6, bool tagged, size_t payload) {
  TcpFrame f;
  f.ip = tagged ? 18 : 14;
  f.tcp = f.ip + (v6 ? 40 : 20);
  f.payload = f.tcp + 32;
  f.bytes.resize(f.payload + payload);
  std::iota(f.bytes.begin() + static_cast<std::ptrdiff_t>(f.payload), f.bytes.end(), uint8_t{7});
  if (tagged) put16(f.bytes, 12, 0x8100);
  put16(f.bytes, f.ip - 2, v6 ? 0x86dd : 0x0800);
  if (v6) {
    f.bytes[f.ip] = 0x60;
    f.bytes[f.ip + 6] = 6;
    f.bytes[f.ip + 23] = 1;
    f.bytes[f.ip + 39] = 2;
  } else {
    f.bytes[f.ip] = 0x45;
    put16(f.bytes, f.ip + 4, 0xffff);  // the next identification is 0
    f.bytes[f.ip + 9] = 6;
    f.bytes[f.ip + 12] = 10;
    f.bytes[f.ip + 16] = 203;
  }
  put16(f.bytes, f.tcp + 4, 0xffff);  // sequence number close to its end
  put16(f.bytes, f.tcp + 6, 0xff00);
  f.bytes[f.tcp + 12] = 0x80;
  f.bytes[f.tcp + 13] = 0x99;
  f.offload.checksum_start = static_cast<uint16_t>(f.tcp);
  f.offload.checksum_offset = 16;
  f.offload.segments = Offload::Segments::kTcp;
  f.offload.segment_bytes = kSegment;
  return f;
}

uint32_t pseudoSum(const TcpFrame& f, const Bytes& frame, bool v6) {
  const std::span<const uint8_t> all(frame);
  const uint32_t addresses =
      v6 ? internetSum(all.subspan(f.ip + 8, 32)) : internetSum(all.subspan(f.ip + 12, 8));
  return addresses + 6 + static_cast<uint32_t>(frame.size() - f.tcp);
}

// The sum over everything that a right checksum covers is all ones.
bool tcpIsRight(const TcpFrame& f, const Bytes& frame, bool v6) {
  return internetSum(std::span(frame).subspan(f.tcp), pseudoSum(f, frame, v6)) == 0xffff;
}

TEST(OffloadTest, PartialChecksumIsCompleted) {
  for (const bool v6 : {false, true}) {
    TcpFrame f = tcpFrame(v6, false, 333);
    const uint16_t pseudo = internetSum({}, pseudoSum(f, f.bytes, v6));
    put16(f.bytes, f.tcp + 16, pseudo);
    EXPECT_FALSE(tcpIsRight(f, f.bytes, v6));
    ASSERT_TRUE(completeChecksum(f.bytes, f.offload));
    EXPECT_TRUE(tcpIsRight(f, f.bytes, v6));
  }
}

TEST(OffloadTest, ZeroIsSentAsAllOnes) {
  Bytes frame = {0xff, 0xff, 0x00, 0x00};
  ASSERT_TRUE(completeChecksum(frame, {.checksum_start = 0, .checksum_offset = 2}));
  EXPECT_EQ(frame, (Bytes{0xff, 0xff, 0xff, 0xff}));
}

TEST(OffloadTest, ChecksumOutsideOfTheFrameIsRefused) {
  Bytes frame(40, 1);
  const Bytes before = frame;
  EXPECT_FALSE(completeChecksum(frame, {.checksum_start = 34, .checksum_offset = 5}));
  EXPECT_FALSE(completeChecksum(frame, {.checksum_start = 65535, .checksum_offset = 65535}));
  EXPECT_EQ(frame, before);
}

TEST(OffloadTest, LongTcpFramesAreCutIntoCompleteSegments) {
  for (const bool v6 : {false, true}) {
    for (const bool tagged : {false, true}) {
      const TcpFrame f = tcpFrame(v6, tagged, 2 * kSegment + 1);
      std::vector<Bytes> segments;
      ASSERT_EQ(segmentTcp(f.bytes, f.offload,
                           [&](auto bytes) { segments.emplace_back(bytes.begin(), bytes.end()); }),
                3u);
      Bytes payload;
      for (size_t i = 0; i < segments.size(); ++i) {
        const Bytes& s = segments[i];
        EXPECT_TRUE(tcpIsRight(f, s, v6)) << i;
        EXPECT_EQ(get32(s, f.tcp + 4), 0xffffff00u + static_cast<uint32_t>(i) * kSegment) << i;
        const uint8_t flags[] = {0x90, 0x10, 0x19};
        EXPECT_EQ(s[f.tcp + 13], flags[i]) << i;
        if (v6) {
          EXPECT_EQ(get16(s, f.ip + 4), s.size() - f.tcp) << i;
        } else {
          EXPECT_EQ(get16(s, f.ip + 2), s.size() - f.ip) << i;
          EXPECT_EQ(get16(s, f.ip + 4), (0xffff + i) & 0xffff) << i;
          EXPECT_EQ(internetSum(std::span(s).subspan(f.ip, 20)), 0xffff) << i;
        }
        payload.insert(payload.end(), s.begin() + static_cast<std::ptrdiff_t>(f.payload), s.end());
      }
      EXPECT_EQ(segments[0].size(), f.payload + kSegment);
      EXPECT_TRUE(std::equal(payload.begin(), payload.end(),
                             f.bytes.begin() + static_cast<std::ptrdiff_t>(f.payload),
                             f.bytes.end()));
    }
  }
}

TEST(OffloadTest, WhatIsNoTcpFrameIsNotCut) {
  const auto pieces = [](const Bytes& bytes, Offload offload) {
    return segmentTcp(bytes, offload, [](auto) { FAIL(); });
  };
  TcpFrame f = tcpFrame(false, false, 5000);
  Offload offload = f.offload;
  offload.segment_bytes = 0;
  EXPECT_EQ(pieces(f.bytes, offload), 0u);
  offload = f.offload;
  for (const size_t start : {size_t{0}, f.tcp - 1, f.bytes.size() - 19, size_t{65535}}) {
    offload.checksum_start = static_cast<uint16_t>(start);
    EXPECT_EQ(pieces(f.bytes, offload), 0u) << start;
  }
  for (size_t length = 0; length <= f.payload; ++length)
    EXPECT_EQ(pieces(Bytes(f.bytes.begin(), f.bytes.begin() + static_cast<std::ptrdiff_t>(length)),
                     f.offload),
              0u);
  f.bytes[f.tcp + 12] = 0x40;  // header shorter than 20 bytes
  EXPECT_EQ(pieces(f.bytes, f.offload), 0u);
}

TEST(OffloadTest, TagsComeAndGo) {
  const TcpFrame f = tcpFrame(false, false, 10);
  EXPECT_EQ(vlanOf(f.bytes), 0);
  const Bytes tagged = withTag(f.bytes, 0x6064);
  EXPECT_EQ(tagged.size(), f.bytes.size() + 4);
  EXPECT_EQ(get16(tagged, 12), 0x8100u);
  EXPECT_EQ(get16(tagged, 16), 0x0800u);
  EXPECT_EQ(vlanOf(tagged), 100);
  EXPECT_EQ(withoutTag(tagged), f.bytes);
  EXPECT_EQ(withoutTag(f.bytes), f.bytes);
}

}  // namespace
}  // namespace sluice
