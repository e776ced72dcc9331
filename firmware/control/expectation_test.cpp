// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/expectation.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using Kind = Expect::Kind;

Expect expectOf(Kind kind, std::string what) { return {kind, std::move(what), {}}; }

TEST(ExpectationTest, Problems) {
  EXPECT_EQ(problemOf(expectOf(Kind::kStatus, "200,204,300-399")), "");
  for (const char* codes : {"", "2x", "200,", "399-300", "1000", "200-", "-200", "200 204"})
    EXPECT_NE(problemOf(expectOf(Kind::kStatus, codes)), "") << codes;
  EXPECT_EQ(problemOf(expectOf(Kind::kRegex, "^a+b$")), "");
  EXPECT_NE(problemOf(expectOf(Kind::kRegex, "a(")), "");
  EXPECT_NE(problemOf(expectOf(Kind::kString, "\"\"")), "");
  EXPECT_EQ(problemOf(expectOf(Kind::kHeader, "X-Ready")), "");
}

TEST(ExpectationTest, Holds) {
  const ProbeAnswer answer{204, {{"Server", "nginx/1.22"}, {"X-Empty", ""}}, "all is\r\nwell"};
  struct Case {
    Kind kind;
    const char* what;
    bool holds;
  };
  for (const Case& c :
       {Case{Kind::kStatus, "200,203-205", true}, Case{Kind::kStatus, "200", false},
        Case{Kind::kStatus, "204", true}, Case{Kind::kStatus, "205-299", false},
        Case{Kind::kString, "well", true}, Case{Kind::kString, "is\\r\\nw", true},
        Case{Kind::kString, "\"all is\"", true}, Case{Kind::kString, "ill", false},
        Case{Kind::kRegex, "^all", true}, Case{Kind::kRegex, "w.{3}$", true},
        Case{Kind::kRegex, "^well$", true}, Case{Kind::kRegex, "^is", false},
        Case{Kind::kHeader, "server", true}, Case{Kind::kHeader, "Server: nginx", true},
        Case{Kind::kHeader, "Server: apache", false}, Case{Kind::kHeader, "X-Empty", true},
        Case{Kind::kHeader, "X", false}})
    EXPECT_EQ(holds(expectOf(c.kind, c.what), answer), c.holds)
        << describe(expectOf(c.kind, c.what));
}

TEST(ExpectationTest, ARegexThatWouldTakeForEverDoesNotMatch) {
  ProbeAnswer answer;
  answer.body = std::string(40'000, 'a');
  EXPECT_FALSE(holds(expectOf(Kind::kRegex, "(a*)*(a|aa)+b"), answer));
}

TEST(ExpectationTest, Unescape) {
  EXPECT_EQ(unescape("PING\\r\\n"), "PING\r\n");
  EXPECT_EQ(unescape("\"a\\tb \""), "a\tb ");
  EXPECT_EQ(unescape("\\x00\\xfe\\\\n"), std::string("\0\xfe\\n", 4));
  EXPECT_EQ(unescape("\\q\\x1\\xzz\\"), "\\q\\x1\\xzz\\");
}

}  // namespace
}  // namespace sluice
