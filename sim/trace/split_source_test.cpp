// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/split_source.h"

#include <gtest/gtest.h>

#include "sim/trace/capture_builder.h"
#include "sim/trace/frame_pump.h"
#include "sim/trace/packet_build.h"

namespace sluice {
namespace {

// A NAT load balancer with one member in a few lines: enough of a data plane for the endpoints to
// talk to.
class FakeDataPlane : public DataPlane {
 public:
  enum class Mode { kNat, kDirect, kDrop, kBadReturn };
  Mode mode = Mode::kNat;
  uint64_t latency_ns = 400;
  std::vector<FrameIn> seen;  // without bytes

  void setSink(DataPlaneSink* sink) override { sink_ = sink; }
  uint32_t read32(uint32_t) override { return 0; }
  void write32(uint32_t, uint32_t) override {}
  uint64_t busErrors() const override { return 0; }
  void offer(const FrameIn& frame) override {
    EXPECT_GE(frame.arrival_ns, last_arrival_);
    EXPECT_GE(frame.arrival_ns, now_) << "offered after time had passed it";
    last_arrival_ = frame.arrival_ns;
    seen.push_back(frame);
    queue_.emplace_back(frame, std::vector<uint8_t>(frame.bytes.begin(), frame.bytes.end()));
  }
  void runUntil(uint64_t ns) override {
    now_ = std::max(now_, ns);
    while (!queue_.empty() && queue_.front().first.arrival_ns + latency_ns <= now_) finish();
  }
  void drain() override {
    while (!queue_.empty()) runUntil(queue_.front().first.arrival_ns + latency_ns);
  }
  uint64_t now() const override { return now_; }
  uint64_t cycles() const override { return 0; }
  uint64_t evaluatedCycles() const override { return 0; }
  uint64_t clockHz() const override { return 0; }

 private:
  void finish() {
    auto [frame, bytes] = std::move(queue_.front());
    queue_.pop_front();
    FrameOut out;
    out.id = frame.id;
    out.departure_ns = frame.arrival_ns + latency_ns;
    out.result.in_port = frame.port;
    out.result.out_port = frame.port == 0 ? 1 : 0;
    PacketView view;
    EXPECT_TRUE(decodePacket(bytes, view));
    const bool other = view.tuple.protocol == kProtocolUdp;
    if (mode == Mode::kDrop || other) {
      out.result.verdict = regs::Verdict::kDrop;
      bytes.clear();
    } else if (mode != Mode::kDirect && frame.port == 0) {
      virtual_ = view.tuple.destinationEndpoint();
      setDestination(bytes, view, {*IpAddress::parse("10.0.0.11"), 8080, 0});
    } else if (mode == Mode::kNat && frame.port == 1) {
      EXPECT_EQ(view.tuple.sourceEndpoint().text(), "10.0.0.11:8080");
      setSource(bytes, view, virtual_);
    }
    if (!bytes.empty() && decodePacket(bytes, view)) fixChecksums(bytes, view);
    out.bytes = bytes;
    sink_->onFrame(out);
  }

  DataPlaneSink* sink_ = nullptr;
  std::deque<std::pair<FrameIn, std::vector<uint8_t>>> queue_;
  uint64_t now_ = 0;
  uint64_t last_arrival_ = 0;
  PacketEndpoint virtual_;
};

class SplitSourceTest : public ::testing::Test {
 protected:
  // Three packets of a client, each followed by two of the server after 1 ms, from microsecond 1000
  // on.
  std::vector<uint8_t> capture() {
    const PacketTuple client = makeTuple("198.51.100.7", 1000, "203.0.113.10", 80, kProtocolTcp);
    CaptureBuilder file;
    file.pcapHeader();
    std::vector<uint8_t> frame;
    const auto add = [&](uint32_t us, const PacketTuple& tuple, size_t payload) {
      PacketPlan plan;
      plan.tuple = tuple;
      plan.payload_length = payload;
      buildPacket(plan, frame);
      file.pcapRecord(0, us, frame);
    };
    add(900, makeTuple("203.0.113.10", 80, "198.51.100.9", 9, kProtocolTcp), 1);
    for (uint32_t i = 0; i < 3; ++i) {
      add(1000 + 10000 * i, client, 10 * i);
      add(2000 + 10000 * i, client.reversed(), 100 + i);
      add(2000 + 10000 * i, client.reversed(), 200 + i);
    }
    add(40000, makeTuple("192.0.2.1", 1, "192.0.2.2", 2, kProtocolUdp), 5);
    return file.bytes();
  }

  SplitStats play(SplitOptions options = {}) {
    file_ = capture();
    auto reader = TraceReader::fromMemory(file_, "t");
    SplitSource source(std::move(reader).value(),
                       {{*IpPrefix::parse("203.0.113.10/32"), 80, kProtocolTcp}}, options);
    FramePump pump(plane_, source, nullptr);
    pump.run();
    bad_ = source.badReturns();
    return source.stats();
  }

  FakeDataPlane plane_;
  std::vector<uint8_t> file_;
  std::vector<std::string> bad_;
};

TEST_F(SplitSourceTest, MembersAnswerAsTheTracesServerDid) {
  const SplitStats stats = play();
  EXPECT_EQ(stats.connections, 1u);
  EXPECT_EQ(stats.client_packets, 3u);
  EXPECT_EQ(stats.server_packets, 7u);
  EXPECT_EQ(stats.without_request, 1u);
  EXPECT_EQ(stats.other_packets, 1u);
  EXPECT_EQ(stats.answers, 6u);
  EXPECT_EQ(stats.returned, 6u);
  EXPECT_EQ(stats.bad_return, 0u);
  ASSERT_EQ(plane_.seen.size(), 10u);
  // The first packet of the trace is at 900 us; an answer comes 1 ms after its request has left.
  EXPECT_EQ(plane_.seen[0].arrival_ns, 100'000u);
  EXPECT_EQ(plane_.seen[1].arrival_ns, 1'100'400u);
  EXPECT_EQ(plane_.seen[1].port, 1);
  EXPECT_EQ(plane_.seen[3].arrival_ns, 10'100'000u);
}

TEST_F(SplitSourceTest, FastTimingKeepsCauseBeforeEffect) {
  SplitOptions options;
  options.timing = {TimingOptions::Kind::kLineRate, 1, 0, 100};
  const SplitStats stats = play(options);
  EXPECT_EQ(stats.answers, 6u);
  EXPECT_EQ(stats.returned, 6u);
}

TEST_F(SplitSourceTest, DirectReturnIsCountedAndNotSent) {
  plane_.mode = FakeDataPlane::Mode::kDirect;
  const SplitStats stats = play();
  EXPECT_EQ(stats.bypassed, 6u);
  EXPECT_EQ(stats.answers, 0u);
}

TEST_F(SplitSourceTest, DroppedRequestsAreNotAnswered) {
  plane_.mode = FakeDataPlane::Mode::kDrop;
  const SplitStats stats = play();
  EXPECT_EQ(stats.unanswered, 6u);
  EXPECT_EQ(stats.answers, 0u);
}

TEST_F(SplitSourceTest, WrongReturnsAreCaught) {
  plane_.mode = FakeDataPlane::Mode::kBadReturn;
  const SplitStats stats = play();
  EXPECT_EQ(stats.bad_return, 6u);
  ASSERT_EQ(bad_.size(), 6u);
  EXPECT_EQ(bad_[0],
            "packet 1: is 10.0.0.11:8080 > 198.51.100.7:1000 tcp, not 203.0.113.10:80 > "
            "198.51.100.7:1000 tcp");
}

TEST(EndpointModelTest, RecognisesTunnels) {
  const PacketTuple client = makeTuple("198.51.100.7", 1000, "203.0.113.10", 80, kProtocolTcp);
  std::vector<uint8_t> frame;
  PacketPlan plan;
  plan.tuple = makeTuple("192.0.2.1", 50000, "10.0.0.11", 6080, kProtocolUdp);
  plan.vlan = 7;
  buildPacket(plan, frame);
  const Delivery gue = inspectDelivery(frame, client, 2);
  EXPECT_EQ(gue.kind, Delivery::Kind::kTunnel);
  EXPECT_EQ(gue.member.address.toString(), "10.0.0.11");
  EXPECT_EQ(gue.vlan, 7);
  plan.tuple.protocol = 4;
  buildPacket(plan, frame);
  EXPECT_EQ(inspectDelivery(frame, client, 2).kind, Delivery::Kind::kTunnel);
}

TEST(EndpointModelTest, ReturnsAreChecked) {
  const PacketTuple client = makeTuple("2001:db8::7", 1000, "2001:db8::10", 80, kProtocolUdp);
  PacketPlan plan;
  plan.tuple = client.reversed();
  plan.payload_length = 33;
  std::vector<uint8_t> frame;
  buildPacket(plan, frame);
  EXPECT_EQ(faultOfReturn(frame, client, 33), "");
  EXPECT_EQ(faultOfReturn(frame, client, 32), "payload of 33 bytes, not 32");
  frame.back() ^= 1;
  EXPECT_EQ(faultOfReturn(frame, client, 33),
            "wrong checksum in [2001:db8::10]:80 > [2001:db8::7]:1000 udp");
  EXPECT_EQ(faultOfReturn({}, client, 33), "unreadable");
}

}  // namespace
}  // namespace sluice
