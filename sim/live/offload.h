// SPDX-License-Identifier: Apache-2.0
// What a host leaves to its network card, done in software: virtual links pass frames on whose
// checksums are not finished and TCP frames of up to 64 KB, but the appliance takes frames as they
// are on a wire.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace sluice {

using TakeFrame = std::function<void(std::span<const uint8_t>)>;

// As struct virtio_net_hdr tells it (virtio 1.2, section 5.1.6), with legacy byte order.
struct Offload {
  enum class Segments : uint8_t { kNone, kTcp, kOther };
  bool needs_checksum = false;
  uint16_t checksum_start = 0;   // from the start of the frame
  uint16_t checksum_offset = 0;  // of the field, from checksum_start
  Segments segments = Segments::kNone;
  uint16_t segment_bytes = 0;  // TCP payload per segment
};

// Finishes a checksum over the frame from checksum_start on; the field holds the sum of the pseudo
// header. False if the field lies outside of the frame, which stays as it was.
bool completeChecksum(std::span<uint8_t> frame, const Offload& offload);

// Cuts an IPv4 or IPv6 TCP frame into segments with complete headers and checksums and gives each
// to `take`. Returns how many; 0 if the frame is not what `offload` says.
size_t segmentTcp(std::span<const uint8_t> frame, const Offload& offload, const TakeFrame& take);

// The frame with an 802.1Q tag after its addresses (frame of 14 bytes or more).
std::vector<uint8_t> withTag(std::span<const uint8_t> frame, uint16_t tci,
                             uint16_t ethertype = 0x8100);

// The VLAN of an 802.1Q tagged frame, 0 if it has no tag.
uint16_t vlanOf(std::span<const uint8_t> frame);
// The frame without its first tag.
std::vector<uint8_t> withoutTag(std::span<const uint8_t> frame);

// Shortest frame without FCS (IEEE 802.3): hosts leave padding to the card, too.
inline constexpr size_t kLeastFrame = 60;

}  // namespace sluice
