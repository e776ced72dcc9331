// SPDX-License-Identifier: Apache-2.0
#include "sim/live/announce.h"

#include "sim/live/offload.h"
#include "sim/trace/packet_view.h"

namespace sluice {
namespace {

class Writer {
 public:
  void bytes(std::span<const uint8_t> data) { out.insert(out.end(), data.begin(), data.end()); }
  void bytes(std::initializer_list<uint8_t> data) { out.insert(out.end(), data); }
  std::vector<uint8_t> out;
};

// A request for the own address: hosts that have it in their tables take the new MAC address.
std::vector<uint8_t> gratuitousArp(const IpAddress& address, const MacAddress& mac) {
  const std::span<const uint8_t> ip(address.bytes.data(), 4);
  Writer w;
  w.bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  w.bytes(mac.bytes);
  w.bytes({0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 1});
  w.bytes(mac.bytes);
  w.bytes(ip);
  w.bytes({0, 0, 0, 0, 0, 0});
  w.bytes(ip);
  return std::move(w.out);
}

std::vector<uint8_t> advertisement(const IpAddress& address, const MacAddress& mac) {
  constexpr uint8_t kLength = 32, kOverride = 0x20;
  Writer w;
  w.bytes({0x33, 0x33, 0, 0, 0, 1});
  w.bytes(mac.bytes);
  w.bytes({0x86, 0xdd, 0x60, 0, 0, 0, 0, kLength, kProtocolIcmp6, 255});
  w.bytes(address.bytes);
  w.bytes({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  w.bytes({136, 0, 0, 0, kOverride, 0, 0, 0});
  w.bytes(address.bytes);
  w.bytes({2, 1});  // target link-layer address
  w.bytes(mac.bytes);
  PacketView view;
  if (decodePacket(w.out, view)) fixChecksums(w.out, view);
  return std::move(w.out);
}

}  // namespace

std::vector<uint8_t> announcement(const IpAddress& address, const MacAddress& mac) {
  std::vector<uint8_t> frame =
      address.v6 ? advertisement(address, mac) : gratuitousArp(address, mac);
  if (frame.size() < kLeastFrame) frame.resize(kLeastFrame);
  return frame;
}

}  // namespace sluice
