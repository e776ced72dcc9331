// SPDX-License-Identifier: Apache-2.0
// What the model knows of a packet while it passes through the stages of docs/data-plane.md.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "firmware/hal/gen/sluice_regs.h"

namespace sluice::model {

using Address = std::array<uint8_t, 16>;

inline bool same(const Address& a, const Address& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

// The hashes of section 4 that every packet needs. S0 and D0, without ports, are computed where
// they are.
struct Hashes {
  uint64_t src = 0;  // S: source address and port
  uint64_t dst = 0;  // D: destination address and port
};

// Where section 7 looks for the connection.
struct FlowPlace {
  uint32_t row = 0;            // of the first bank
  uint32_t step = 0;           // from bank to bank
  uint32_t client_digest = 0;  // the client's part of the digest
  uint32_t digest = 0;         // forward or reverse, by the packet's direction
  bool answer = false;         // to a source of full NAT: the digest is its reference
};

// A frame in memory that the model may write to: room in front for headers that grow, zeros behind
// a short frame as far as the parser looks.
class FrameBuffer {
 public:
  // The frame, in here. It must not be longer than kLongest.
  std::span<uint8_t> assign(std::span<const uint8_t> frame) {
    uint8_t* at = memory_.data() + kFront;
    std::copy(frame.begin(), frame.end(), at);
    if (frame.size() < kParsed) std::fill(at + frame.size(), at + kParsed, 0);
    return {at, frame.size()};
  }

  static constexpr size_t kLongest = 16383;  // INGRESS_MAX_FRAME has 14 bits

 private:
  static constexpr size_t kFront = 64;    // a VLAN tag, IPv6 and 12 bytes of GUE need 56
  static constexpr size_t kParsed = 192;  // the window, and a header that begins at its end

  std::array<uint8_t, kFront + kLongest + 1> memory_;
};

struct Packet {
  std::span<uint8_t> bytes;  // in a FrameBuffer
  regs::IngressMeta meta;
  regs::Parsed parsed;
  regs::Tuple own;    // the packet's own addresses and ports
  regs::Tuple inner;  // ICMP errors: those of the packet inside, swapped
  Hashes hashes;
  regs::Classified classified;
  bool acl_police = false;
  FlowPlace place;
  regs::Routed routed;

  // Makes it ready for the next frame.
  void clear() {
    parsed = {};
    own = {};
    inner = {};
    hashes = {};
    classified = {};
    acl_police = false;
    routed = {};
  }
  // What virtuals and connections look at.
  const regs::Tuple& key() const { return parsed.l4 == regs::L4Kind::kIcmpError ? inner : own; }
  uint32_t ageTick() const { return (meta.now >> regs::kAgeTickShift) & 0xffffff; }
  uint64_t rateTick() const { return meta.now >> regs::kRateTickShift; }
};

// Verdicts, one way to say each, on any struct that carries them.
template <class Stage>
void drop(Stage& stage, regs::DropReason reason) {
  stage.verdict = regs::Verdict::kDrop;
  stage.reason = reason;
}

template <class Stage>
void punt(Stage& stage, regs::PuntCause cause) {
  stage.verdict = regs::Verdict::kPunt;
  stage.cause = cause;
}

}  // namespace sluice::model
