// SPDX-License-Identifier: Apache-2.0
// Records what went through each port into a pcapng file of its own, with a comment per packet that names verdict,
// virtual, member and cycles.
#pragma once

#include <array>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "firmware/base/result.h"
#include "sim/engine/data_plane.h"
#include "sim/trace/replay_names.h"
#include "sim/trace/trace_writer.h"

namespace sluice {

class PortRecorder {
 public:
  // Creates DIR if need be, and in it port0.pcapng to port3.pcapng and cpu.pcapng. `epoch_ns` is added to all times.
  static Result<std::unique_ptr<PortRecorder>> create(const std::string& dir, uint64_t epoch_ns);

  // Each frame before it is offered, and what became of it. Times count from the start of the replay.
  void onOffered(const FrameIn& frame);
  void onFrame(const FrameOut& frame, const ReplayNames& names);
  [[nodiscard]] Result<void> close();

 private:
  struct Held {
    uint64_t arrival_ns;
    std::vector<uint8_t> bytes;
  };
  // A packet that waits for those before it: inbound packets are written when their verdict is known.
  struct Record {
    uint64_t time_ns;
    uint64_t order;
    uint8_t port;
    PacketDirection direction;
    std::vector<uint8_t> bytes;
    std::string comment;
    bool operator>(const Record& other) const {
      return time_ns != other.time_ns ? time_ns > other.time_ns : order > other.order;
    }
  };

  PortRecorder() = default;
  void put(Record record);
  void flush(uint64_t before_ns);

  uint64_t epoch_ns_ = 0;
  uint64_t order_ = 0;
  std::array<std::unique_ptr<TraceWriter>, regs::kPortCount> writers_;
  std::unordered_map<uint64_t, Held> held_;
  std::priority_queue<Record, std::vector<Record>, std::greater<>> waiting_;
};

// "drop ip_fragment; in port 0", "forward; virtual shop; member web/10.0.0.11:80; opened; port 0 > 1; 41 cycles"
std::string describe(const FrameOut& frame, const ReplayNames& names);

}  // namespace sluice
