// SPDX-License-Identifier: Apache-2.0
#include "mgmt/cli/line_editor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace sluice::mgmt {
namespace {

using Key = LineEditor::Key;

class LineEditorTest : public ::testing::Test {
 protected:
  // The last key's meaning.
  Key type(std::string_view bytes) {
    Key key = Key::kNone;
    for (const char byte : bytes) key = editor_.feed(byte, screen_);
    return key;
  }
  // The text with the cursor as |.
  std::string shown() const {
    std::string text(editor_.text());
    return text.insert(editor_.beforeCursor().size(), "|");
  }
  std::string enter() {
    EXPECT_EQ(type("\r"), Key::kLine);
    return editor_.line();
  }

  LineEditor editor_;
  std::string screen_;
};

struct Row {
  const char* what;
  const char* keys;
  const char* shown;
};

class KeysTest : public LineEditorTest, public ::testing::WithParamInterface<Row> {};

TEST_P(KeysTest, DoWhatTheyDo) {
  type(GetParam().keys);
  EXPECT_EQ(shown(), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    LineEditor, KeysTest,
    ::testing::Values(
        Row{"plain", "show", "show|"}, Row{"start", "show\x01", "|show"},
        Row{"start and end", "show\x01\x05", "show|"}, Row{"back", "show\x02\x02", "sh|ow"},
        Row{"arrows", "show\x1b[D\x1b[D\x1b[C", "sho|w"}, Row{"home key", "show\x1b[H", "|show"},
        Row{"application arrows", "show\x1bOD", "sho|w"}, Row{"backspace", "show\x7f\x08", "sh|"},
        Row{"backspace at start", "a\x01\x7f", "|a"}, Row{"delete", "show\x01\x1b[3~\x04", "|ow"},
        Row{"cut to the end", "show ip\x01\x06\x0b", "s|"},
        Row{"cut to the start", "show ip\x02\x15", "|p"},
        Row{"cut a word", "show ip\x17", "show |"},
        Row{"paste what was cut", "show ip\x17\x19\x19", "show ipip|"},
        Row{"words",
            "show the ip\x1b"
            "b\x1b"
            "b",
            "show |the ip"},
        Row{"word forward",
            "show the\x01\x1b"
            "f",
            "show| the"},
        Row{"delete a word",
            "show the\x01\x1b"
            "d",
            "| the"},
        Row{"swap", "hsow\x01\x06\x14", "sh|ow"}, Row{"literal", "a\x16?b", "a?b|"},
        Row{"quoted question", "\"a?", "\"a?|"}, Row{"pasted", "\x1b[200~a\t?\x1b[201~", "a ?|"},
        Row{"characters of several bytes", "h\xc3\xa4\xe2\x82\xac\x02\x7f", "h|\xe2\x82\xac"},
        Row{"unknown sequences", "a\x1b[99z\x1bqb", "ab|"},
        Row{"unknown control",
            "a\x1c\x1d"
            "b",
            "ab|"}),
    [](const auto& info) {
      std::string name = info.param.what;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST_F(LineEditorTest, KeysOfTheConsole) {
  EXPECT_EQ(type("sh\t"), Key::kComplete);
  EXPECT_EQ(editor_.beforeCursor(), "sh");
  editor_.insert("ow ", screen_);
  EXPECT_EQ(type("?"), Key::kHelp);
  EXPECT_EQ(editor_.text(), "show ");
  EXPECT_EQ(type("x\x1a"), Key::kEndMode);
  EXPECT_EQ(editor_.line(), "show x");
  EXPECT_EQ(type("y\x03"), Key::kInterrupt);
  EXPECT_EQ(editor_.text(), "");
  EXPECT_EQ(type("\x04"), Key::kEnd);
}

TEST_F(LineEditorTest, BothKindsOfLineEndsAreOneLine) {
  EXPECT_EQ(type("a\r"), Key::kLine);
  EXPECT_EQ(type("\n"), Key::kNone);
  EXPECT_EQ(type("b\n"), Key::kLine);
  EXPECT_EQ(editor_.line(), "b");
  EXPECT_EQ(type("\n"), Key::kLine);
}

TEST_F(LineEditorTest, History) {
  type("one\rtwo\rtwo\r \r");
  EXPECT_THAT(editor_.history(), ::testing::ElementsAre("one", "two"));
  type("draft\x10\x10");
  EXPECT_EQ(shown(), "one|");
  type("\x10\x1b[B");
  EXPECT_EQ(shown(), "two|");
  type("\x0e\x0e");
  EXPECT_EQ(shown(), "draft|");
}

TEST_F(LineEditorTest, HistoryIsSearched) {
  type("show pools\rshow members\rcommit\r");
  type("\x12show");
  EXPECT_EQ(editor_.text(), "show members");
  screen_.clear();
  editor_.redraw(screen_);
  EXPECT_EQ(screen_, "(search)'show': show members");
  type("\x12");
  EXPECT_EQ(editor_.text(), "show pools");
  EXPECT_EQ(enter(), "show pools");
}

TEST_F(LineEditorTest, TheScreenHasThePromptAndTheLine) {
  editor_.setPrompt("lb# ");
  editor_.begin(screen_);
  EXPECT_EQ(screen_, "lb# ");
  screen_.clear();
  type("a");
  EXPECT_EQ(screen_, "a");
}

TEST_F(LineEditorTest, LongLinesScroll) {
  editor_.setPrompt("# ");
  editor_.setWidth(20);
  type("0123456789012345678901234");
  screen_.clear();
  type("5");
  EXPECT_EQ(screen_, std::string(17, '\b') + "90123456789012345");
}

// A line of a terminal that knows no escape sequences.
struct Paper {
  std::string line;
  size_t column = 0;

  void print(std::string_view bytes) {
    for (const char byte : bytes) {
      if (byte == '\n') line.clear();
      if (byte == '\r' || byte == '\n') column = 0;
      if (byte == '\b' && column > 0) --column;
      if (static_cast<unsigned char>(byte) < ' ') continue;
      if (column >= line.size()) line.resize(column + 1, ' ');
      line[column++] = byte;
    }
    line.erase(line.find_last_not_of(' ') + 1);
  }
};

TEST_F(LineEditorTest, WhatChangesIsAllThatIsWritten) {
  const std::vector<std::string> keys = {"a",      "b",      " ",       "show", "\x1b[D", "\x1b[C",
                                         "\x1b[H", "\x1b[F", "\x1b[3~", "\x7f", "\x17",   "\x19",
                                         "\x10",   "\x0e",   "\x14",    "\x12", "\x15",   "\r"};
  constexpr unsigned kSeed = 7;
  std::minstd_rand random(kSeed);
  editor_.setWidth(24);
  editor_.setPrompt("lb# ");
  editor_.begin(screen_);
  Paper paper;
  for (int i = 0; i < 20000; ++i) {
    const std::string& key = keys[random() % keys.size()];
    if (type(key) == Key::kLine) editor_.begin(screen_);
    paper.print(screen_);
    EXPECT_EQ(screen_.find('\x1b'), std::string::npos);
    screen_.clear();
    LineEditor anew = editor_;
    std::string whole;
    anew.redraw(whole);
    Paper blank;
    blank.print(whole);
    ASSERT_EQ(std::make_pair(paper.line, paper.column), std::make_pair(blank.line, blank.column))
        << "key " << i;
  }
}

TEST_F(LineEditorTest, LinesEndSomewhere) {
  type(std::string(LineEditor::kMostBytes + 100, 'x'));
  EXPECT_EQ(editor_.text().size(), LineEditor::kMostBytes);
  type("\x01\x0b\x19\x19");
  EXPECT_EQ(editor_.text().size(), LineEditor::kMostBytes);
}

}  // namespace
}  // namespace sluice::mgmt
