// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any bytes as keys. The editor keeps its promises, and its cursor in the line.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mgmt/cli/line_editor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::mgmt::LineEditor;
  LineEditor editor;
  std::string screen;
  editor.setPrompt("sluice# ");
  editor.setWidth(size > 0 ? data[0] : 0);
  editor.begin(screen);
  for (size_t i = 0; i < size; ++i) {
    screen.clear();
    const LineEditor::Key key = editor.feed(static_cast<char>(data[i]), screen);
    if (key == LineEditor::Key::kComplete) editor.insert("word ", screen);
    if (editor.text().size() > LineEditor::kMostBytes) std::abort();
    if (editor.beforeCursor().size() > editor.text().size()) std::abort();
    if (editor.history().size() > LineEditor::kMostHistory) std::abort();
    if (key == LineEditor::Key::kLine && !editor.text().empty()) std::abort();
    // A line of the screen is drawn with its prompt and codes, whatever is typed.
    if (screen.size() > 3 * LineEditor::kMostBytes) std::abort();
  }
  return 0;
}
