// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/trace_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "sim/trace/packet_build.h"
#include "sim/trace/trace_reader.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;

std::vector<uint8_t> frameOf(size_t length) {
  PacketPlan plan;
  plan.tuple = makeTuple("192.0.2.1", 1000, "192.0.2.2", 80, kProtocolTcp);
  plan.frame_length = length;
  std::vector<uint8_t> frame;
  buildPacket(plan, frame);
  return frame;
}

std::string writeSample() {
  const std::string path = ::testing::TempDir() + "trace_writer_test.pcapng";
  auto writer = TraceWriter::create(path, "port0");
  EXPECT_TRUE(writer.ok());
  for (size_t i = 0; i < 40; ++i) {
    (*writer)->write(1700000000123456789 + i, frameOf(60 + i),
                     "virtual=shop n=" + std::to_string(i), PacketDirection::kOutbound);
  }
  (*writer)->write(1700000000123456999, frameOf(61));
  EXPECT_TRUE((*writer)->close().ok());
  return path;
}

std::string output(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  if (pipe != nullptr) ::pclose(pipe);
  return text;
}

TEST(TraceWriterTest, ReaderReadsWhatWasWritten) {
  auto reader = TraceReader::open(writeSample());
  ASSERT_TRUE(reader.ok());
  TraceRecord record;
  for (size_t i = 0; i < 40; ++i) {
    ASSERT_TRUE((*reader)->next(record));
    EXPECT_EQ(record.timestamp_ns, 1700000000123456789 + i);
    EXPECT_EQ(std::vector<uint8_t>(record.bytes.begin(), record.bytes.end()), frameOf(60 + i));
  }
  ASSERT_TRUE((*reader)->next(record));
  EXPECT_FALSE((*reader)->next(record));
  EXPECT_EQ((*reader)->damage(), std::nullopt);
  EXPECT_EQ((*reader)->interfaces()[0].name, "port0");
}

TEST(TraceWriterTest, WiresharkShowsCommentsTimesAndInterface) {
  if (std::system("command -v tshark >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "tshark is not installed";
  const std::string text =
      output("tshark -r " + writeSample() +
             " -T fields -e frame.comment -e frame.time_epoch -e frame.interface_name"
             " -e tcp.checksum.status -o tcp.check_checksum:TRUE 2>/dev/null");
  EXPECT_THAT(text, HasSubstr("virtual=shop n=39\t1700000000.123456828\tport0\t1\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 41);
}

TEST(TraceWriterTest, SaysWhyItCannotCreate) {
  auto writer = TraceWriter::create("/nonexistent/x.pcapng", "p");
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().message,
            "/nonexistent/x.pcapng: cannot create: No such file or directory");
}

TEST(TraceWriterTest, FullDiskIsReportedByClose) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  auto writer = TraceWriter::create("/dev/full", "p");
  ASSERT_TRUE(writer.ok());
  const auto frame = frameOf(1500);
  for (int i = 0; i < 2000; ++i) (*writer)->write(1, frame);
  const auto closed = (*writer)->close();
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().message, "/dev/full: cannot write: No space left on device");
}

}  // namespace
}  // namespace sluice
