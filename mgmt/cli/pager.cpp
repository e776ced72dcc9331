// SPDX-License-Identifier: Apache-2.0
#include "mgmt/cli/pager.h"

#include <algorithm>
#include <cstddef>

namespace sluice::mgmt {

namespace {
constexpr char kErase[] = "\r\x1b[K";
}

Pager::Pager(std::string_view text, size_t length) : page_(std::max<size_t>(length, 2) - 1) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines_.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void Pager::begin(std::string& screen) {
  // What fits on the screen as it is needs no pager.
  show(lines_.size() <= page_ ? lines_.size() : page_, screen);
}

void Pager::show(size_t lines, std::string& screen) {
  for (; lines > 0 && next_ < lines_.size(); --lines) screen += lines_[next_++] + "\r\n";
  done_ = next_ == lines_.size();
  if (!done_) ask(screen);
}

void Pager::ask(std::string& screen) const {
  screen += searching_ ? kErase + ("/" + pattern_) : std::string(kErase) + "--More--";
}

void Pager::feed(char key, std::string& screen) {
  if (done_) return;
  if (searching_) {
    if (key == '\r' || key == '\n') {
      searching_ = false;
      search(screen);
      return;
    }
    if (key == 0x7f || key == '\b') {
      if (!pattern_.empty()) pattern_.pop_back();
    } else if (static_cast<unsigned char>(key) >= ' ' && pattern_.size() < 200) {
      pattern_ += key;
    } else if (key == 0x03) {
      searching_ = false;
    }
    ask(screen);
    return;
  }
  switch (key) {
    case ' ':
      screen += kErase;
      show(page_, screen);
      break;
    case '\r':
    case '\n':
      screen += kErase;
      show(1, screen);
      break;
    case '/':
      searching_ = true;
      pattern_.clear();
      ask(screen);
      break;
    case 'q':
    case 'Q':
    case 0x03:
    case 0x04:
      screen += kErase;
      done_ = true;
      break;
    default:
      break;
  }
}

void Pager::search(std::string& screen) {
  const auto from = lines_.begin() + static_cast<ptrdiff_t>(next_);
  const auto found = std::find_if(from, lines_.end(), [&](const std::string& line) {
    return line.find(pattern_) != std::string::npos;
  });
  screen += kErase;
  if (found == lines_.end()) {
    ask(screen);
    return;
  }
  next_ = static_cast<size_t>(found - lines_.begin());
  show(page_, screen);
}

}  // namespace sluice::mgmt
