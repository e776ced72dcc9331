// SPDX-License-Identifier: Apache-2.0
// A progress bar on a terminal. Silent if standard error is not one, or CI is set in the
// environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice {

// Text of the bar, without terminal control: fits `columns`. `total` 0: not known, no bar and no
// time left. "replay  45% |#########           | 1.23 Mpackets  567 kpacket/s  2 s left"
std::string progressLine(const std::string& title, uint64_t done, uint64_t total,
                         double elapsed_seconds, size_t columns);

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // `total` packets, 0 if not known.
  Progress(std::string title, uint64_t total);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap: looks at the clock once in 4096 calls, and draws at most ten times a second.
  void update(uint64_t done) {
    if (!enabled_ || (++calls_ & 4095) != 0) return;
    draw(done);
  }
  // Clears the line. Call before printing anything else.
  void finish();

 private:
  void draw(uint64_t done);

  std::string title_;
  uint64_t total_;
  bool enabled_;
  bool drawn_ = false;
  uint64_t calls_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
};

}  // namespace sluice
