// SPDX-License-Identifier: Apache-2.0
// What is said about http-rules, data groups and monitors before they serve.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "firmware/control/config_check.h"
#include "firmware/control/config_text.h"

namespace sluice {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kGround[] =
    "interface client\n  address 203.0.113.2/24\ninterface server\n  address 10.0.0.1/24\n"
    "pool p\n  member 10.0.0.11:80\n";

std::string said(const std::string& text) {
  const ConfigParse parse = parseConfig(kGround + text);
  EXPECT_TRUE(parse.ok()) << formatDiagnostics(parse.diagnostics, text, "test");
  std::string all;
  for (const Diagnostic& one : checkConfig(parse.config)) all += one.message + "\n";
  return all;
}

std::string ofRule(const std::string& rule, const std::string& groups = "") {
  return said(groups + "http-rule r\n" + rule +
              "virtual v\n  destination 203.0.113.10:80\n  mode http\n  pool p\n  http-rule r\n");
}

TEST(CheckRules, GroupsHaveToBeThereAndToFit) {
  EXPECT_THAT(ofRule("  path in g\n"), HasSubstr("there is no data-group 'g'"));
  EXPECT_THAT(ofRule("  path in g\n", "data-group g\n  network 10.0.0.0/8\n"),
              HasSubstr("data-group 'g' has no text or prefix"));
  EXPECT_THAT(ofRule("  client in g\n", "data-group g\n  text a\n"),
              HasSubstr("data-group 'g' has no network"));
  EXPECT_THAT(ofRule("", "data-group g\n"), HasSubstr("data-group 'g' is used by no http-rule"));
  EXPECT_EQ(ofRule("  not client in g\n  respond 403\n", "data-group g\n"), "");
}

TEST(CheckRules, ConditionsAboutTlsThatNeverHoldAreWarnedOf) {
  EXPECT_THAT(
      ofRule("  tls version exact TLSv1.3\n  respond 403\n"),
      HasSubstr("http-rule 'r' never matches: it asks about TLS, and virtual 'v' is of mode "
                "http"));
  EXPECT_EQ(ofRule("  not tls version\n  respond 403\n"), "");
  const auto over_tls = [](const std::string& profile, const std::string& rule) {
    return said("certificate c\n  chain-file /c\n  key-file /k\ntls-profile t\n  certificate c\n" +
                profile + "http-rule r\n" + rule +
                "  respond 403\nvirtual v\n  destination 203.0.113.10:443\n  mode https\n"
                "  tls-profile t\n  pool p\n  http-rule r\n");
  };
  EXPECT_EQ(over_tls("", "  tls cipher prefix TLS_AES\n"), "");
  EXPECT_THAT(over_tls("", "  tls subject exact CN=a\n"),
              HasSubstr("http-rule 'r' never matches: it asks about certificates of clients, and "
                        "tls-profile 't' does not ask for any"));
  EXPECT_EQ(
      over_tls("  client-certificate request\n  client-trust /ca\n", "  tls subject exact CN=a\n"),
      "");
}

TEST(CheckRules, ActionsHaveToBeWhole) {
  EXPECT_THAT(ofRule("  time someday\n"), HasSubstr("'someday' is no time"));
  EXPECT_THAT(ofRule("  rate-limit 1 per 1s by header\n"), HasSubstr("`by header NAME`"));
  EXPECT_THAT(ofRule("  rate-limit 1 per 1s by client X\n"), HasSubstr("`by client`"));
  EXPECT_THAT(ofRule("  rate-limit 1 per 1us by client\n"), HasSubstr("too short"));
  EXPECT_THAT(ofRule("  mirror q\n"), HasSubstr("there is no pool 'q'"));
  EXPECT_THAT(ofRule("  mirror q\n", "pool q\n  protocol http2\n  member 10.0.0.12:80\n"),
              HasSubstr("pool 'q' says `protocol http2`; copies are sent by HTTP/1.1 only"));
  EXPECT_THAT(ofRule("  tarpit 1s\n  pool p\n"), HasSubstr("a tarpit answers itself"));
  EXPECT_THAT(ofRule("  tarpit 0s\n"), HasSubstr("a tarpit of no time"));
}

TEST(CheckRules, RulesBehindOneThatGoesOnAreComeTo) {
  const auto both = [](const std::string& first, const std::string& mode) {
    return said("http-rule a\n" + first +
                "http-rule b\n  respond 403\nvirtual v\n  destination 203.0.113.10:80\n"
                "  mode http\n  pool p\n  http-rule a\n  http-rule b\n" +
                mode);
  };
  EXPECT_THAT(both("  log x\n", ""), HasSubstr("'b' is never come to"));
  EXPECT_EQ(both("  log x\n", "  rule-mode all\n"), "");
  EXPECT_THAT(both("  pool p\n", "  rule-mode all\n"), HasSubstr("'b' is never come to"));
}

TEST(CheckRules, ClientsAreKnownInOneWay) {
  EXPECT_THAT(said("http-profile h\n  cookie c\n  persist source\n"),
              HasSubstr("there is `cookie`, too"));
  EXPECT_THAT(said("http-profile h\n  persist header\n"), HasSubstr("or a name"));
  EXPECT_THAT(said("http-profile h\n  persist source x\n"), HasSubstr("or a name"));
  EXPECT_THAT(said("http-profile h\n  persist header v4 24 x\n"), HasSubstr("v4 and v6 are for"));
  EXPECT_THAT(said("http-profile h\n  persist-time 1m\n"), HasSubstr("does nothing"));
  EXPECT_THAT(said("http-profile h\n  persist source v4 24 v6 64\n  persist-time 1m\n"),
              Not(HasSubstr("persist")));
}

TEST(CheckRules, WhatIsConfiguredIsPrintedAgain) {
  const std::string text =
      "http-profile h\n  persist rewrite-cookie SID\n  persist-time 1m\n  inspect-body 100\n"
      "  inspect-excess refuse\n  tarpit-limit 9\ndata-group g\n  text a b\n  prefix /x\n"
      "  network 10.0.0.0/8\nhttp-rule r\n  host in g\n  not path contains .png\n"
      "  header X-A in g\n  not client in g\n  user-agent bot\n  time mon-fri 08:00-18:00 local\n"
      "  not body regex ^x\n  tarpit 1s\n  rate-limit 5 per 1s by header X-A\n  mirror p 10\n"
      "  log tag\npool p\n  bounded-load 125\n  member-breaker 50 of 20 in 10s hold 5s\n"
      "  pool-breaker 90 of 20 in 10s\n  outlier-ejection 5 most 20\n  queue 100 timeout 2s\n"
      "virtual v\n  rule-mode all\n";
  const ConfigParse parse = parseConfig(text);
  ASSERT_TRUE(parse.ok()) << formatDiagnostics(parse.diagnostics, text, "test");
  const ConfigParse again = parseConfig(printConfig(parse.config));
  EXPECT_TRUE(again.config == parse.config) << printConfig(parse.config);
  for (const char* line :
       {"  not body regex ^x\n", "  rate-limit 5 per 1s by header X-A\n",
        "  outlier-ejection 5 most 20\n", "  header X-A in g\n", "  host in g\n"})
    EXPECT_THAT(printConfig(parse.config), HasSubstr(line));
}

TEST(CheckRules, RedirectsInCirclesAreWarnedOf) {
  for (const char* rule :
       {"  redirect 301 $path\n", "  redirect 301 http://$host$path\n",
        "  path prefix /a\n  redirect 302 /a/login\n",
        "  redirect 301 http://www.a.example$path?$query\n",
        "  host *.a.example\n  redirect 301 http://www.a.example/\n",
        "  not path exact /x\n  redirect 302 /y\n", "  query q\n  redirect 302 $path?$query\n"})
    EXPECT_THAT(ofRule(rule), HasSubstr("round in circles")) << rule;
  for (const char* rule :
       {"  redirect 301 https://$host$path\n", "  redirect 301 http://$host:81$path\n",
        "  path prefix /a\n  redirect 302 /login\n", "  not path exact /x\n  redirect 302 /x\n",
        "  host a.example\n  redirect 301 http://www.a.example$path\n",
        "  not host www.a.example\n  redirect 301 http://www.a.example$path\n",
        "  path regex ^/(.*)$\n  redirect 301 /$1/\n", "  query q\n  redirect 302 $path\n",
        "  not cookie seen\n  redirect 302 $path\n"})
    EXPECT_EQ(ofRule(rule), "") << rule;
}

TEST(CheckRules, ARedirectToHttpThatRedirectsBackIsWarnedOf) {
  const std::string text =
      "certificate c\n  chain-file c.pem\n  key-file k.pem\ntls-profile t\n  certificate c\n"
      "http-rule plain\n  redirect 302 http://$host$path\n"
      "virtual web\n  destination 203.0.113.10:80\n  mode http\n  https-redirect 443\n"
      "virtual shop\n  destination 203.0.113.10:443\n  mode https\n  tls-profile t\n  pool p\n"
      "  http-rule plain\n";
  EXPECT_THAT(said(text), HasSubstr("round in circles: virtual 'web' redirects them to it"));
}

TEST(CheckRules, MonitorsThatCanNeverPassAreWarnedOf) {
  const auto monitor = [](const std::string& lines) {
    return said("monitor m\n  type http\n" + lines +
                "pool q\n  monitor m\n  member 10.0.0.12:80\n");
  };
  constexpr char kNever[] = "monitor 'm' can never pass";
  EXPECT_THAT(monitor("  expect status 200\n  expect status 300-399\n"), HasSubstr(kNever));
  EXPECT_THAT(monitor("  expect status 200-204\n  drain-on status 200-299\n"), HasSubstr(kNever));
  EXPECT_THAT(monitor("  request HEAD /\n  expect string ok\n"), HasSubstr(kNever));
  EXPECT_THAT(monitor("  expect string ok\n  drain-on string ok\n"), HasSubstr(kNever));
  EXPECT_THAT(monitor("  expect status 200-299\n  drain-on status 204\n"), Not(HasSubstr(kNever)));
  EXPECT_THAT(monitor("  request GET /\n  expect string ok\n  expect status 200\n"),
              Not(HasSubstr(kNever)));
}

}  // namespace
}  // namespace sluice
