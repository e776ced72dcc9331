// SPDX-License-Identifier: Apache-2.0
// Events as lines of text on a stream: what `run` says on standard error.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include "firmware/telemetry/event_log.h"

namespace sluice {

class TextSink final : public EventSink {
 public:
  // Borrows the stream.
  TextSink(std::string name, std::FILE* stream) : name_(std::move(name)), stream_(stream) {}

  std::string name() const override { return name_; }
  bool write(const Event& event) override {
    const std::string line = toText(event) + "\n";
    return std::fwrite(line.data(), 1, line.size(), stream_) == line.size() &&
           std::fflush(stream_) == 0;
  }
  std::string why() const override { return "the stream does not take more"; }

 private:
  std::string name_;
  std::FILE* stream_;
};

}  // namespace sluice
