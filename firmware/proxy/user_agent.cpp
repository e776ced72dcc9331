// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/user_agent.h"

#include <algorithm>
#include <array>
#include <string>

#include "firmware/proxy/http_grammar.h"

namespace sluice::proxy {
namespace {

// In lower case, as are those below.
constexpr std::array kBots = {
    "bot",          "crawler", "spider", "slurp", "bingpreview", "archiver", "facebookexternalhit",
    "mediapartners"};
// Names that contain a word of the above.
constexpr std::array kNoBots = {"cubot"};
constexpr std::array kTools = {"curl/",
                               "wget/",
                               "python-requests/",
                               "python-urllib/",
                               "python-httpx/",
                               "aiohttp/",
                               "go-http-client/",
                               "java/",
                               "apache-httpclient/",
                               "okhttp/",
                               "libwww-perl/",
                               "lwp::",
                               "httpie/",
                               "postmanruntime/",
                               "insomnia/",
                               "axios/",
                               "node-fetch",
                               "apachebench/",
                               "h2load",
                               "k6/",
                               "siege/",
                               "sqlmap/",
                               "nikto/",
                               "masscan/"};
constexpr std::array kBrowsers = {"mozilla/", "opera/"};
constexpr std::array kMobiles = {"mobile", "android", "iphone", "ipad", "ipod"};

template <typename Words>
bool containsOne(const std::string& text, const Words& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

template <typename Words>
bool startsWithOne(const std::string& text, const Words& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.starts_with(word); });
}

}  // namespace

std::string_view userAgentClass(std::string_view user_agent) {
  std::string text(user_agent);
  std::transform(text.begin(), text.end(), text.begin(), lowerCase);
  if (containsOne(text, kBots) && !containsOne(text, kNoBots)) return "bot";
  if (startsWithOne(text, kTools)) return "tool";
  if (!startsWithOne(text, kBrowsers)) return "other";
  return containsOne(text, kMobiles) ? "mobile" : "browser";
}

}  // namespace sluice::proxy
