// SPDX-License-Identifier: Apache-2.0
#include "mgmt/cli/pager.h"

#include <gtest/gtest.h>

namespace sluice::mgmt {
namespace {

constexpr char kText[] = "1\n2\n3\n4\n5\n6\n7\n";
constexpr char kMore[] = "\r\x1b[K--More--";
constexpr char kErase[] = "\r\x1b[K";

// What the screen gets for these keys, after the first page.
std::string after(Pager& pager, std::string_view keys) {
  std::string screen;
  pager.begin(screen);
  screen.clear();
  for (const char key : keys) pager.feed(key, screen);
  return screen;
}

TEST(Pager, ShortTextNeedsNoPager) {
  Pager pager("1\n2\n", 3);
  std::string screen;
  pager.begin(screen);
  EXPECT_EQ(screen, "1\r\n2\r\n");
  EXPECT_TRUE(pager.done());
}

TEST(Pager, SpaceGoesOnByAPageAndEnterByALine) {
  Pager pager(kText, 4);
  std::string screen;
  pager.begin(screen);
  EXPECT_EQ(screen, std::string("1\r\n2\r\n3\r\n") + kMore);
  screen.clear();
  pager.feed('\r', screen);
  EXPECT_EQ(screen, std::string(kErase) + "4\r\n" + kMore);
  EXPECT_FALSE(pager.done());
  screen.clear();
  pager.feed(' ', screen);
  EXPECT_EQ(screen, std::string(kErase) + "5\r\n6\r\n7\r\n");
  EXPECT_TRUE(pager.done());
}

TEST(Pager, QuitEndsIt) {
  Pager pager(kText, 4);
  EXPECT_EQ(after(pager, "q"), kErase);
  EXPECT_TRUE(pager.done());
}

TEST(Pager, SearchSkipsToTheLine) {
  Pager pager(kText, 3);
  const std::string screen = after(pager, "/6\r");
  EXPECT_TRUE(screen.ends_with(std::string(kErase) + "6\r\n7\r\n")) << screen;
  EXPECT_TRUE(pager.done());
  Pager other(kText, 3);
  EXPECT_TRUE(after(other,
                    "/x\x7f"
                    "y\r")
                  .ends_with(std::string(kErase) + kMore));
  EXPECT_FALSE(other.done());
}

}  // namespace
}  // namespace sluice::mgmt
