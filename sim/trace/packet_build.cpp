// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/packet_build.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace sluice {
namespace {

constexpr size_t kMinFrame = 60;

size_t transportHeader(uint8_t protocol) {
  if (protocol == kProtocolTcp) return 20;
  return protocol == kProtocolUdp ? 8 : 0;
}

class Cursor {
 public:
  explicit Cursor(std::vector<uint8_t>& frame) : frame_(frame) {}
  void u8(uint8_t value) { frame_[at_++] = value; }
  void u16(size_t value) {
    u8(static_cast<uint8_t>(value >> 8));
    u8(static_cast<uint8_t>(value));
  }
  void u32(uint32_t value) {
    u16(value >> 16);
    u16(value & 0xffff);
  }
  void bytes(const uint8_t* data, size_t size) {
    std::memcpy(&frame_[at_], data, size);
    at_ += size;
  }
  size_t at() const { return at_; }

 private:
  std::vector<uint8_t>& frame_;
  size_t at_ = 0;
};

void putLink(const PacketPlan& plan, Cursor& out) {
  out.bytes(plan.destination_mac.data(), 6);
  out.bytes(plan.source_mac.data(), 6);
  if (plan.vlan != 0) {
    out.u16(0x8100);
    out.u16(plan.vlan);
  }
  out.u16(plan.tuple.v6 ? 0x86dd : 0x0800);
}

void putIp(const PacketPlan& plan, size_t above, Cursor& out) {
  if (plan.tuple.v6) {
    out.u32(0x60000000);
    out.u16(above);
    out.u8(plan.tuple.protocol);
    out.u8(plan.ttl);
    out.bytes(plan.tuple.source.data(), 16);
    out.bytes(plan.tuple.destination.data(), 16);
    return;
  }
  out.u16(0x4500);
  out.u16(20 + above);
  out.u16(plan.ip_id);
  out.u16(0x4000);
  out.u8(plan.ttl);
  out.u8(plan.tuple.protocol);
  out.u16(0);
  out.bytes(plan.tuple.source.data(), 4);
  out.bytes(plan.tuple.destination.data(), 4);
}

void putTransport(const PacketPlan& plan, size_t above, Cursor& out) {
  if (transportHeader(plan.tuple.protocol) == 0) return;
  out.u16(plan.tuple.source_port);
  out.u16(plan.tuple.destination_port);
  if (plan.tuple.protocol == kProtocolUdp) {
    out.u16(above);
    out.u16(0);
    return;
  }
  out.u32(plan.tcp_sequence);
  out.u32(plan.tcp_acknowledge);
  out.u16(0x5000 | plan.tcp_flags);
  out.u16(0xffff);
  out.u32(0);
}

}  // namespace

size_t headerLength(const PacketPlan& plan) {
  return 14 + (plan.vlan != 0 ? 4 : 0) + (plan.tuple.v6 ? 40 : 20) +
         transportHeader(plan.tuple.protocol);
}

void buildPacket(const PacketPlan& plan, std::vector<uint8_t>& frame) {
  const size_t headers = headerLength(plan);
  size_t payload = plan.payload_length;
  if (plan.frame_length != 0) payload = std::max(plan.frame_length, headers) - headers;
  const size_t above = transportHeader(plan.tuple.protocol) + payload;
  frame.assign(std::max(headers + payload, kMinFrame), 0);

  Cursor out(frame);
  putLink(plan, out);
  const size_t l3 = out.at();
  putIp(plan, above, out);
  putTransport(plan, above, out);
  for (size_t i = 0; i < payload; ++i)
    frame[headers + i] = static_cast<uint8_t>(plan.tcp_sequence + i);

  PacketView view;
  if (decodeIp(frame, l3, view)) fixChecksums(frame, view);
}

PacketTuple makeTuple(std::string_view source, uint16_t source_port, std::string_view destination,
                      uint16_t destination_port, uint8_t protocol) {
  const auto from = IpAddress::parse(source);
  const auto to = IpAddress::parse(destination);
  if (!from || !to || from->v6 != to->v6) std::abort();
  PacketTuple tuple;
  tuple.source = from->bytes;
  tuple.destination = to->bytes;
  tuple.source_port = source_port;
  tuple.destination_port = destination_port;
  tuple.protocol = protocol;
  tuple.v6 = from->v6;
  return tuple;
}

}  // namespace sluice
