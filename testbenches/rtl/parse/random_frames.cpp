// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl/parse/random_frames.h"

#include <algorithm>

namespace sluice::parse_test {

Bytes RandomFrames::frame() {
  Packet packet = oneIn(40)   ? arp()
                  : oneIn(40) ? ethernet(halfword(), below(80))
                              : this->packet(oneIn(2), false);
  for (uint32_t tags = oneIn(2) ? below(4) : 0; tags > 0; --tags)
    packet.vlan(static_cast<uint16_t>(below(4096)), oneIn(3) ? 0x88a8 : 0x8100);
  packet.mac({static_cast<uint8_t>(below(4)), 1, 2, 3, 4, static_cast<uint8_t>(below(6))});
  if (oneIn(4)) packet.pad(60, byte());
  Bytes frame = packet.build();
  if (oneIn(8)) frame.resize(14 + below(static_cast<uint32_t>(frame.size() - 13)));
  for (uint32_t flips = oneIn(4) ? 1 + below(3) : 0; flips > 0; --flips)
    frame[below(static_cast<uint32_t>(frame.size()))] ^= static_cast<uint8_t>(1u << below(8));
  return frame;
}

Ip RandomFrames::address(bool v6) {
  static const char* const kV4[] = {"0.0.0.0",         "127.0.0.1", "224.1.2.3",
                                    "255.255.255.255", "10.0.0.1",  "10.0.0.2"};
  static const char* const kV6[] = {"::", "::1", "ff02::5", "2001:db8::1", "2001:db8::2", "::5"};
  if (oneIn(15)) return v6 ? kV6[below(6)] : kV4[below(6)];
  Ip ip = v6 ? "2001:db8::" : "10.0.0.0";
  std::generate(ip.bytes.begin() + 1, ip.bytes.begin() + static_cast<long>(ip.size()),
                [this] { return byte(); });
  return ip;
}

Packet RandomFrames::packet(bool v6, bool inner) {
  const Ip source = address(v6);
  const Ip destination = oneIn(100) ? source : address(v6);
  Packet packet;
  switch (below(inner ? 5 : 8)) {
    case 0:
    case 1:
      packet = tcp({source, halfword()}, {destination, halfword()}, oneIn(3) ? byte() : kAck);
      if (oneIn(4)) packet.dataOffset(static_cast<uint8_t>(below(16)));
      break;
    case 2:
      packet = udp({source, halfword()}, {destination, halfword()});
      if (oneIn(4)) packet.udpLength(static_cast<uint16_t>(below(80)));
      break;
    case 3:
      packet = other(source, destination, byte());
      break;
    case 4:
      packet = icmp(source, destination, byte());
      break;
    default:
      return decorate(icmpError(source, destination,
                                static_cast<uint8_t>(v6 ? 1 + below(4) : 3 + below(3)),
                                this->packet(v6, true), 16 + below(60)));
  }
  return decorate(packet.payload(below(60), byte()));
}

Packet RandomFrames::decorate(Packet packet) {
  static constexpr uint8_t kTypes[] = {kHopByHop, kRouting, kDestinationOptions};
  packet.ttl(byte()).tos(byte());
  const uint16_t offset = oneIn(2) ? 0 : static_cast<uint16_t>(below(0x2000));
  if (packet.v6()) {
    for (uint32_t n = oneIn(3) ? below(5) : 0; n > 0; --n) {
      if (oneIn(6)) {
        packet.fragment(offset, oneIn(3));
      } else {
        packet.extension(kTypes[below(3)], oneIn(6) ? 1 + below(12) : 1 + below(2));
      }
    }
  } else {
    if (oneIn(4)) packet.options(below(11));
    if (oneIn(15)) packet.fragment(offset, oneIn(2));
    if (oneIn(20)) packet.headerWords(static_cast<uint8_t>(below(16)));
  }
  if (oneIn(20)) packet.version(static_cast<uint8_t>(below(16)));
  if (oneIn(12)) packet.totalLength(static_cast<uint16_t>(below(oneIn(3) ? 0x10000 : 120)));
  return packet;
}

}  // namespace sluice::parse_test
