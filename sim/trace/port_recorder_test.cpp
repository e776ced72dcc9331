// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/port_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "sim/trace/text_file.h"
#include "sim/trace/trace_reader.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;

class PortRecorderTest : public ::testing::Test {
 protected:
  PortRecorderTest() : directory_(::testing::TempDir() + "sluice_ports") {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    names_.virtuals = {"", "shop"};
    names_.members = {{}, {"web", "10.0.0.11:80", 1}};
  }

  static FrameOut result(uint64_t id, regs::Verdict verdict, uint8_t port,
                         std::span<const uint8_t> bytes) {
    FrameOut out;
    out.id = id;
    out.departure_ns = 1000 + id;
    out.result.verdict = verdict;
    out.result.out_port = port;
    out.bytes = bytes;
    return out;
  }

  std::string directory_;
  ReplayNames names_;
};

TEST_F(PortRecorderTest, OneFilePerPortWithComments) {
  PortRecorder recorder(directory_, 1'700'000'000'000'000'000, names_);
  const std::vector<uint8_t> in(60, 1), sent(64, 2);
  FrameIn frame;
  frame.bytes = in;
  for (uint64_t id = 0; id < 3; ++id) {
    frame.id = id;
    frame.arrival_ns = 10 * id;
    recorder.onOffered(frame);
  }
  auto dropped = result(2, regs::Verdict::kDrop, regs::kPortNone, {});
  dropped.result.reason = regs::DropReason::kNoVirtual;
  recorder.onFrame(dropped);
  auto forwarded = result(0, regs::Verdict::kForward, 1, sent);
  forwarded.result.has_virtual = forwarded.result.has_member = true;
  forwarded.result.virtual_id = forwarded.result.member = 1;
  forwarded.result.flow = regs::FlowResult::kOpened;
  forwarded.latency_cycles = 93;
  recorder.onFrame(forwarded);
  recorder.onFrame(result(1, regs::Verdict::kPunt, regs::kCpuPort, in));
  const auto paths = recorder.close();
  ASSERT_TRUE(paths.ok()) << paths.error().message;
  EXPECT_EQ(paths.value().size(), 3u);

  const std::string port1 = readTextFile(directory_ + "/port1.pcapng").value();
  EXPECT_THAT(port1, HasSubstr("id=0 in_port=0 verdict=forward virtual=shop "
                               "member=web/10.0.0.11:80 flow=opened cycles=93"));
  EXPECT_THAT(readTextFile(directory_ + "/dropped.pcapng").value(),
              HasSubstr("id=2 in_port=0 verdict=drop reason=no_virtual"));
  auto reader = TraceReader::open(directory_ + "/dropped.pcapng");
  TraceRecord record;
  ASSERT_TRUE(reader.ok() && (*reader)->next(record));
  EXPECT_EQ(record.timestamp_ns, 1'700'000'000'000'000'020u);
  EXPECT_EQ(record.bytes.size(), 60u);
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/cpu.pcapng"));
}

TEST_F(PortRecorderTest, FramesOfFirmwareStandAmongThoseOfTheirPort) {
  PortRecorder recorder(directory_, 0, names_);
  const std::vector<uint8_t> in(60, 1), error(70, 3);
  const FrameOut about = result(7, regs::Verdict::kPunt, regs::kCpuPort, in);
  recorder.onFirmwareFrame(2, about, error);
  ASSERT_TRUE(recorder.close().ok());
  EXPECT_THAT(readTextFile(directory_ + "/port2.pcapng").value(),
              HasSubstr("sent by firmware about id=7"));
  auto reader = TraceReader::open(directory_ + "/port2.pcapng");
  TraceRecord record;
  ASSERT_TRUE(reader.ok() && (*reader)->next(record));
  EXPECT_EQ(record.timestamp_ns, 1007u);
  EXPECT_EQ(record.bytes.size(), 70u);
}

TEST_F(PortRecorderTest, MissingDirectoryIsReported) {
  PortRecorder recorder("/nonexistent", 0, names_);
  const std::vector<uint8_t> bytes(60, 0);
  recorder.onFrame(result(0, regs::Verdict::kForward, 0, bytes));
  const auto closed = recorder.close();
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().message,
            "/nonexistent/port0.pcapng: cannot create: No such file or directory");
}

TEST_F(PortRecorderTest, Speed) {
  constexpr uint64_t kFrames = 300'000;
  PortRecorder recorder(directory_, 0, names_);
  const std::vector<uint8_t> bytes(60, 0);
  FrameIn in;
  in.bytes = bytes;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t id = 0; id < kFrames; ++id) {
    in.id = id;
    recorder.onOffered(in);
    auto out = result(id, regs::Verdict::kForward, 1, bytes);
    out.result.has_virtual = out.result.has_member = true;
    out.result.virtual_id = out.result.member = 1;
    recorder.onFrame(out);
  }
  EXPECT_TRUE(recorder.close().ok());
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  std::printf("%.2f Mpacket/s\n", static_cast<double>(kFrames) / spent.count() / 1e6);
}

}  // namespace
}  // namespace sluice
