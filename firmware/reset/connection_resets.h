// SPDX-License-Identifier: Apache-2.0
// Resets the TCP connections of members that went down, for virtuals with `on-down reset`.
//
// While a member is being reset, the data plane gives firmware what clients send to it (they are
// trapped, see Control::trapped()). Each such segment says where its connection is, so that a reset
// can be made that the client takes; in mode nat the server is told, too. Clients that say nothing
// are asked first, twice, kPerSecond of them a second. A second after that the rest is purged, and
// what still comes is dropped. The data plane's policer of the cause `mtu` limits what comes.
//
// Not thread-safe. Times are nanoseconds of one clock, which does not go back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firmware/control/connection_slots.h"
#include "firmware/control/control.h"
#include "firmware/hal/hal.h"
#include "firmware/reset/tcp_segment.h"

namespace sluice {

struct ResetCounts {
  uint64_t clients = 0, members = 0;  // resets sent to
  uint64_t asked = 0;                 // clients, where they are
  uint64_t ignored = 0;               // packets that need no answer, or can have none
};

class ConnectionResets {
 public:
  static constexpr uint64_t kPerSecond = 1000;
  static constexpr uint64_t kWaitNs = 1'000'000'000;  // for answers
  static constexpr int kRounds = 2;

  // A frame to go out of a front port. Called from run() and take() alone.
  using Send = std::function<void(uint8_t port, std::vector<uint8_t> frame)>;
  // All is done for a member.
  using Tell = std::function<void(const MemberKey&, uint64_t connections, uint64_t clients)>;

  // Borrows all of them.
  ConnectionResets(Hal& hal, Control& control, const ConnectionSlots& slots, Send send, Tell tell)
      : hal_(hal),
        control_(control),
        slots_(slots),
        send_(std::move(send)),
        tell_(std::move(tell)) {}

  // Looks at all members, which are in force like this.
  void look(const Operational& operational, uint64_t now_ns);
  // Adds what Control shall know: whose connections are being reset.
  void addTo(Operational& operational) const;

  // Whether a packet is this object's.
  bool takes(const regs::Result& result) const {
    return result.verdict == regs::Verdict::kPunt && result.cause == regs::PuntCause::kMtu &&
           control_.trapped(result.member);
  }
  void take(const regs::Result& result, std::span<const uint8_t> frame);

  // Asks clients that are due. True: something is over, so look() has news.
  bool run(uint64_t now_ns);
  // When to call run(); UINT64_MAX: nothing is to be done.
  uint64_t due() const;

  const ResetCounts& counts() const { return counts_; }

 private:
  static constexpr size_t kAsked = 16, kRead = 64;  // at a time

  struct Reset {
    uint16_t id = 0;
    uint64_t connections = 0;  // at the beginning
    uint64_t clients = 0;      // that were sent a reset
    uint32_t next_slot = 0;    // to be asked; ConnectionSlots::kNone: all were
    int round = 0;
    uint64_t due_ns = 0;
    bool over = false;
  };

  void ask(Reset& reset, uint64_t now_ns);
  bool askSlot(const Reset& reset, uint32_t slot);
  uint32_t live(uint16_t id) const;
  void toClient(const regs::Result& result, const TcpSegment& segment);
  void toMember(const regs::Result& result, const TcpSegment& segment);

  Hal& hal_;
  Control& control_;
  const ConnectionSlots& slots_;
  Send send_;
  Tell tell_;
  std::map<MemberKey, Reset> resets_;  // of all members that are down
  ResetCounts counts_;
};

}  // namespace sluice
