// SPDX-License-Identifier: Apache-2.0
#include "sim/live/offload.h"

#include <algorithm>

#include "sim/trace/packet_view.h"

namespace sluice {
namespace {

constexpr uint8_t kCongestionReduced = 0x80;

uint16_t get16(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
uint32_t get32(std::span<const uint8_t> bytes, size_t at) {
  return uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2);
}
void put16(std::span<uint8_t> bytes, size_t at, uint32_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<uint8_t>(value);
}
void put32(std::span<uint8_t> bytes, size_t at, uint32_t value) {
  put16(bytes, at, value >> 16);
  put16(bytes, at + 2, value);
}

bool isTag(uint16_t ethertype) { return ethertype == 0x8100 || ethertype == 0x88a8; }

// Where the headers of a TCP frame are.
struct TcpLayout {
  size_t ip = 0, tcp = 0, payload = 0, end = 0;
  bool v6 = false;
};

// `tcp` comes from the kernel, the rest is read; nothing is believed.
bool findLayout(std::span<const uint8_t> frame, size_t tcp, TcpLayout& out) {
  size_t at = 12;
  while (at + 2 <= frame.size() && at <= 20 && isTag(get16(frame, at))) at += 4;
  if (at + 2 > frame.size()) return false;
  const uint16_t ethertype = get16(frame, at);
  out.ip = at + 2;
  out.v6 = ethertype == 0x86dd;
  if (!out.v6 && ethertype != 0x0800) return false;
  if (tcp < out.ip + (out.v6 ? 40 : 20) || tcp + 20 > frame.size()) return false;
  out.tcp = tcp;
  out.payload = tcp + size_t{4} * (frame[tcp + 12] >> 4);
  out.end = frame.size();
  return out.payload >= tcp + 20 && out.payload < out.end;
}

// Lengths and identification of the segment with this index; false if its headers cannot be read.
bool finish(std::span<uint8_t> segment, const TcpLayout& at, uint32_t index) {
  const auto length = static_cast<uint32_t>(segment.size() - at.ip);
  if (at.v6) {
    put16(segment, at.ip + 4, length - 40);
  } else {
    put16(segment, at.ip + 2, length);
    put16(segment, at.ip + 4, get16(segment, at.ip + 4) + index);
  }
  PacketView view;
  if (!decodePacket(segment, view) || view.l4_offset != at.tcp) return false;
  fixChecksums(segment, view);
  return true;
}

}  // namespace

bool completeChecksum(std::span<uint8_t> frame, const Offload& offload) {
  const size_t field = size_t{offload.checksum_start} + offload.checksum_offset;
  if (field + 2 > frame.size()) return false;
  const auto checksum = static_cast<uint16_t>(~internetSum(frame.subspan(offload.checksum_start)));
  // 0 would mean "none" in UDP; both are the same sum.
  put16(frame, field, checksum == 0 ? 0xffff : checksum);
  return true;
}

size_t segmentTcp(std::span<const uint8_t> frame, const Offload& offload, const TakeFrame& take) {
  TcpLayout at;
  if (offload.segment_bytes == 0 || !findLayout(frame, offload.checksum_start, at)) return 0;
  std::vector<uint8_t> segment;
  uint32_t index = 0;
  for (size_t from = at.payload; from < at.end; from += offload.segment_bytes, ++index) {
    const size_t length = std::min<size_t>(offload.segment_bytes, at.end - from);
    const auto header = frame.first(at.payload);
    const auto payload = frame.subspan(from, length);
    segment.assign(header.begin(), header.end());
    segment.insert(segment.end(), payload.begin(), payload.end());
    put32(segment, at.tcp + 4, get32(frame, at.tcp + 4) + static_cast<uint32_t>(from - at.payload));
    uint8_t& flags = segment[at.tcp + 13];
    if (from != at.payload) flags &= static_cast<uint8_t>(~kCongestionReduced);
    if (from + length != at.end) flags &= static_cast<uint8_t>(~(kTcpFin | kTcpPsh));
    if (!finish(segment, at, index)) return 0;
    take(segment);
  }
  return index;
}

std::vector<uint8_t> withTag(std::span<const uint8_t> frame, uint16_t tci, uint16_t ethertype) {
  std::vector<uint8_t> tagged(frame.size() + 4);
  std::copy(frame.begin(), frame.begin() + 12, tagged.begin());
  put16(tagged, 12, ethertype);
  put16(tagged, 14, tci);
  std::copy(frame.begin() + 12, frame.end(), tagged.begin() + 16);
  return tagged;
}

uint16_t vlanOf(std::span<const uint8_t> frame) {
  if (frame.size() < 18 || !isTag(get16(frame, 12))) return 0;
  return get16(frame, 14) & 0xfff;
}

std::vector<uint8_t> withoutTag(std::span<const uint8_t> frame) {
  std::vector<uint8_t> bare(frame.begin(), frame.end());
  if (frame.size() >= 16 && isTag(get16(frame, 12)))
    bare.erase(bare.begin() + 12, bare.begin() + 16);
  return bare;
}

}  // namespace sluice
