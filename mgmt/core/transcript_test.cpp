// SPDX-License-Identifier: Apache-2.0
// Sessions as a user sees them: each NAME.in in transcripts/ is typed, and NAME.golden is what the
// terminal shows. A line that ends in ? or <Tab> has that key pressed there, and is then dropped.
// SLUICE_UPDATE_GOLDEN=1 rewrites the goldens.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "mgmt/core/console_fixture.h"

namespace sluice::mgmt {
namespace {

const std::filesystem::path kDirectory = "mgmt/core/transcripts";

class TranscriptTest : public ConsoleFixture, public ::testing::WithParamInterface<std::string> {
 protected:
  std::string type(const std::string& line) {
    constexpr std::string_view kTab = "<Tab>";
    const std::string shown = session_->prompt() + " ";
    if (line.ends_with('?')) {
      const std::string before = line.substr(0, line.size() - 1);
      return shown + line + "\n" + session_->help(before);
    }
    if (line.ends_with(kTab)) {
      const std::string before = line.substr(0, line.size() - kTab.size());
      const CompletionAnswer answer = session_->complete(before);
      return shown + before + answer.insert + "<Tab>\n" + answer.list;
    }
    const std::string notice = session_->notice();
    return (notice.empty() ? "" : notice + "\n") + shown + line + "\n" +
           session_->execute(line).output;
  }
};

std::string trimmedLines(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') result.erase(result.find_last_not_of(' ') + 1);
    result += c;
  }
  return result;
}

TEST_P(TranscriptTest, IsAsExpected) {
  session_->terminal() = {80, 24, true};
  std::ifstream script(kDirectory / (GetParam() + ".in"));
  ASSERT_TRUE(script.good());
  std::string shown;
  for (std::string line; std::getline(script, line);) shown += type(line);
  shown = trimmedLines(shown);
  const auto golden = kDirectory / (GetParam() + ".golden");
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden) << shown;
    return;
  }
  std::ifstream file(golden);
  const std::string wanted{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(shown, wanted) << "SLUICE_UPDATE_GOLDEN=1 transcript_test rewrites it";
}

std::vector<std::string> transcripts() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory)) {
    if (entry.path().extension() == ".in") names.push_back(entry.path().stem());
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Console, TranscriptTest, ::testing::ValuesIn(transcripts()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace sluice::mgmt
