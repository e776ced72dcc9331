// SPDX-License-Identifier: Apache-2.0
#include "firmware/telemetry/json_file_sink.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

class JsonFileSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/sluice-json-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    dir_ = pattern;
    path_ = dir_ + "/log.jsonl";
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  Event event(const std::string& reason) {
    return {++sequence_, WallTime(), &events::kApplianceStopped, {reason}};
  }
  static std::vector<nlohmann::json> lines(const std::string& path) {
    std::vector<nlohmann::json> all;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  std::string dir_, path_;
  uint64_t sequence_ = 0;
};

TEST_F(JsonFileSinkTest, WritesALineForEachEventAndAppends) {
  EXPECT_TRUE(JsonFileSink(path_, 10'000).write(event("a\nb")));
  JsonFileSink sink(path_, 10'000);
  EXPECT_TRUE(sink.write(event("not \xff UTF-8")));
  std::filesystem::rename(path_, path_ + ".moved");
  EXPECT_TRUE(sink.write(event("c")));
  const auto old = lines(path_ + ".moved");
  ASSERT_EQ(old.size(), 2u);
  EXPECT_EQ(old[0]["reason"], "a\nb");
  EXPECT_EQ(old[1]["sequence"], 2);
  EXPECT_EQ(lines(path_).size(), 1u);
}

TEST_F(JsonFileSinkTest, NeverGetsLongerThanItsBound) {
  JsonFileSink sink(path_, 1'000);
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(sink.write(event(std::string(60, 'x'))));
    ASSERT_LE(std::filesystem::file_size(path_), 1'000u);
  }
  EXPECT_EQ(lines(path_).back()["sequence"], 40);
  EXPECT_EQ(lines(path_ + ".1").back()["sequence"].get<int>() + 1,
            lines(path_).front()["sequence"].get<int>());
}

TEST_F(JsonFileSinkTest, SaysWhyItCannotWrite) {
  JsonFileSink nowhere(dir_ + "/none/log.jsonl", 1'000);
  EXPECT_FALSE(nowhere.write(event("a")));
  EXPECT_EQ(nowhere.why(), "open: No such file or directory");
  JsonFileSink full("/dev/full", 1'000);
  EXPECT_FALSE(full.write(event("a")));
  EXPECT_EQ(full.why(), "write: No space left on device");
}

// A limit on the size of files stands for a disk that fills up in the middle of a line.
TEST_F(JsonFileSinkTest, ADiskThatFillsUpLeavesWholeLines) {
  std::signal(SIGXFSZ, SIG_IGN);
  JsonFileSink sink(path_, 1'000'000);
  ASSERT_TRUE(sink.write(event("a")));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = std::filesystem::file_size(path_) + 10;
  setrlimit(RLIMIT_FSIZE, &small);
  const bool written = sink.write(event("b"));
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_FALSE(written);
  EXPECT_EQ(lines(path_).size(), 1u);
  EXPECT_TRUE(sink.write(event("c")));
  EXPECT_EQ(lines(path_).back()["reason"], "c");
}

}  // namespace
}  // namespace sluice
