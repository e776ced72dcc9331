// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "sim/trace/format_number.h"

namespace sluice {
namespace {

constexpr size_t kBar = 20;

size_t terminalColumns() {
  struct winsize size {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

}  // namespace

std::string progressLine(const std::string& title, uint64_t done, uint64_t total,
                         double elapsed_seconds, size_t columns) {
  std::string line = title + "  ";
  const double rate = elapsed_seconds > 0 ? static_cast<double>(done) / elapsed_seconds : 0;
  if (total != 0) {
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const auto filled = static_cast<size_t>(part * kBar);
    const std::string number = fixedPoint(part * 100, 0) + "%";
    line += std::string(4 - std::min<size_t>(4, number.size()), ' ') + number + " |" +
            std::string(filled, '#') + std::string(kBar - filled, ' ') + "| ";
  }
  line += withPrefix(static_cast<double>(done), "packets") + "  " + withPrefix(rate, "packet/s");
  if (total > done && rate > 0)
    line += "  " + duration(static_cast<double>(total - done) / rate) + " left";
  return line.substr(0, columns);
}

Progress::Progress(std::string title, uint64_t total)
    : title_(std::move(title)),
      total_(total),
      enabled_(isatty(STDERR_FILENO) != 0 && std::getenv("CI") == nullptr) {}

void Progress::draw(uint64_t done) {
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const std::string text = progressLine(title_, done, total_, elapsed, terminalColumns() - 1);
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  drawn_ = true;
}

void Progress::finish() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace sluice
