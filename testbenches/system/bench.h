// SPDX-License-Identifier: Apache-2.0
// An engine under test that rows of the packet table share, and what it produced.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "testbenches/system/engines.h"
#include "testbenches/system/packet_table.h"

namespace sluice::testing {

struct FrameSeen {
  uint64_t id;
  regs::Result result;
  Bytes bytes;
};

// Everything that firmware can count, as it stands or as a difference.
struct Tally {
  std::map<std::string, uint64_t> values;  // "drop martian packets" -> 1
  void add(const std::string& name, uint64_t amount) {
    if (amount != 0) values[name] += amount;
  }
  Tally operator-(const Tally& before) const;
};

class Bench : private DataPlaneSink {
 public:
  explicit Bench(const EngineFactory& factory);
  ~Bench() override;

  // The state of a new row: configuration written, no connections, full policers. Time goes on.
  void prepare(const DataPlaneSetup& setup);
  void reconfigure(const DataPlaneSetup& setup, bool other_bank);

  // Offers a frame 10 us after the one before and runs until it is out.
  void send(const Step& step, const Bytes& bytes);
  void wait(uint64_t ns) { clock_ += ns; }
  void scrub(regs::ScrubMode mode, uint32_t argument);

  // Since the last take.
  std::vector<FrameSeen> takeFrames() { return std::exchange(frames_, {}); }
  std::vector<regs::Event> takeEvents() { return std::exchange(events_, {}); }

  DataPlane& plane() { return *plane_; }
  uint64_t clock() const { return clock_; }
  uint32_t flowWays() const { return flow_ways_; }  // of all banks
  Tally tally();
  regs::FlowState stateOf(uint32_t slot);
  // The connections that full NAT has had so far.
  SourceBase sourceBase();

 private:
  void onFrame(const FrameOut& frame) override;
  void onEvent(const regs::Event& event) override { events_.push_back(event); }
  uint64_t counter64(uint32_t offset);

  std::unique_ptr<DataPlane> plane_;
  SetupWriter writer_;
  uint64_t clock_ = 1'000'000;
  uint64_t next_id_ = 1;
  uint32_t flow_ways_ = 0;
  std::vector<FrameSeen> frames_;
  std::vector<regs::Event> events_;
};

// What a step adds to the counters if its expectation holds.
void addExpected(Tally& tally, const Step& step, size_t in_length, size_t out_length);

// The whole record on one line.
std::string describe(const regs::Result& result);
std::string describe(const regs::Event& event);

}  // namespace sluice::testing
