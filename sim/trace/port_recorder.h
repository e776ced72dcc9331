// SPDX-License-Identifier: Apache-2.0
// `--out DIR`: what left each port as pcapng, every packet with a comment that says how it went:
//
//   id=17 in_port=0 verdict=forward virtual=shop member=web/10.0.0.11:80 flow=opened cycles=93
//   id=18 in_port=0 verdict=drop reason=no_virtual
//   sent by firmware about id=19
//
// port0.pcapng to port3.pcapng, cpu.pcapng (punted packets), and dropped.pcapng with the frames as
// they came in. Files are made when the first packet for them comes. Stamps: start of the trace
// plus departure time (dropped: arrival).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "sim/engine/data_plane.h"
#include "sim/trace/replay_names.h"
#include "sim/trace/trace_writer.h"

namespace sluice {

class PortRecorder {
 public:
  // `names` may change while recording and must outlive the recorder. The directory must exist.
  PortRecorder(std::string directory, uint64_t epoch_ns, const ReplayNames& names);

  // Each frame before it is offered (ids ascending, as from a FrameSource), and each result.
  void onOffered(const FrameIn& frame);
  void onFrame(const FrameOut& frame);

  // A frame that firmware sent, about a frame that it was given.
  void onFirmwareFrame(uint8_t port, const FrameOut& about, std::span<const uint8_t> bytes);

  // The first failure of any file, or the paths written.
  Result<std::vector<std::string>> close();

 private:
  static constexpr size_t kDropped = regs::kPortCount;

  struct Held {
    uint64_t arrival_ns = 0;
    bool pending = false;
    std::vector<uint8_t> bytes;
  };

  TraceWriter* writer(size_t file);
  const std::string& comment(const FrameOut& frame);

  std::string directory_;
  uint64_t epoch_ns_;
  const ReplayNames& names_;
  std::array<std::unique_ptr<TraceWriter>, kDropped + 1> writers_;
  std::vector<std::string> paths_;
  std::optional<Error> failure_;
  std::deque<Held> held_;  // by id - first_held_
  uint64_t first_held_ = 0;
  std::vector<std::vector<uint8_t>> spare_;
  std::string comment_;
};

}  // namespace sluice
