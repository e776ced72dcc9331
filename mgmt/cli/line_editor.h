// SPDX-License-Identifier: Apache-2.0
// A line of input on a terminal: takes the bytes of keys, gives the bytes for the screen (text and
// backspaces). Knows no terminal, no socket and no clock, so that the same editor can serve a
// remote one.
//
// Keys: arrows, Home, End, Delete, Ctrl-A B E F (move), Alt-B F (by word), Backspace, Ctrl-D
// (delete), Ctrl-K U W Y, Alt-D (cut and paste), Ctrl-P N (history), Ctrl-R (search it), Ctrl-L
// (clear the screen), Ctrl-T (swap), Ctrl-V (next key as it is), Ctrl-C (drop the line), Ctrl-D on
// an empty line (end of input), Ctrl-Z (leave the configuration), Tab, ?. Text that the terminal
// marks as pasted loses the meaning of Tab and ?. Lines longer than the screen scroll sideways.
// Bytes are untrusted: what is no key is ignored, and lines are never longer than kMostBytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::mgmt {

class LineEditor {
 public:
  static constexpr size_t kMostBytes = 4096;
  static constexpr size_t kMostHistory = 1000;

  enum class Key {
    kNone,       // taken
    kLine,       // Enter: line()
    kComplete,   // Tab: see beforeCursor()
    kHelp,       // ?: see beforeCursor()
    kInterrupt,  // Ctrl-C: the line is dropped
    kEndMode,    // Ctrl-Z: line(), then leave the configuration
    kEnd,        // end of input
  };

  void setPrompt(std::string prompt) { prompt_ = std::move(prompt); }
  void setWidth(size_t columns) { width_ = columns < 20 ? 20 : columns; }
  void setHistory(std::vector<std::string> history);
  const std::vector<std::string>& history() const { return history_; }

  // A new, empty line with its prompt.
  void begin(std::string& screen);
  Key feed(char byte, std::string& screen);
  // Draws prompt and line again, in a line of the screen that is empty.
  void redraw(std::string& screen);
  // Into the line, at the cursor.
  void insert(std::string_view text, std::string& screen);

  // The line of the last kLine or kEndMode.
  const std::string& line() const { return line_; }
  std::string_view beforeCursor() const { return std::string_view(text_).substr(0, cursor_); }
  std::string_view text() const { return text_; }

 private:
  enum class State { kPlain, kEscape, kBracket, kLiteral, kSearch };
  Key control(char byte, std::string& screen);
  Key plain(char byte, std::string& screen);
  void escape(char byte, std::string& screen);
  void bracket(char byte, std::string& screen);
  void searchKey(char byte, std::string& screen);
  void finish(Key key, std::string& screen);
  void update(std::string& screen);
  void find(size_t from);
  void recall(bool older);
  void replaceText(std::string text);
  void cut(size_t begin, size_t end);
  void remove(size_t begin, size_t end);
  void swapBefore();
  size_t previous(size_t at) const;
  size_t next(size_t at) const;
  size_t wordLeft() const;
  size_t wordRight() const;
  bool inQuotes() const;

  std::string prompt_;
  size_t width_ = 80;
  State state_ = State::kPlain;
  std::string sequence_;  // of an escape, so far
  bool pasting_ = false;
  bool after_return_ = false;  // a line feed after it is part of it
  std::string text_;           // UTF-8 as typed
  size_t cursor_ = 0;          // a byte, never inside a character
  std::string shown_;          // of prompt and line, in the line of the screen
  size_t column_ = 0;          // of the screen's cursor
  std::string cut_;
  std::string line_;
  std::vector<std::string> history_;
  size_t recalled_ = 0;  // index into history_; its size: none
  std::string kept_;     // the line that was left for the history
  std::string search_;
  size_t found_ = SIZE_MAX;
};

}  // namespace sluice::mgmt
