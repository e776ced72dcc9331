// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "mgmt/cli/console_client.h"
#include "mgmt/cli/line_editor.h"
#include "mgmt/cli/pager.h"

namespace sluice::mgmt {

using Json = nlohmann::ordered_json;

namespace {

volatile std::sig_atomic_t window_changed = 0;

// The terminal in raw mode, with pasted text marked, until the end.
class RawTerminal {
 public:
  RawTerminal() {
    good_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    termios raw = before_;
    cfmakeraw(&raw);
    good_ = good_ && tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
    write("\x1b[?2004h");
  }
  ~RawTerminal() {
    write("\x1b[?2004l");
    if (good_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  static void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = ::write(STDOUT_FILENO, text.data(), text.size());
      if (size < 0 && errno != EINTR) return;
      if (size > 0) text.remove_prefix(static_cast<size_t>(size));
    }
  }

 private:
  termios before_{};
  bool good_ = false;
};

winsize windowSize() {
  winsize size{};
  ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  if (size.ws_col == 0) size.ws_col = 80;
  if (size.ws_row == 0) size.ws_row = 24;
  return size;
}

// Raw terminals want a carriage return, too.
std::string onScreen(std::string_view text) {
  std::string screen;
  for (const char c : text) {
    if (c == '\n') screen += '\r';
    screen += c;
  }
  return screen;
}

std::string historyPath() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && *state != 0) return std::string(state) + "/sluice/console_history";
  if (home == nullptr || *home == 0) return "";
  return std::string(home) + "/.local/state/sluice/console_history";
}

std::vector<std::string> loadHistory(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// A history that cannot be kept is no reason to complain.
void saveHistory(const std::string& path, const std::vector<std::string>& lines) {
  if (path.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const mode_t before = ::umask(0077);
  std::ofstream file(path);
  ::umask(before);
  for (const std::string& line : lines) file << line << "\n";
}

class Interactive {
 public:
  explicit Interactive(ConsoleConnection& connection) : connection_(connection) {
    editor_.setHistory(loadHistory(historyPath()));
  }
  ~Interactive() { saveHistory(historyPath(), editor_.history()); }

  int run() {
    if (!hello()) return gone();
    beginLine();
    while (!left_) {
      RawTerminal::write(screen_);
      screen_.clear();
      if (!wait()) return gone();
    }
    RawTerminal::write(screen_);
    return 0;
  }

 private:
  bool hello() {
    const winsize size = windowSize();
    editor_.setWidth(size.ws_col);
    length_ = size.ws_row;
    return take(connection_.ask(
        {{"op", "hello"}, {"width", size.ws_col}, {"length", size.ws_row}, {"interactive", true}}));
  }

  bool wait() {
    pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {connection_.fd(), POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) {
      if (errno != EINTR) return false;
      return !std::exchange(window_changed, 0) || resize();
    }
    if (watched[1].revents != 0 && !showEvents()) return false;
    if (watched[0].revents == 0) return true;
    char bytes[4096];
    const ssize_t size = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (size <= 0) left_ = true;
    for (ssize_t i = 0; i < size && !left_; ++i) {
      if (!key(bytes[i])) return false;
    }
    return true;
  }

  // The session keeps what it is in; only its terminal is told anew.
  bool resize() {
    if (!hello()) return false;
    if (pager_) return true;
    screen_ += "\r\x1b[K";
    editor_.redraw(screen_);
    return true;
  }

  bool showEvents() {
    std::vector<std::string> lines;
    const bool there = connection_.takeEvents(lines);
    for (const std::string& line : lines) screen_ += "\r\x1b[K" + onScreen(line + "\n");
    if (!lines.empty() && !pager_) editor_.redraw(screen_);
    return there;
  }

  bool key(char byte) {
    if (pager_) {
      pager_->feed(byte, screen_);
      if (pager_->done()) {
        pager_.reset();
        beginLine();
      }
      return true;
    }
    const LineEditor::Key key = editor_.feed(byte, screen_);
    const bool again = key == LineEditor::Key::kComplete && last_ == key;
    last_ = key;
    switch (key) {
      case LineEditor::Key::kNone:
        return true;
      case LineEditor::Key::kLine:
        return runLine(editor_.line());
      case LineEditor::Key::kEndMode:
        return (editor_.line().empty() || runLine(editor_.line())) && runLine("end");
      case LineEditor::Key::kComplete:
        return complete(again);
      case LineEditor::Key::kHelp:
        return help();
      case LineEditor::Key::kInterrupt:
        beginLine();
        return true;
      case LineEditor::Key::kEnd:
        return runLine("exit");
    }
    return true;
  }

  bool runLine(const std::string& line) {
    auto answer = connection_.ask({{"op", "run"}, {"line", line}});
    if (!take(answer)) return false;
    const std::string output = answer->value("output", std::string());
    if (left_) {
      screen_ += onScreen(output);
      return true;
    }
    if (answer->value("page", true) && length_ > 1) {
      pager_.emplace(output, length_);
      pager_->begin(screen_);
      if (!pager_->done()) return true;
      pager_.reset();
    } else {
      screen_ += onScreen(output);
    }
    beginLine();
    return true;
  }

  bool complete(bool list) {
    const auto answer = connection_.ask({{"op", "complete"}, {"line", editor_.beforeCursor()}});
    if (!answer) return false;
    const std::string insert = answer->value("insert", std::string());
    const std::string choices = answer->value("list", std::string());
    if (!insert.empty()) editor_.insert(insert, screen_);
    if (insert.empty() && choices.empty()) screen_ += '\a';
    if (!list || !insert.empty() || choices.empty()) return true;
    screen_ += "\r\n" + onScreen(choices);
    editor_.redraw(screen_);
    return true;
  }

  bool help() {
    const auto answer = connection_.ask({{"op", "help"}, {"line", editor_.beforeCursor()}});
    if (!answer) return false;
    screen_ += "?\r\n" + onScreen(answer->value("output", std::string()));
    editor_.redraw(screen_);
    return true;
  }

  bool take(const Result<Json>& answer) {
    if (!answer) return false;
    prompt_ = answer->value("prompt", std::string("sluice#"));
    notice_ = answer->value("notice", std::string());
    length_ = answer->value("length", length_);
    left_ = answer->value("leave", false);
    return true;
  }

  void beginLine() {
    if (!notice_.empty()) screen_ += onScreen(notice_ + "\n");
    editor_.setPrompt(prompt_ + " ");
    editor_.begin(screen_);
  }

  int gone() {
    RawTerminal::write(screen_ + "\r\nconsole: the appliance has gone away\r\n");
    return 1;
  }

  ConsoleConnection& connection_;
  LineEditor editor_;
  std::optional<Pager> pager_;
  LineEditor::Key last_ = LineEditor::Key::kNone;
  std::string screen_, prompt_, notice_;
  size_t length_ = 24;
  bool left_ = false;
};

}  // namespace

int runInteractive(ConsoleConnection& connection) {
  struct sigaction changed {};
  changed.sa_handler = [](int) { window_changed = 1; };
  sigaction(SIGWINCH, &changed, nullptr);
  const RawTerminal terminal;
  return Interactive(connection).run();
}

}  // namespace sluice::mgmt
