// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/user_agent.h"

#include <gtest/gtest.h>

namespace sluice::proxy {
namespace {

TEST(UserAgentTest, Classes) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "browser"},
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/126.0.0.0 Safari/537.36",
       "browser"},
      {"Opera/9.80 (X11; Linux x86_64) Presto/2.12 Version/12.16", "browser"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
       "mobile"},
      {"Mozilla/5.0 (Linux; Android 14; CUBOT P60) AppleWebKit/537.36 Mobile", "mobile"},
      {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"},
      {"Mozilla/5.0 (iPhone) Mobile (compatible; Googlebot/2.1)", "bot"},
      {"Baiduspider+(+http://www.baidu.com/search/spider.htm)", "bot"},
      {"curl/7.88.1", "tool"},
      {"Wget/1.21", "tool"},
      {"python-requests/2.31", "tool"},
      {"Go-http-client/1.1", "tool"},
      {"my curl/7", "other"},
      {"", "other"}};
  for (const auto& [text, wanted] : kCases) EXPECT_EQ(userAgentClass(text), wanted) << text;
}

}  // namespace
}  // namespace sluice::proxy
