// SPDX-License-Identifier: Apache-2.0
// Events as lines of JSON in a file of bounded size.
//
// The file is opened for each event, so it may be moved or removed at any time. When the next line
// would make it longer than the bound it is renamed to PATH.1, which replaces an older one. A line
// that does not fit on the disk is taken out again, so the file holds whole lines only; it is never
// tried again.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "firmware/telemetry/event_log.h"

namespace sluice {

class JsonFileSink final : public EventSink {
 public:
  JsonFileSink(std::string path, uint64_t most_bytes)
      : path_(std::move(path)), most_bytes_(most_bytes) {}

  std::string name() const override { return "file " + path_; }
  bool write(const Event& event) override;
  std::string why() const override { return why_; }

 private:
  bool failed(const char* what);  // false, and why() is set

  std::string path_;
  uint64_t most_bytes_;
  std::string why_;
};

}  // namespace sluice
