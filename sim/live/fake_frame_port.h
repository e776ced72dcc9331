// SPDX-License-Identifier: Apache-2.0
// A frame port in memory, for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/live/frame_port.h"

namespace sluice {

class FakeFramePort final : public FramePort {
 public:
  explicit FakeFramePort(std::string name) : name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  int fd() const override { return -1; }
  bool receive(const TakeFrame& take) override {
    const auto frames = std::exchange(arriving, {});
    for (const auto& frame : frames) take(frame);
    return !frames.empty();
  }
  void send(std::span<const uint8_t> frame) override {
    sent.emplace_back(frame.begin(), frame.end());
  }
  FramePortCounts counts() override { return {}; }

  std::vector<std::vector<uint8_t>> arriving, sent;

 private:
  std::string name_;
};

}  // namespace sluice
