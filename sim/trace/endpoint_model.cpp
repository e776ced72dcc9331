// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/endpoint_model.h"

#include <algorithm>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice {
namespace {

constexpr uint8_t kProtocolIpInIp = 4;
constexpr uint8_t kProtocolIp6InIp = 41;

bool isTunnel(const PacketView& view, const PacketTuple& client) {
  const uint8_t protocol = view.tuple.protocol;
  if (protocol == kProtocolIpInIp || protocol == kProtocolIp6InIp)
    return client.protocol != protocol;
  const bool gue = protocol == kProtocolUdp && view.tuple.destination_port == regs::kGueUdpPort;
  return gue && client.destination_port != regs::kGueUdpPort;
}

}  // namespace

Delivery inspectDelivery(std::span<const uint8_t> forwarded, const PacketTuple& client,
                         uint8_t port) {
  Delivery delivery;
  PacketView view;
  if (!decodePacket(forwarded, view)) return delivery;
  delivery.port = port;
  std::copy_n(forwarded.begin(), 6, delivery.member_mac.begin());
  std::copy_n(forwarded.begin() + 6, 6, delivery.appliance_mac.begin());
  delivery.tagged = view.vlan_tags != 0;
  if (delivery.tagged) delivery.vlan = static_cast<uint16_t>(forwarded[14] << 8 | forwarded[15]);
  delivery.member = view.tuple.destinationEndpoint();
  delivery.peer = view.tuple.sourceEndpoint();
  if (isTunnel(view, client)) {
    delivery.kind = Delivery::Kind::kTunnel;
  } else if (view.tuple == client) {
    delivery.kind = Delivery::Kind::kDirect;
  } else if (view.tuple.protocol == client.protocol) {
    delivery.kind = Delivery::Kind::kNat;
  }
  return delivery;
}

bool buildAnswer(const Delivery& delivery, std::span<const uint8_t> recorded,
                 std::vector<uint8_t>& frame) {
  PacketView view;
  if (delivery.kind != Delivery::Kind::kNat || !decodePacket(recorded, view)) return false;
  if (view.tuple.v6 != delivery.member.address.v6) return false;
  frame.assign(delivery.appliance_mac.begin(), delivery.appliance_mac.end());
  frame.insert(frame.end(), delivery.member_mac.begin(), delivery.member_mac.end());
  if (delivery.tagged) {
    const uint8_t tag[4] = {0x81, 0x00, uint8_t(delivery.vlan >> 8), uint8_t(delivery.vlan)};
    frame.insert(frame.end(), tag, tag + 4);
  }
  frame.insert(frame.end(), recorded.begin() + view.l3_offset - 2, recorded.end());
  if (!decodePacket(frame, view)) return false;
  setSource(frame, view, delivery.member);
  setDestination(frame, view, delivery.peer);
  if (!decodePacket(frame, view)) return false;
  fixChecksums(frame, view);
  return true;
}

std::string faultOfReturn(std::span<const uint8_t> frame, const PacketTuple& client,
                          uint16_t payload_length) {
  PacketView view;
  if (!decodePacket(frame, view)) return "unreadable";
  const PacketTuple expected = client.reversed();
  if (!(view.tuple == expected)) return "is " + view.tuple.text() + ", not " + expected.text();
  if (view.payload_length != payload_length) {
    return "payload of " + std::to_string(view.payload_length) + " bytes, not " +
           std::to_string(payload_length);
  }
  return checksumsValid(frame, view) ? "" : "wrong checksum in " + view.tuple.text();
}

}  // namespace sluice
