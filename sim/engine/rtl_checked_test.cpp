// SPDX-License-Identifier: Apache-2.0
#include "sim/engine/rtl_checked.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <gtkwave/fstapi.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace sluice {
namespace {

// No frame is empty: the RTL asserts that of its ports.
void sendEmptyFrame() {
  dup2(STDERR_FILENO, STDOUT_FILENO);  // where Verilator reports
  const auto plane = makeCheckedRtlDataPlane();
  plane->offer({.id = 1, .arrival_ns = 1000});
  plane->drain();
}

TEST(CheckedRtlDeathTest, AFailedAssertionIsNamedAndAborts) {
  EXPECT_EXIT(sendEmptyFrame(), ::testing::KilledBySignal(SIGABRT),
              "Assertion failed.*LastBeatHasBytes");
}

// The times at which each signal of the top changes, ps.
class Waveform {
 public:
  explicit Waveform(const std::string& path) : reader_(fstReaderOpen(path.c_str())) {
    if (reader_ == nullptr) return;
    while (fstHier* item = fstReaderIterateHier(reader_)) {
      if (item->htyp == FST_HT_VAR) names_.emplace(item->u.var.handle, item->u.var.name);
    }
    fstReaderSetFacProcessMaskAll(reader_);
    fstReaderIterBlocks(reader_, &Waveform::onChange, this, nullptr);
  }
  ~Waveform() {
    if (reader_ != nullptr) fstReaderClose(reader_);
  }

  bool opened() const { return reader_ != nullptr; }
  double unitSeconds() const { return std::pow(10, fstReaderGetTimescale(reader_)); }
  uint64_t start() const { return fstReaderGetStartTime(reader_); }
  uint64_t end() const { return fstReaderGetEndTime(reader_); }
  const std::vector<uint64_t>& changes(const std::string& name) const { return changes_.at(name); }

 private:
  static void onChange(void* self, uint64_t time, fstHandle handle, const unsigned char*) {
    auto& waveform = *static_cast<Waveform*>(self);
    std::string name = waveform.names_[handle];
    waveform.changes_[name.substr(0, name.find(' '))].push_back(time);
  }

  void* reader_;
  std::map<fstHandle, std::string> names_;  // of signals that are one, the first name: the top's
  std::map<std::string, std::vector<uint64_t>> changes_;
};

TEST(Waves, AreOfTheWindowAndCountFromTheStart) {
  constexpr uint64_t kStart = 10'000, kFrom = 4'000, kTo = 5'000;
  constexpr uint64_t kPeriodPs = 4000;
  const std::string path = ::testing::TempDir() + "rtl_checked_test.fst";
  const std::vector<uint8_t> frame(100, 0x55);
  {
    const auto plane =
        makeCheckedRtlDataPlane({.wave_path = path, .wave_from_ns = kFrom, .wave_to_ns = kTo});
    plane->runUntil(kStart);
    plane->startWaves();
    // Before, in and after the window; idle time is skipped.
    for (const uint64_t at : {1'000, 4'100, 4'600, 9'000})
      plane->offer({.id = at, .arrival_ns = kStart + at, .bytes = frame});
    plane->drain();
  }
  const Waveform waves(path);
  ASSERT_TRUE(waves.opened());
  EXPECT_DOUBLE_EQ(waves.unitSeconds(), 1e-12);
  EXPECT_GE(waves.start(), kFrom * 1000 - kPeriodPs);
  EXPECT_LE(waves.end(), kTo * 1000 + kPeriodPs);
  // Each signal's first entry is its value at the start.
  const auto& clock = waves.changes("clk_i");
  EXPECT_GT(clock.size(), 50u);
  EXPECT_THAT(std::vector(clock.end() - 2, clock.end()),
              ::testing::ElementsAre(waves.end() - kPeriodPs / 2, waves.end()));
  // Two frames of two beats. Inputs change with the falling edge before the rising one that takes
  // them; the waveform begins with the first of the two.
  EXPECT_THAT(waves.changes("s_axis_tvalid_i"),
              ::testing::ElementsAre(4'098'000, 4'106'000, 4'598'000, 4'606'000));
  EXPECT_EQ(waves.start(), 4'098'000u);
  EXPECT_EQ(waves.changes("result_valid_o").size(), 1u + 4u);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace sluice
