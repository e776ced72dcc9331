// SPDX-License-Identifier: Apache-2.0
// What the model makes of the data-plane contract: frames wait inside for later ones, and nobody
// can tell from the results. (What it does to packets is the packet table's to test.)
#include "sim/model/model_data_plane.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace sluice {
namespace {

struct Seen {
  uint64_t id;
  regs::Verdict verdict;
  std::vector<uint8_t> bytes;
};

class Sink : public DataPlaneSink {
 public:
  void onFrame(const FrameOut& frame) override {
    if (during) during();
    seen.push_back({frame.id, frame.result.verdict, {frame.bytes.begin(), frame.bytes.end()}});
  }
  void onEvent(const regs::Event&) override {}
  std::vector<Seen> seen;
  std::function<void()> during;
};

// Frames that the CPU sends out of port 0 directly: forwarded unchanged while the port is up.
class ModelDataPlaneTest : public ::testing::Test {
 protected:
  ModelDataPlaneTest() {
    plane_.setSink(&sink_);
    setPort(true);
  }
  ~ModelDataPlaneTest() override { plane_.setSink(nullptr); }

  void setPort(bool up) {
    std::array<uint32_t, regs::PortRow::kWords> words;
    regs::pack(regs::PortRow{.up = up, .mtu = 1500}, words);
    for (uint32_t i = 0; i < words.size(); ++i)
      plane_.write32(regs::PortRow::rowAddress(0) + 4 * i, words[i]);
  }
  static std::vector<uint8_t> bytesOf(uint64_t id) {
    return std::vector<uint8_t>(60 + id % 3 * 500, static_cast<uint8_t>(id));
  }
  void offer(uint64_t id) {
    const std::vector<uint8_t> bytes = bytesOf(id);  // gone when they come out
    FrameIn frame;
    frame.id = id;
    frame.arrival_ns = 1000 * id;
    frame.port = regs::kCpuPort;
    frame.cpu_dest = 0;
    frame.bytes = bytes;
    plane_.offer(frame);
  }

  ModelDataPlane plane_{{.flow_rows_log2 = 4}};
  Sink sink_;
};

TEST_F(ModelDataPlaneTest, FramesComeOutInOrderWithTheirBytes) {
  for (uint64_t id = 1; id <= 40; ++id) offer(id);
  EXPECT_GT(sink_.seen.size(), 30u) << "later frames push earlier ones out";
  plane_.drain();
  ASSERT_EQ(sink_.seen.size(), 40u);
  for (uint64_t id = 1; id <= 40; ++id) {
    EXPECT_EQ(sink_.seen[id - 1].id, id);
    EXPECT_EQ(sink_.seen[id - 1].verdict, regs::Verdict::kForward);
    EXPECT_EQ(sink_.seen[id - 1].bytes, bytesOf(id));
  }
}

TEST_F(ModelDataPlaneTest, WritesTouchOnlyFramesOfferedAfterwards) {
  offer(1);
  offer(2);
  setPort(false);
  offer(3);
  plane_.drain();
  ASSERT_EQ(sink_.seen.size(), 3u);
  EXPECT_EQ(sink_.seen[0].verdict, regs::Verdict::kForward);
  EXPECT_EQ(sink_.seen[1].verdict, regs::Verdict::kForward);
  EXPECT_EQ(sink_.seen[2].verdict, regs::Verdict::kDrop);
}

TEST_F(ModelDataPlaneTest, CountersHoldAllFramesOffered) {
  offer(1);
  offer(2);
  EXPECT_EQ(plane_.read32(regs::PortCountersRow::rowAddress(regs::kCpuPort)), 2u);
  EXPECT_EQ(sink_.seen.size(), 2u);
}

// A loop with feedback may take whatever arrives up to now() plus the shortest reaction: so the
// time must not pass a frame that has not come out.
TEST_F(ModelDataPlaneTest, TimeDoesNotPassFramesThatWait) {
  for (uint64_t id = 1; id <= 20; ++id) {
    offer(id);
    EXPECT_EQ(plane_.now(), 1000 * sink_.seen.size());
  }
  plane_.runUntil(20'500);
  EXPECT_EQ(sink_.seen.size(), 20u);
  EXPECT_EQ(plane_.now(), 20'500u);
}

TEST_F(ModelDataPlaneTest, BytesStayValidWhenASinkOffersAFrame) {
  bool offered = false;
  sink_.during = [&] {
    if (offered) return;
    offered = true;
    offer(50);
  };
  for (uint64_t id = 1; id <= 10; ++id) offer(id);
  plane_.drain();
  ASSERT_EQ(sink_.seen.size(), 11u);
  for (const Seen& seen : sink_.seen) EXPECT_EQ(seen.bytes, bytesOf(seen.id)) << seen.id;
}

}  // namespace
}  // namespace sluice
