// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/rules.h"

#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/proxy/path_text.h"
#include "firmware/proxy/router.h"

namespace sluice::proxy {
namespace {

// A rule of these statements, and what it says about a request.
class RulesTest : public testing::Test {
 protected:
  void rule(const std::string& statements) {
    const std::string text = groups_ + "http-rule r\n" + statements;
    const ConfigParse parse = parseConfig(text);
    ASSERT_TRUE(parse.ok()) << formatDiagnostics(parse.diagnostics, text, "test");
    rule_ = std::make_unique<Rule>(parse.config.http_rules[0], makeGroups(parse.config));
  }
  // "" = it matches.
  std::string problem(const std::string& target, const std::string& headers = "",
                      const std::string& method = "GET", const char* client = "198.51.100.7",
                      std::string_view body = "", std::time_t now = 0) {
    text_ = method + " " + target + " HTTP/1.1\r\nHost: Shop.example:8080\r\n" + headers + "\r\n";
    EXPECT_EQ(parseRequestHead(text_, {}, head_), Flaw::kNone) << text_;
    subject_ = std::make_unique<RuleSubject>(
        head_, RuleSurroundings{*IpAddress::parse(client), body, now, tls_});
    match_ = {};
    const std::string why = rule_->problem(*subject_, match_);
    RuleMatch again;
    EXPECT_EQ(rule_->matches(*subject_, again), why.empty());
    return why;
  }
  std::string location(const std::string& target) {
    EXPECT_EQ(problem(target), "");
    return rule_->location(*subject_, match_);
  }
  std::string rewritten(const std::string& target) {
    EXPECT_EQ(problem(target), "");
    return rule_->rewrittenPath(*subject_, match_).value_or("as it came");
  }

  std::string groups_;  // data-group blocks
  const tls::ConnectionFacts* tls_ = nullptr;
  std::unique_ptr<Rule> rule_;
  std::string text_;
  RequestHead head_;
  std::unique_ptr<RuleSubject> subject_;
  RuleMatch match_;
};

TEST_F(RulesTest, WithoutConditionsEverythingMatches) {
  rule("  respond 200\n");
  EXPECT_EQ(problem("/"), "");
}

TEST_F(RulesTest, FieldsOfTls) {
  rule("  tls version exact TLSv1.3\n  tls subject regex ^CN=(anna|bert),\n");
  EXPECT_EQ(problem("/"), "tls 'version' is not there");
  tls::ConnectionFacts facts{.version = "TLSv1.2", .subject = "CN=anna,O=Shop"};
  tls_ = &facts;
  EXPECT_EQ(problem("/"), "tls 'version' is 'TLSv1.2', not 'TLSv1.3'");
  facts.version = "TLSv1.3";
  EXPECT_EQ(problem("/"), "");
  facts.subject = "";
  EXPECT_EQ(problem("/"), "tls 'subject' is not there");
  rule("  tls client-certificate exact success\n");
  EXPECT_EQ(problem("/"), "tls 'client-certificate' is 'none', not 'success'");
  facts.certified = true;
  EXPECT_EQ(problem("/"), "");
  facts.flaw = tls::HandshakeFailure::kCertificateExpired;
  EXPECT_EQ(problem("/"),
            "tls 'client-certificate' is 'failed: certificate_expired', not 'success'");
  rule("  not tls server-name\n");
  EXPECT_EQ(problem("/"), "");
  facts.server_name = "shop.example";
  EXPECT_EQ(problem("/"), "tls 'server-name' is there");
  groups_ = "data-group revoked\n  text 0a1b\n";
  rule("  tls serial in revoked\n");
  facts.serial = "0a1b";
  EXPECT_EQ(problem("/"), "");
  facts.serial = "0a1c";
  EXPECT_EQ(problem("/"), "tls 'serial' is '0a1c', not in data-group revoked");
}

TEST_F(RulesTest, HostsAreComparedWithoutCaseAndPort) {
  rule("  host SHOP.example\n");
  EXPECT_EQ(problem("/"), "");
  rule("  host *.example\n");
  EXPECT_EQ(problem("/"), "");
  rule("  host *.shop.example\n");
  EXPECT_EQ(problem("/"), "host is 'shop.example', not '*.shop.example'");
  rule("  host other.example\n  host shop.example\n");
  EXPECT_EQ(problem("/"), "");
}

TEST_F(RulesTest, Paths) {
  rule("  path prefix /api/\n  path exact /health\n");
  EXPECT_EQ(problem("/api/x"), "");
  EXPECT_EQ(problem("/health?deep"), "");
  EXPECT_EQ(problem("/apix"), "path is '/apix', not '/api/*' or '/health'");
  EXPECT_EQ(problem("/health/x").empty(), false);
  rule("  path regex ^/img/.*[.](png|jpg)$\n");
  EXPECT_EQ(problem("/img/a/b.png"), "");
  EXPECT_NE(problem("/img/a/b.gif"), "");
}

TEST_F(RulesTest, SpellingsOfAPathAreOne) {
  rule("  path prefix /admin\n");
  for (const char* target : {"/admin", "/%61dmin", "//admin/x", "/%61%64min"})
    EXPECT_EQ(problem(target), "") << target;
  EXPECT_NE(problem("/x%2Fadmin"), "");
  EXPECT_EQ(normalizedPath("/a%2fb//c%25%20%0a"), "/a%2Fb/c%25 %0A");
}

TEST_F(RulesTest, OfDifferentThingsAllHaveToHold) {
  rule("  method POST\n  method PUT\n  path prefix /api\n  client 198.51.100.0/24\n");
  EXPECT_EQ(problem("/api", "", "PUT"), "");
  EXPECT_EQ(problem("/api"), "method is 'GET', not 'POST' or 'PUT'");
  EXPECT_EQ(problem("/", "", "POST").substr(0, 4), "path");
  EXPECT_EQ(problem("/api", "", "POST", "192.0.2.1"),
            "client is 192.0.2.1, not in 198.51.100.0/24");
}

TEST_F(RulesTest, HeadersCookiesAndParameters) {
  rule("  header X-Beta\n  cookie color exact blue\n  query id regex ^[0-9]+$\n");
  const std::string good = "x-beta: 1\r\nCookie: a=b; color=blue\r\n";
  EXPECT_EQ(problem("/?x&id=17", good), "");
  EXPECT_EQ(problem("/?id=17", "Cookie: color=blue\r\n"), "header 'X-Beta' is not there");
  EXPECT_EQ(problem("/?id=17", "X-Beta: 1\r\nCookie: color=red\r\n"),
            "cookie 'color' is 'red', not 'blue'");
  EXPECT_EQ(problem("/?id=1%37", good), "");
  EXPECT_EQ(problem("/?id=x", good), "query 'id' is 'x', not like '^[0-9]+$'");
  rule("  header User-Agent contains bot\n");
  EXPECT_EQ(problem("/", "User-Agent: a robot\r\n"), "");
}

TEST_F(RulesTest, OfConditionsWithNotNoneMayHold) {
  rule(
      "  path prefix /api\n  not path prefix /api/open\n  not path contains .png\n  not header "
      "X-Free\n");
  EXPECT_EQ(problem("/api/x"), "");
  EXPECT_EQ(problem("/x"), "path is '/x', not '/api*'");
  EXPECT_EQ(problem("/api/open/x"), "path is '/api/open*'");
  EXPECT_EQ(problem("/api/a.png"), "path is '*.png*'");
  EXPECT_EQ(problem("/api/x", "X-Free: 1\r\n"), "header 'X-Free' is there");
  rule("  not client 198.51.100.0/24\n");
  EXPECT_EQ(problem("/"), "client is in 198.51.100.0/24");
  EXPECT_EQ(problem("/", "", "GET", "192.0.2.1"), "");
}

TEST_F(RulesTest, ANegatedPrefixIsNotWhatIsRewritten) {
  rule("  not path prefix /api\n  rewrite-path /all\n");
  EXPECT_EQ(rewritten("/x/y"), "/all");
}

TEST_F(RulesTest, DataGroupsHoldTextsPrefixesHostsAndNetworks) {
  groups_ =
      "data-group g\n  text one\n  text *.Shop.example\n  prefix /adm\n  network 198.51.100.0/25\n"
      "  network 2001:db8::/32\n";
  rule("  path in g\n");
  EXPECT_EQ(problem("/admin"), "");
  EXPECT_EQ(problem("/ad"), "path is '/ad', not in data-group g");
  rule("  host in g\n");
  EXPECT_EQ(problem("/"), "host is 'shop.example', not in data-group g");
  groups_ += "  text SHOP.example\n";
  rule("  host in g\n");
  EXPECT_EQ(problem("/"), "");
  rule("  client in g\n");
  EXPECT_EQ(problem("/"), "");
  EXPECT_EQ(problem("/", "", "GET", "2001:db8:1::1"), "");
  EXPECT_EQ(problem("/", "", "GET", "198.51.100.128"),
            "client is 198.51.100.128, not in data-group g");
  rule("  cookie c in g\n  query q in g\n  not header X-H in g\n");
  EXPECT_EQ(problem("/?q=one", "Cookie: c=one\r\n"), "");
  EXPECT_EQ(problem("/?q=two", "Cookie: c=one\r\n"), "query 'q' is 'two', not in data-group g");
  EXPECT_EQ(problem("/?q=one", "Cookie: c=one\r\nX-H: one\r\n"), "header 'X-H' is in data-group g");
}

TEST_F(RulesTest, ClassesOfProgramsAndTimes) {
  rule("  user-agent tool\n  user-agent bot\n");
  EXPECT_EQ(problem("/", "User-Agent: curl/7.88\r\n"), "");
  EXPECT_EQ(problem("/", "User-Agent: x\r\n"), "user-agent is 'other', not 'tool' or 'bot'");
  rule("  time mon-fri 08:00-18:00\n");
  const std::time_t thursday = 0;  // midnight
  EXPECT_EQ(problem("/", "", "GET", "192.0.2.1", "", thursday),
            "time is 'thu 00:00 utc', not 'mon-fri 08:00-18:00'");
  EXPECT_EQ(problem("/", "", "GET", "192.0.2.1", "", thursday + 9 * 3600), "");
}

TEST_F(RulesTest, LaterEditsTakeTheirNamesAway) {
  HeaderEdits edits;
  edits.set("X-A", "1");
  edits.set("X-B", "1");
  HeaderEdits later;
  later.set("x-a", "2");
  later.takeAway("X-C");
  edits.append(later);
  EXPECT_EQ(edits.add, "X-B: 1\r\nx-a: 2\r\n");
  EXPECT_TRUE(edits.removes("X-C"));
}

TEST_F(RulesTest, RedirectsTakePartsOfTheRequest) {
  rule("  path regex ^/old/([a-z]+)/(.*)$\n  redirect 301 https://$host/new/$2/$1?$query&$$1\n");
  EXPECT_EQ(location("/old/a/b%20c?q=1"), "https://shop.example/new/b%20c/a?q=1&$1");
  rule("  redirect 302 $path\n");
  EXPECT_EQ(location("//evil.example/x"), "/evil.example/x");
  EXPECT_EQ(location("/a%0d%0aSet-Cookie:x"), "/a%0D%0ASet-Cookie:x");
}

TEST_F(RulesTest, PathsAreRewrittenByPrefixOrAsAWhole) {
  rule("  path prefix /api/\n  rewrite-path /v2/\n");
  EXPECT_EQ(rewritten("/api/a%3Fb"), "/v2/a%3Fb");
  rule("  path regex ^/u/(.*)$\n  rewrite-path /users/$1/home\n");
  EXPECT_EQ(rewritten("/u/jo%C3%A9"), "/users/jo%C3%A9/home");
  rule("  rewrite-path /same\n");
  EXPECT_EQ(rewritten("/x"), "/same");
  rule("  respond 200\n");
  EXPECT_EQ(rewritten("/x"), "as it came");
}

TEST_F(RulesTest, SharesAreTakenInOrderAndKeepTheirClients) {
  RulePlan plan;
  plan.pool = std::make_shared<PoolPlan>(PoolPlan{.name = "rest"});
  plan.shares = {{10, std::make_shared<PoolPlan>(PoolPlan{.name = "a"})},
                 {30, std::make_shared<PoolPlan>(PoolPlan{.name = "b"})}};
  EXPECT_EQ(poolOf(plan, 0)->name, "a");
  EXPECT_EQ(poolOf(plan, 9)->name, "a");
  EXPECT_EQ(poolOf(plan, 10)->name, "b");
  EXPECT_EQ(poolOf(plan, 39)->name, "b");
  EXPECT_EQ(poolOf(plan, 40)->name, "rest");
  std::array<unsigned, 100> counts{};
  for (unsigned i = 0; i < 20'000; ++i) {
    const auto client =
        *IpAddress::parse("198.18." + std::to_string(i / 256) + "." + std::to_string(i % 256));
    ++counts[shareOf(client, "canary")];
  }
  // 200 each; five standard deviations.
  for (const unsigned count : counts) EXPECT_NEAR(count, 200, 71);
}

}  // namespace
}  // namespace sluice::proxy
