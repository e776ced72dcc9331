// SPDX-License-Identifier: Apache-2.0
// Copies of packets at stages of the live appliance, as pcapng with what became of each packet as
// its comment.
//
//   ingress  as it came in, whatever becomes of it
//   egress   as it left by a front port
//   drop     as it came in, if it was dropped
//   punt     as it went to the CPU port
//   all      ingress and egress
//
// A filter looks at the packet as it came in, so the copies of one packet are there at all stages
// or at none. Costs one comparison per packet while active() is false.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "firmware/control/control.h"
#include "mgmt/core/traffic_source.h"
#include "sim/engine/data_plane.h"
#include "sim/trace/trace_writer.h"

namespace sluice {

class Captures {
 public:
  static constexpr size_t kMost = 16;

  // Borrows the control plane, for names and filters.
  explicit Captures(const Control& control) : control_(control) {}

  static std::vector<std::string> stages();

  // `now_ns` is the data plane's time, `wall_ns` the time of day at 0 of it. kInvalidInput, kIo.
  Result<void> start(const CaptureRequest& request, uint64_t now_ns, uint64_t wall_ns);
  // kNotFound. The file is complete afterwards.
  Result<CaptureStatus> stop(std::string_view name);
  void stopAll();
  // Running ones, and those that ended by themselves or by order until their name is used again.
  std::vector<CaptureStatus> list() const;

  bool active() const { return running_ != 0; }
  // While active: every frame that goes in, and what became of every one.
  void onOffered(const FrameIn& frame);
  void onFrame(const FrameOut& frame);
  // Ends those whose time is over.
  void expire(uint64_t now_ns);

 private:
  enum class Stage : uint8_t { kIngress, kEgress, kDrop, kPunt, kAll };
  struct Capture {
    CaptureStatus status;
    Stage stage;
    uint64_t ends_ns;
    uint64_t wall_ns;
    std::unique_ptr<TraceWriter> writer;
  };
  struct Held {
    std::vector<uint8_t> bytes;
    uint64_t arrival_ns;
  };

  static const std::map<std::string, Stage, std::less<>>& stageNames();
  bool matches(const Capture& capture, const regs::Result& result, const Held& in) const;
  void write(Capture& capture, uint64_t at_ns, std::span<const uint8_t> bytes,
             PacketDirection direction);
  void take(Capture& capture, const FrameOut& frame, const Held& in);
  void end(Capture& capture, const std::string& note);

  const Control& control_;
  std::map<std::string, Capture, std::less<>> captures_;
  size_t running_ = 0;
  std::unordered_map<uint64_t, Held> held_;  // frames on their way through, by id
  std::string comment_;
};

}  // namespace sluice
