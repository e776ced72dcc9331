// SPDX-License-Identifier: Apache-2.0
#include "mgmt/schema/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/control/tokenizer.h"

namespace sluice::mgmt {
namespace {

using ::testing::ElementsAre;
using Status = Match::Status;

class MatcherTest : public ::testing::Test {
 protected:
  MatcherTest() {
    for (const char* text :
         {"show version", "show pools [<pool:name>] [detail]", "show privilege", "clear counters",
          "member <pool:name> <member:endpoint> <action:drain|disable|enable>",
          "commit [confirmed [<minutes:1..60>]]", "type <type:http|https|tcp>",
          "note <text:text>"}) {
      syntaxes_.emplace_back(text);
    }
    for (size_t i = 0; i < syntaxes_.size(); ++i) {
      grammar_.entries.push_back({&syntaxes_[i], "Help of it. More.", i});
    }
    grammar_.word_help = [](std::string_view path) -> std::string_view {
      return path == "show" ? "Shows" : "";
    };
    grammar_.names = [](const NameQuery& query) -> std::vector<std::string> {
      if (query.key == "pool") return {"web", "det"};
      return {};
    };
  }

  Match match(std::string_view line) {
    tokenized_ = tokenize(line);
    return matchLine(grammar_, tokenized_.tokens);
  }
  std::vector<std::string> next(std::string_view line) {
    std::vector<std::string> texts;
    for (const Candidate& candidate : completeLine(grammar_, line).candidates) {
      texts.push_back(candidate.text);
    }
    return texts;
  }

  std::vector<Syntax> syntaxes_;
  Grammar grammar_;
  TokenizedLine tokenized_;
};

TEST_F(MatcherTest, AbbreviationsAreWrittenOut) {
  const Match found = match("sh ver");
  ASSERT_EQ(found.status, Status::kMatched);
  EXPECT_EQ(found.canonical, "show version");
  EXPECT_EQ(match("SHOW Version").status, Status::kMatched);
}

TEST_F(MatcherTest, AmbiguityNamesTheCandidates) {
  const Match found = match("show p");
  ASSERT_EQ(found.status, Status::kAmbiguous);
  EXPECT_EQ(found.column, 6u);
  EXPECT_THAT(found.candidates, ElementsAre("pools", "privilege"));
}

TEST_F(MatcherTest, AWholeWordIsNotAmbiguous) {
  ASSERT_EQ(match("type http").status, Status::kMatched);
  EXPECT_EQ(match("type http").args.number("type", 9), 0u);
  EXPECT_EQ(match("type ht").status, Status::kAmbiguous);
}

TEST_F(MatcherTest, ErrorsHaveTheirColumnAndAHint) {
  const Match found = match("show poools");
  EXPECT_EQ(found.status, Status::kInvalid);
  EXPECT_EQ(found.column, 6u);
  EXPECT_EQ(found.detail, "Did you mean 'pools'?");
  const Match value = match("member web 10.0.0.1 drain");
  EXPECT_EQ(value.status, Status::kInvalid);
  EXPECT_EQ(value.column, 12u);
  EXPECT_NE(value.detail.find("is not an address and port"), std::string::npos) << value.detail;
  EXPECT_EQ(match("show version now").detail, "Nothing may follow here.");
  EXPECT_EQ(match("show version now").column, 14u);
}

TEST_F(MatcherTest, IncompleteLinesSayWhatIsMissing) {
  const Match found = match("member web 10.0.0.1:80");
  EXPECT_EQ(found.status, Status::kIncomplete);
  EXPECT_EQ(found.column, 23u);
  EXPECT_EQ(found.detail, "Expected drain, disable or enable.");
}

TEST_F(MatcherTest, KeywordsWinOverNamesButNotTheirBeginnings) {
  EXPECT_EQ(match("show pools detail").canonical, "show pools detail");
  EXPECT_FALSE(match("show pools detail").args.has("pool"));
  EXPECT_EQ(match("show pools det").args.get<std::string>("pool"), "det");
  EXPECT_EQ(match("show pools deta").canonical, "show pools detail");
}

TEST_F(MatcherTest, OptionsMayBeLeftOutAndValuesTakeTheRest) {
  EXPECT_EQ(match("show pools").status, Status::kMatched);
  EXPECT_EQ(match("show pools detail web").args.get<std::string>("pool"), "web");
  EXPECT_EQ(match("note a  b").args.get<std::string>("text"), "a  b");
}

TEST_F(MatcherTest, CompletionListsWordsNamesAndValues) {
  EXPECT_THAT(next("sh"), ElementsAre("show"));
  EXPECT_THAT(next("show "), ElementsAre("version", "pools", "privilege"));
  EXPECT_THAT(next("show pools "), ElementsAre("det", "web", "POOL", "detail"));
  EXPECT_THAT(next("show pools w"), ElementsAre("web"));
  EXPECT_THAT(next("member web "), ElementsAre("MEMBER"));
  EXPECT_TRUE(completeLine(grammar_, "show pools ").complete);
  EXPECT_FALSE(completeLine(grammar_, "member ").complete);
  EXPECT_EQ(completeLine(grammar_, "").candidates.front(), (Candidate{"show", "Shows", true}));
}

TEST_F(MatcherTest, CompletionAfterAMistakePointsAtIt) {
  const Completion completion = completeLine(grammar_, "sow pools ");
  EXPECT_EQ(completion.status, Status::kInvalid);
  EXPECT_EQ(completion.column, 1u);
  EXPECT_TRUE(completion.candidates.empty());
}

}  // namespace
}  // namespace sluice::mgmt
