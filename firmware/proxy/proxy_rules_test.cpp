// SPDX-License-Identifier: Apache-2.0
// What rules make of requests, between real sockets.
#include <gmock/gmock.h>

#include "firmware/proxy/proxy_fixture.h"

namespace sluice::proxy {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Answers with its name and the request that it got.
TestServer::Play echo(const std::string& name) {
  return [name](TestSocket& socket, int) {
    for (std::string request; !(request = socket.readMessage()).empty();)
      socket.send(response(name + "\n" + request, "X-Powered-By: old\r\n"));
  };
}

class ProxyRulesTest : public ProxyTest {
 protected:
  ProxyRulesTest() : web_(echo("web")), api_(echo("api")) {}

  // Rules are `http-rule` blocks, used in the order of `names`.
  void serveWith(const std::string& rules, const std::vector<std::string>& names) {
    std::string text = "http-profile default\n  forwarded off\n" + rules;
    text += "pool web\n  member 127.0.0.1:" + std::to_string(web_.port()) + "\n";
    text += "pool api\n  member 127.0.0.1:" + std::to_string(api_.port()) + "\n";
    text += "virtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
            "\n  mode http\n  pool web\n";
    for (const std::string& name : names) text += "  http-rule " + name + "\n";
    apply(text);
  }
  std::string ask(const std::string& target, const std::string& headers = "") {
    TestSocket socket = client();
    socket.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    return socket.readMessage();
  }
  uint64_t requests(const std::string& rule) const {
    for (const RuleStats& row : proxy_.statistics().rules) {
      if (row.rule == rule) return row.requests;
    }
    return 0;
  }

  TestServer web_, api_;
};

TEST_F(ProxyRulesTest, TheFirstThatMatchesChoosesThePool) {
  serveWith(
      "http-rule api\n  path prefix /api/\n  pool api\n"
      "http-rule deny\n  path prefix /api/secret\n  path exact /secret\n  respond 403 no\n",
      {"deny", "api"});
  EXPECT_THAT(ask("/api/x"), HasSubstr("\r\n\r\napi\n"));
  EXPECT_THAT(ask("/x"), HasSubstr("\r\n\r\nweb\n"));
  const std::string denied = ask("/api/secret");
  EXPECT_THAT(denied, StartsWith("HTTP/1.1 403 Forbidden\r\n"));
  EXPECT_THAT(denied, HasSubstr("\r\n\r\nno\n"));
  EXPECT_EQ(requests("api"), 1u);
  EXPECT_EQ(requests("deny"), 1u);
  EXPECT_EQ(causes(Cause::kResponded), 1u);
}

TEST_F(ProxyRulesTest, RewritesPathHostAndHeaders) {
  serveWith(
      "http-rule r\n  path prefix /api/\n  rewrite-path /v2/\n  rewrite-host api.internal\n"
      "  request-header set X-Env lab\n  request-header remove X-Secret\n"
      "  response-header remove X-Powered-By\n  response-header set X-Frame-Options DENY\n"
      "  response-header add Via-Rule r\n",
      {"r"});
  const std::string got = ask("/api/x?q", "X-Secret: 1\r\nX-Env: prod\r\nX-Other: 2\r\n");
  EXPECT_THAT(got, HasSubstr("\nGET /v2/x?q HTTP/1.1\r\nHost: api.internal\r\nX-Other: 2\r\n"
                             "X-Env: lab\r\n\r\n"));
  EXPECT_THAT(got, HasSubstr("\r\nX-Frame-Options: DENY\r\nVia-Rule: r\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("X-Powered-By")));
  EXPECT_THAT(ask("/x"), HasSubstr("X-Powered-By: old"));
}

TEST_F(ProxyRulesTest, ARewrittenPathIsAsStrictAsOneThatCame) {
  serveWith(
      "http-rule files\n  path prefix /static\n  rewrite-path /files/\n"
      "http-rule regex\n  path regex ^/x(.*)$\n  rewrite-path /$1\n",
      {"files", "regex"});
  for (const char* target : {"/static../secret", "/x../secret", "/x.", "/static%2e%2e/secret"}) {
    EXPECT_THAT(ask(target), StartsWith("HTTP/1.1 400 ")) << target;
  }
  EXPECT_THAT(ask("/static/..x"), HasSubstr("\nGET /files//..x HTTP/1.1\r\n"));
  EXPECT_EQ(stats().flaws[static_cast<size_t>(Flaw::kTargetPath)], 4u);
}

TEST_F(ProxyRulesTest, RedirectsWithPartsOfTheRequest) {
  serveWith("http-rule r\n  path regex ^/old/(.*)\n  redirect 308 https://$host/new/$1\n", {"r"});
  const std::string got = ask("/old/x%20y");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 308 Permanent Redirect\r\n"));
  EXPECT_THAT(got, HasSubstr("\r\nLocation: https://a/new/x%20y\r\n"));
  EXPECT_EQ(causes(Cause::kRedirected), 1u);
}

TEST_F(ProxyRulesTest, SharesGoToOtherPools) {
  serveWith("http-rule r\n  split api 100\n", {"r"});
  EXPECT_THAT(ask("/"), HasSubstr("\r\n\r\napi\n"));
  serveWith("http-rule r\n  split api 50\n", {"r"});
  int api = 0;
  for (int i = 0; i < 200; ++i) api += ask("/").find("\r\n\r\napi\n") != std::string::npos;
  // 100; more than five standard deviations to either side.
  EXPECT_GT(api, 60);
  EXPECT_LT(api, 140);
}

TEST_F(ProxyRulesTest, AChangeOfRulesClosesNoConnection) {
  serveWith("http-rule r\n  respond 200 one\n", {"r"});
  TestSocket socket = client();
  socket.send(kGet);
  EXPECT_THAT(socket.readMessage(), HasSubstr("\r\n\r\none\n"));
  serveWith("http-rule r\n  respond 200 two\n", {"r"});
  socket.send(kGet);
  EXPECT_THAT(socket.readMessage(), HasSubstr("\r\n\r\ntwo\n"));
  EXPECT_EQ(stats().connections, 1u);
  EXPECT_EQ(requests("r"), 2u);
}

}  // namespace
}  // namespace sluice::proxy
