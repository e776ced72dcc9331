// SPDX-License-Identifier: Apache-2.0
// Reads the connections of a data plane, row by row, through its registers.
#pragma once

#include <cstdint>
#include <functional>

#include "firmware/control/connection_slots.h"
#include "firmware/control/control.h"
#include "firmware/hal/hal.h"
#include "mgmt/core/traffic_source.h"

namespace sluice {

class ConnectionReader {
 public:
  static constexpr size_t kPage = 16;  // entries; some 2 ms of the RTL engine

  // Called after each page; false: enough. Packets may pass meanwhile.
  using Between = std::function<bool()>;

  // Borrows all of them.
  ConnectionReader(Hal& hal, const Control& control, const ConnectionSlots& slots)
      : hal_(hal), control_(control), slots_(slots) {}

  // Connections that match, in the order of their slots, `most` of them listed. What opens or
  // closes meanwhile may be missing or there. `now_ns` is the data plane's time.
  ConnectionList read(const ConnectionFilter& filter, size_t most, uint64_t now_ns,
                      const Between& between);

  // Ends them in the background: `control` purges them with its next ticks. Only what the scrub
  // engine can select: all, those of a virtual, those of a member (with its pool). Returns how many
  // there were.
  static Result<uint64_t> clear(const ConnectionFilter& filter, Control& control, Hal& hal);

 private:
  bool matches(const ConnectionFilter& filter, const regs::FlowTagRow& tag) const;
  static bool matches(const ConnectionFilter& filter, const ConnectionStatus& connection);
  ConnectionStatus statusOf(const regs::FlowTagRow& tag, const regs::FlowKeyRow& key,
                            uint32_t tick);

  Hal& hal_;
  const Control& control_;
  const ConnectionSlots& slots_;
};

}  // namespace sluice
