// SPDX-License-Identifier: Apache-2.0
// Mode `raw`: the frames of a trace as captured.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "sim/trace/frame_source.h"
#include "sim/trace/timing.h"
#include "sim/trace/trace_reader.h"

namespace sluice {

struct TraceSourceOptions {
  TimingOptions timing;
  uint8_t port = 0;  // ingress port of every frame
  bool port_by_interface =
      false;  // instead: pcapng interface i arrives at port (port + i) mod ports
  uint8_t ports = 4;
  // Replaces the destination MAC of unicast frames, for ports with a MAC filter.
  std::optional<std::array<uint8_t, 6>> destination_mac;
};

class TraceSource : public FrameSource {
 public:
  TraceSource(std::unique_ptr<TraceReader> reader, const TraceSourceOptions& options);

  bool next(FrameIn& frame) override;
  uint64_t peekTime() override;
  uint64_t epochNs() const override { return epoch_ns_; }

  // Statistics and damage of the trace, complete once next() has returned false.
  const TraceReader& reader() const { return *reader_; }

 private:
  bool load();

  std::unique_ptr<TraceReader> reader_;
  TraceSourceOptions options_;
  Timing timing_;
  std::vector<uint8_t> rewritten_;
  FrameIn pending_;
  bool loaded_ = false;
  bool started_ = false;
  uint64_t epoch_ns_ = 0;
  uint64_t next_id_ = 0;
};

}  // namespace sluice
