// SPDX-License-Identifier: Apache-2.0
// The servers of a `split` replay: where a forwarded packet went, what the member there answers,
// and whether what came back to the client is right. Stateless; the bookkeeping is SplitSource's.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/trace/packet_view.h"

namespace sluice {

// How a client's packet reached its member, as seen in the frame that left the appliance.
struct Delivery {
  enum class Kind : uint8_t {
    kNone,    // not a packet of this client
    kNat,     // to the member's address: its answer passes the appliance
    kDirect,  // still to the virtual's address: the member answers the client itself
    kTunnel,  // in IP-in-IP or GUE: likewise
  };
  Kind kind = Kind::kNone;
  uint8_t port = 0;  // that it left by
  uint16_t vlan = 0;
  bool tagged = false;
  std::array<uint8_t, 6> member_mac{};
  std::array<uint8_t, 6> appliance_mac{};
  PacketEndpoint
      member;  // kNat: address and port the answer comes from; kTunnel: outer destination
  PacketEndpoint
      peer;  // kNat: address and port the answer goes to (the client, or a source NAT address)
};

// `client`: the tuple of the packet as the client sent it.
Delivery inspectDelivery(std::span<const uint8_t> forwarded, const PacketTuple& client,
                         uint8_t port);

// The member's answer: the recorded frame of the trace's server, with the addresses of the delivery
// and checksums right. False if it cannot be (other address family, unreadable).
bool buildAnswer(const Delivery& delivery, std::span<const uint8_t> recorded,
                 std::vector<uint8_t>& frame);

// What is wrong with a frame that came back to the client, empty if nothing: it must be from the
// virtual to the client, its payload as long as recorded, its checksums right.
std::string faultOfReturn(std::span<const uint8_t> frame, const PacketTuple& client,
                          uint16_t payload_length);

}  // namespace sluice
