// SPDX-License-Identifier: Apache-2.0
#include "firmware/control/http_condition.h"

#include <gtest/gtest.h>

#include "firmware/control/config_text.h"

namespace sluice {
namespace {

bool coversText(const std::string& earlier, const std::string& later) {
  const ConfigParse parse = parseConfig("http-rule a\n" + earlier + "http-rule b\n" + later);
  EXPECT_TRUE(parse.ok()) << earlier << later;
  return covers(parse.config.http_rules[0], parse.config.http_rules[1]);
}

TEST(HttpConditionTest, WiderConditionsCoverNarrowerOnes) {
  EXPECT_TRUE(coversText("", "  path exact /a\n"));
  EXPECT_TRUE(coversText("  path prefix /a\n", "  path exact /a/b\n  method GET\n"));
  EXPECT_FALSE(coversText("  path prefix /a\n  method PUT\n", "  path exact /a/b\n"));
  EXPECT_TRUE(coversText("  host *.b\n  host c\n", "  host a.b\n"));
  EXPECT_TRUE(coversText("  client 10.0.0.0/8\n", "  client 10.1.0.0/16\n"));
}

TEST(HttpConditionTest, GroupsCoverOnlyThemselves) {
  EXPECT_TRUE(coversText("  client in g\n", "  client in g\n"));
  EXPECT_FALSE(coversText("  client in g\n", "  client 10.1.0.0/16\n"));
  EXPECT_FALSE(coversText("  client 0.0.0.0/0\n", "  client in g\n"));
  EXPECT_FALSE(coversText("  path in g\n", "  path exact g\n"));
}

TEST(HttpConditionTest, WhatMustNotBeHasToBeSoInBoth) {
  EXPECT_TRUE(coversText("  not path prefix /a\n", "  not path prefix /a\n  method GET\n"));
  EXPECT_FALSE(coversText("  not path prefix /a\n", "  method GET\n"));
  EXPECT_FALSE(coversText("  path prefix /a\n", "  not path prefix /a\n"));
  EXPECT_FALSE(coversText("  not path prefix /a\n", "  path prefix /a\n"));
}

TEST(HttpConditionTest, TimesAndProgramsCoverTheirLike) {
  EXPECT_TRUE(coversText("  time sat\n", "  time sat\n  host a\n"));
  EXPECT_FALSE(coversText("  time sat\n", "  time sun\n"));
  EXPECT_FALSE(coversText("  user-agent bot\n", "  user-agent tool\n"));
}

}  // namespace
}  // namespace sluice
