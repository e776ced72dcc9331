// SPDX-License-Identifier: Apache-2.0
// TraceSource, SynthSource and the timing they share.
#include "sim/trace/frame_source.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>

#include "sim/trace/capture_builder.h"
#include "sim/trace/packet_build.h"
#include "sim/trace/synth_source.h"
#include "sim/trace/trace_source.h"

namespace sluice {
namespace {

std::vector<uint8_t> frameOf(size_t length) {
  PacketPlan plan;
  plan.tuple = makeTuple("192.0.2.1", 1000, "192.0.2.2", 80, kProtocolTcp);
  plan.frame_length = length;
  std::vector<uint8_t> frame;
  buildPacket(plan, frame);
  return frame;
}

std::vector<uint8_t> capture() {
  CaptureBuilder file;
  file.section().interface(1).interface(1);
  for (uint32_t i = 0; i < 4; ++i) file.enhanced(i % 2, 1'000'000 + i * 10, frameOf(60 + 100 * i));
  return file.bytes();
}

std::vector<FrameIn> play(const std::vector<uint8_t>& file, const TraceSourceOptions& options) {
  auto reader = TraceReader::fromMemory(file, "t");
  TraceSource source(std::move(reader).value(), options);
  std::vector<FrameIn> frames;
  FrameIn frame;
  for (;;) {
    const uint64_t time = source.peekTime();
    if (!source.next(frame)) {
      EXPECT_EQ(time, FrameSource::kNever);
      break;
    }
    EXPECT_EQ(time, frame.arrival_ns);
    frames.push_back(frame);
  }
  return frames;
}

std::vector<uint64_t> times(const std::vector<FrameIn>& frames) {
  std::vector<uint64_t> result;
  for (const FrameIn& frame : frames) result.push_back(frame.arrival_ns);
  return result;
}

TEST(TraceSourceTest, Timing) {
  const auto file = capture();
  TraceSourceOptions options;
  EXPECT_EQ(times(play(file, options)), (std::vector<uint64_t>{0, 10000, 20000, 30000}));
  options.timing = {TimingOptions::Kind::kScaled, 4, 0, 0};
  EXPECT_EQ(times(play(file, options)), (std::vector<uint64_t>{0, 2500, 5000, 7500}));
  options.timing = {TimingOptions::Kind::kPacketRate, 1, 1e6, 0};
  EXPECT_EQ(times(play(file, options)), (std::vector<uint64_t>{0, 1000, 2000, 3000}));
  options.timing = {TimingOptions::Kind::kLineRate, 1, 0, 1};
  // 84, 184, 284, 384 bytes on the wire at 8 ns each.
  EXPECT_EQ(times(play(file, options)), (std::vector<uint64_t>{672, 2144, 4416, 7488}));
}

TEST(TraceSourceTest, PortsAndIds) {
  TraceSourceOptions options;
  options.port = 3;
  options.port_by_interface = true;
  options.destination_mac = {2, 0x53, 0x4c, 0, 0, 0};
  const auto frames = play(capture(), options);
  EXPECT_EQ(frames[0].port, 3);
  EXPECT_EQ(frames[1].port, 0);
  for (uint64_t i = 0; i < 4; ++i) EXPECT_EQ(frames[i].id, i);
}

SynthOptions synthOptions() {
  SynthOptions options;
  options.targets = {{*IpAddress::parse("203.0.113.10"), 80, kProtocolTcp},
                     {*IpAddress::parse("203.0.113.10"), 53, kProtocolUdp},
                     {*IpAddress::parse("2001:db8::10"), 80, kProtocolTcp}};
  options.packets = 100'000;
  return options;
}

uint64_t digest(const SynthOptions& options) {
  SynthSource source(options);
  FrameIn frame;
  uint64_t sum = 0;
  while (source.next(frame)) {
    sum = sum * 31 + frame.arrival_ns + frame.bytes.size();
    for (const uint8_t byte : frame.bytes.first(std::min<size_t>(60, frame.bytes.size())))
      sum = sum * 131 + byte;
  }
  return sum;
}

TEST(SynthSourceTest, SameSeedSameFrames) {
  SynthOptions options = synthOptions();
  options.packets = 20'000;
  options.syn_flood_share = 0.1;
  const uint64_t first = digest(options);
  EXPECT_EQ(digest(options), first);
  options.seed = 2;
  EXPECT_NE(digest(options), first);
}

TEST(SynthSourceTest, ConnectionsAreWellFormed) {
  SynthOptions options = synthOptions();
  options.rst_share = 0.2;
  SynthSource source(options);
  FrameIn frame;
  uint64_t latest = 0, count = 0, resets = 0, ends = 0;
  std::map<uint64_t, int> state;  // 1 SYN, 2 ACK or data, 3 ended
  while (source.next(frame)) {
    EXPECT_EQ(frame.id, count++);
    EXPECT_GE(frame.arrival_ns, latest);
    latest = frame.arrival_ns;
    PacketView view;
    ASSERT_TRUE(decodePacket(frame.bytes, view));
    ASSERT_TRUE(checksumsValid(frame.bytes, view));
    if (!view.is_tcp()) continue;
    int& at = state[view.tuple.hash()];
    if ((view.tcp_flags & kTcpSyn) != 0) {
      EXPECT_TRUE(at == 0 || at == 3);
      at = 1;
      continue;
    }
    EXPECT_TRUE(at == 1 || at == 2);
    const bool end = (view.tcp_flags & (kTcpFin | kTcpRst)) != 0;
    at = end ? 3 : 2;
    ends += end;
    resets += (view.tcp_flags & kTcpRst) != 0;
  }
  EXPECT_EQ(count, options.packets);
  EXPECT_GT(ends, 1000u);
  EXPECT_NEAR(static_cast<double>(resets) / static_cast<double>(ends), 0.2, 0.05);
}

TEST(SynthSourceTest, SizesRateClientsAndFloodAreAsAsked) {
  SynthOptions options = synthOptions();
  options.targets.resize(1);
  options.sizes = {{64, 1}, {1518, 1}};
  options.packets_per_connection = 50;
  options.connections_per_second = 10'000;
  options.syn_flood_share = 0.25;
  SynthSource source(options);
  FrameIn frame;
  uint64_t large = 0, small = 0, syn = 0;
  std::map<uint32_t, uint64_t> clients;
  while (source.next(frame)) {
    PacketView view;
    ASSERT_TRUE(decodePacket(frame.bytes, view));
    if ((view.tcp_flags & kTcpSyn) != 0) ++syn;
    if ((view.tcp_flags & kTcpPsh) == 0) continue;
    ++(frame.bytes.size() == 1514 ? large : small);
    ++clients[uint32_t(view.tuple.source[2]) << 8 | view.tuple.source[3]];
  }
  EXPECT_NEAR(static_cast<double>(large) / static_cast<double>(large + small), 0.5, 0.02);
  EXPECT_NEAR(static_cast<double>(syn - source.connections()), 25'000, 1000);
  // Zipf with exponent 1 over 10,000: the first client has 1/9.8 of the connections.
  const double first = static_cast<double>(clients[1]) / static_cast<double>(large + small);
  EXPECT_NEAR(first, 0.102, 0.03);
}

TEST(SynthSourceTest, FamilyShare) {
  SynthOptions options = synthOptions();
  options.packets = 50'000;
  options.v6_share = 0.9;
  SynthSource source(options);
  FrameIn frame;
  uint64_t v6 = 0;
  while (source.next(frame)) v6 += frame.bytes[12] == 0x86;
  EXPECT_NEAR(static_cast<double>(v6) / 50'000, 0.9, 0.02);
}

TEST(SynthSourceTest, Speed) {
  SynthOptions options = synthOptions();
  options.sizes = {{64, 1}};
  options.packets = 500'000;
  SynthSource source(options);
  FrameIn frame;
  const auto start = std::chrono::steady_clock::now();
  while (source.next(frame)) {
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  std::printf("%.2f Mpacket/s\n", static_cast<double>(options.packets) / spent.count() / 1e6);
}

TEST(SizeMixTest, ParsesAndRefuses) {
  EXPECT_EQ(parseSizeMix("imix")->size(), 3u);
  EXPECT_EQ((*parseSizeMix("64:50,512:30.5"))[1], (std::pair<uint32_t, double>(512, 30.5)));
  EXPECT_EQ((*parseSizeMix("1500"))[0].first, 1500u);
  for (const char* bad :
       {"", "63", "9221", "64:", "64:0", "64,,65", "64:1:2", "x", "64,", "64:nan"}) {
    EXPECT_FALSE(parseSizeMix(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace sluice
