// SPDX-License-Identifier: Apache-2.0
#include "mgmt/cli/line_editor.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace sluice::mgmt {

namespace {

constexpr char kEscape = 0x1b;

constexpr char ctrl(char letter) { return static_cast<char>(letter & 0x1f); }

bool continues(char byte) { return (byte & 0xc0) == 0x80; }

// Characters, each one column.
size_t columns(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), continues));
}

bool inWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0; }

// The characters of `text` from column `first` on, at most `count`.
std::string_view slice(std::string_view text, size_t first, size_t count) {
  const auto at = [&](size_t column) {
    size_t byte = 0;
    while (byte < text.size() && column > 0) {
      ++byte;
      while (byte < text.size() && continues(text[byte])) ++byte;
      --column;
    }
    return byte;
  };
  const size_t begin = at(first), end = at(first + count);
  return text.substr(begin, end - begin);
}

// The columns from the left that both show alike.
size_t samePrefix(std::string_view a, std::string_view b) {
  const size_t length =
      static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  const bool inside =
      (length < a.size() && continues(a[length])) || (length < b.size() && continues(b[length]));
  return columns(a.substr(0, length)) - (inside ? 1 : 0);
}

}  // namespace

void LineEditor::setHistory(std::vector<std::string> history) {
  history_ = std::move(history);
  if (history_.size() > kMostHistory)
    history_.erase(history_.begin(), history_.end() - static_cast<ptrdiff_t>(kMostHistory));
  recalled_ = history_.size();
}

void LineEditor::begin(std::string& screen) {
  text_.clear();
  kept_.clear();
  cursor_ = 0;
  recalled_ = history_.size();
  redraw(screen);
}

void LineEditor::redraw(std::string& screen) {
  shown_.clear();
  column_ = 0;
  update(screen);
}

// Without escape sequences: programs that type for a person (netmiko, Ansible, expect) read the
// line as it stands.
void LineEditor::update(std::string& screen) {
  std::string_view prompt = prompt_;
  std::string searching;
  if (state_ == State::kSearch) {
    searching = "(search)'" + search_ + "': ";
    prompt = searching;
  }
  const size_t taken = std::min(columns(prompt), width_ - 10);
  const size_t room = width_ - taken - 1;
  const size_t at = columns(beforeCursor());
  const size_t first = at > room ? at - room : 0;
  std::string wanted(slice(prompt, 0, taken));
  wanted += slice(text_, first, room);
  const size_t length = columns(wanted), before = columns(shown_),
               same = samePrefix(shown_, wanted);
  const auto moveTo = [&](size_t column) {
    if (column < column_) screen.append(column_ - column, '\b');
    if (column > column_) screen += slice(wanted, column_, column - column_);
    column_ = column;
  };
  if (same < std::max(length, before)) {
    moveTo(same);
    moveTo(length);
    if (before > length) screen.append(before - length, ' ').append(before - length, '\b');
  }
  moveTo(taken + at - first);
  shown_ = std::move(wanted);
}

void LineEditor::insert(std::string_view text, std::string& screen) {
  text = text.substr(0, kMostBytes - std::min(kMostBytes, text_.size()));
  text_.insert(cursor_, text);
  cursor_ += text.size();
  update(screen);
}

size_t LineEditor::previous(size_t at) const {
  if (at == 0) return 0;
  --at;
  while (at > 0 && continues(text_[at])) --at;
  return at;
}

size_t LineEditor::next(size_t at) const {
  if (at >= text_.size()) return text_.size();
  ++at;
  while (at < text_.size() && continues(text_[at])) ++at;
  return at;
}

size_t LineEditor::wordLeft() const {
  size_t at = cursor_;
  while (at > 0 && !inWord(text_[at - 1])) --at;
  while (at > 0 && inWord(text_[at - 1])) --at;
  return at;
}

size_t LineEditor::wordRight() const {
  size_t at = cursor_;
  while (at < text_.size() && !inWord(text_[at])) ++at;
  while (at < text_.size() && inWord(text_[at])) ++at;
  return at;
}

void LineEditor::remove(size_t begin, size_t end) {
  text_.erase(begin, end - begin);
  cursor_ = begin;
}

void LineEditor::cut(size_t begin, size_t end) {
  cut_ = text_.substr(begin, end - begin);
  remove(begin, end);
}

void LineEditor::swapBefore() {
  if (cursor_ == 0 || columns(text_) < 2) return;
  const size_t end = cursor_ == text_.size() ? cursor_ : next(cursor_);
  const size_t middle = previous(end), begin = previous(middle);
  std::rotate(text_.begin() + static_cast<ptrdiff_t>(begin),
              text_.begin() + static_cast<ptrdiff_t>(middle),
              text_.begin() + static_cast<ptrdiff_t>(end));
  cursor_ = end;
}

void LineEditor::replaceText(std::string text) {
  text_ = std::move(text);
  cursor_ = text_.size();
}

void LineEditor::recall(bool older) {
  if (older ? recalled_ == 0 : recalled_ == history_.size()) return;
  if (recalled_ == history_.size()) kept_ = text_;
  recalled_ += older ? -1 : 1;
  replaceText(recalled_ == history_.size() ? kept_ : history_[recalled_]);
}

bool LineEditor::inQuotes() const {
  return std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(cursor_), '"') % 2 == 1;
}

void LineEditor::finish(Key key, std::string& screen) {
  screen += key == Key::kInterrupt ? "^C\r\n" : "\r\n";
  line_ = key == Key::kInterrupt ? "" : text_;
  const bool blank = line_.find_first_not_of(" \t") == std::string::npos;
  if (!blank && (history_.empty() || history_.back() != line_)) {
    if (history_.size() == kMostHistory) history_.erase(history_.begin());
    history_.push_back(line_);
  }
  text_.clear();
  cursor_ = 0;
  recalled_ = history_.size();
}

LineEditor::Key LineEditor::feed(char byte, std::string& screen) {
  const bool second = byte == '\n' && after_return_;
  after_return_ = false;
  if (second) return Key::kNone;
  switch (state_) {
    case State::kEscape:
      escape(byte, screen);
      return Key::kNone;
    case State::kBracket:
      bracket(byte, screen);
      return Key::kNone;
    case State::kLiteral:
      state_ = State::kPlain;
      if (static_cast<unsigned char>(byte) >= ' ' && byte != 0x7f) insert({&byte, 1}, screen);
      return Key::kNone;
    case State::kSearch:
      if (byte == ctrl('R') || byte == 0x7f || byte == ctrl('H') ||
          static_cast<unsigned char>(byte) >= ' ') {
        searchKey(byte, screen);
        return Key::kNone;
      }
      // Other keys end the search and do what they do.
      state_ = State::kPlain;
      update(screen);
      break;
    case State::kPlain:
      break;
  }
  return static_cast<unsigned char>(byte) < ' ' || byte == 0x7f ? control(byte, screen)
                                                                : plain(byte, screen);
}

LineEditor::Key LineEditor::plain(char byte, std::string& screen) {
  if (byte == '?' && !pasting_ && !inQuotes()) return Key::kHelp;
  if (text_.size() >= kMostBytes) return Key::kNone;
  // The bytes that continue a character come one by one.
  text_.insert(cursor_, 1, byte);
  ++cursor_;
  update(screen);
  return Key::kNone;
}

LineEditor::Key LineEditor::control(char byte, std::string& screen) {
  switch (byte) {
    case '\r':
    case '\n':
      after_return_ = byte == '\r';
      finish(Key::kLine, screen);
      return Key::kLine;
    case '\t':
      if (!pasting_) return Key::kComplete;
      insert(" ", screen);
      return Key::kNone;
    case kEscape:
      state_ = State::kEscape;
      return Key::kNone;
    case ctrl('C'):
      finish(Key::kInterrupt, screen);
      return Key::kInterrupt;
    case ctrl('Z'):
      finish(Key::kEndMode, screen);
      return Key::kEndMode;
    case ctrl('D'):
      if (text_.empty()) return Key::kEnd;
      remove(cursor_, next(cursor_));
      break;
    case ctrl('V'):
      state_ = State::kLiteral;
      return Key::kNone;
    case ctrl('R'):
      state_ = State::kSearch;
      search_.clear();
      found_ = history_.size();
      break;
    case ctrl('A'):
      cursor_ = 0;
      break;
    case ctrl('B'):
      cursor_ = previous(cursor_);
      break;
    case ctrl('E'):
      cursor_ = text_.size();
      break;
    case ctrl('F'):
      cursor_ = next(cursor_);
      break;
    case ctrl('H'):
    case 0x7f: {
      const size_t end = cursor_;
      remove(previous(end), end);
      break;
    }
    case ctrl('K'):
      cut(cursor_, text_.size());
      break;
    case ctrl('U'):
      cut(0, cursor_);
      break;
    case ctrl('W'): {
      size_t begin = cursor_;
      while (begin > 0 && text_[begin - 1] == ' ') --begin;
      while (begin > 0 && text_[begin - 1] != ' ') --begin;
      cut(begin, cursor_);
      break;
    }
    case ctrl('Y'):
      insert(cut_, screen);
      return Key::kNone;
    case ctrl('T'):
      swapBefore();
      break;
    case ctrl('P'):
      recall(true);
      break;
    case ctrl('N'):
      recall(false);
      break;
    case ctrl('L'):
      screen += "\x1b[H\x1b[2J";
      redraw(screen);
      return Key::kNone;
    default:
      return Key::kNone;
  }
  update(screen);
  return Key::kNone;
}

void LineEditor::escape(char byte, std::string& screen) {
  state_ = State::kPlain;
  sequence_.clear();
  const size_t from = cursor_;
  switch (byte) {
    case '[':
    case 'O':
      state_ = State::kBracket;
      return;
    case 'b':
      cursor_ = wordLeft();
      break;
    case 'f':
      cursor_ = wordRight();
      break;
    case 'd':
      cut(from, wordRight());
      break;
    default:
      return;
  }
  update(screen);
}

void LineEditor::bracket(char byte, std::string& screen) {
  // ESC [ parameters, then a final byte.
  if (byte >= 0x20 && byte < 0x40 && sequence_.size() < 16) {
    sequence_ += byte;
    return;
  }
  state_ = State::kPlain;
  const std::string key = sequence_ + byte;
  if (key == "A") recall(true);
  if (key == "B") recall(false);
  if (key == "C") cursor_ = next(cursor_);
  if (key == "D") cursor_ = previous(cursor_);
  if (key == "H" || key == "1~") cursor_ = 0;
  if (key == "F" || key == "4~") cursor_ = text_.size();
  if (key == "3~") remove(cursor_, next(cursor_));
  if (key == "1;5C") cursor_ = wordRight();
  if (key == "1;5D") cursor_ = wordLeft();
  if (key == "200~") pasting_ = true;
  if (key == "201~") pasting_ = false;
  update(screen);
}

void LineEditor::find(size_t from) {
  for (size_t i = from; i-- > 0;) {
    if (history_[i].find(search_) == std::string::npos) continue;
    found_ = i;
    replaceText(history_[i]);
    return;
  }
}

void LineEditor::searchKey(char byte, std::string& screen) {
  if (byte == ctrl('R')) {
    find(std::min(found_, history_.size()));
  } else if (byte == 0x7f || byte == ctrl('H')) {
    if (!search_.empty()) search_.pop_back();
    find(history_.size());
  } else if (search_.size() < kMostBytes) {
    search_ += byte;
    find(history_.size());
  }
  update(screen);
}

}  // namespace sluice::mgmt
