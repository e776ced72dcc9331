// SPDX-License-Identifier: Apache-2.0
// What firmware says to the senders of packets that the data plane punted because it could not
// forward them: too long for the way on (cause mtu), TTL or hop limit used up (cause ttl).
//
// Their rate is that of the two causes' policers in the data plane (`limits`, `punt-rate`).
#pragma once

#include <array>

#include "firmware/control/control.h"
#include "firmware/icmp/icmp_error.h"

namespace sluice {

struct IcmpErrorCounts {
  uint64_t too_big = 0;
  uint64_t time_exceeded = 0;
  uint64_t suppressed = 0;  // forbidden by the rules, or there was no address to send from
};

class IcmpResponder {
 public:
  // Borrows it.
  explicit IcmpResponder(const Control& control) : control_(control) {}

  // Whether a packet is this object's to answer, so that nobody else sees it.
  static bool answers(const regs::Result& result);

  // The error about such a packet, to go out of the port it came by; nothing if none may be sent.
  // It comes from an own address in the receiver's subnet, else on the port that the packet came
  // by, else any; without one, towards a client, from the virtual's.
  std::optional<std::vector<uint8_t>> answer(const regs::Result& result,
                                             std::span<const uint8_t> frame);

  const IcmpErrorCounts& counts() const { return counts_; }

 private:
  const Control& control_;
  IcmpErrorCounts counts_;
};

}  // namespace sluice
