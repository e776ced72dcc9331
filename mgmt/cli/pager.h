// SPDX-License-Identifier: Apache-2.0
// Long output in pages: Space or Enter go on by a page or a line, q ends it, / goes to a line that
// contains a text. Takes bytes of keys, gives bytes for the screen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::mgmt {

class Pager {
 public:
  // `length` lines to a screen, the last of them for the pager itself; at least 2.
  Pager(std::string_view text, size_t length);

  // The first page.
  void begin(std::string& screen);
  void feed(char key, std::string& screen);
  bool done() const { return done_; }

 private:
  void show(size_t lines, std::string& screen);
  void search(std::string& screen);
  void ask(std::string& screen) const;

  std::vector<std::string> lines_;
  size_t page_;
  size_t next_ = 0;
  bool done_ = false;
  bool searching_ = false;
  std::string pattern_;
};

}  // namespace sluice::mgmt
