// SPDX-License-Identifier: Apache-2.0
// What rules make of requests, between real sockets.
#include <gmock/gmock.h>

#include "firmware/proxy/mirrors.h"
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
  void serveWith(const std::string& rules, const std::vector<std::string>& names,
                 const std::string& profile = "", const std::string& service = "") {
    std::string text = "http-profile default\n  forwarded off\n" + profile + rules;
    text += "pool web\n  member 127.0.0.1:" + std::to_string(web_.port()) + "\n";
    text += "pool api\n  member 127.0.0.1:" + std::to_string(api_.port()) + "\n";
    text += "virtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
            "\n  mode http\n  pool web\n";
    for (const std::string& name : names) text += "  http-rule " + name + "\n";
    apply(text + service);
  }
  std::string post(const std::string& body) {
    TestSocket socket = client();
    socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
    return socket.readMessage();
  }
  RuleStats rule(const std::string& name) const {
    for (const RuleStats& row : proxy_.statistics().rules) {
      if (row.rule == name) return row;
    }
    return {};
  }
  std::string ask(const std::string& target, const std::string& headers = "") {
    TestSocket socket = client();
    socket.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    return socket.readMessage();
  }
  uint64_t requests(const std::string& name) const { return rule(name).requests; }

  uint64_t answersOf(const std::string& pool) const {
    for (const MemberStats& row : proxy_.statistics().members) {
      if (row.pool == pool) return row.by_server[1];
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

TEST_F(ProxyRulesTest, AllThatMatchDoTheirPartUpToTheFirstThatDecides) {
  const std::string rules =
      "http-rule mark\n  request-header set X-Mark one\n  request-header set X-Seen 1\n  log "
      "first\n"
      "http-rule other\n  path exact /never\n  request-header set X-Never 1\n"
      "http-rule again\n  request-header set X-Mark two\n  rewrite-path /all\n"
      "http-rule api\n  pool api\n  response-header set X-Api 1\n"
      "http-rule late\n  respond 403\n";
  const std::vector<std::string> names = {"mark", "other", "again", "api", "late"};
  serveWith(rules, names, "", "  rule-mode all\n");
  const std::string got = ask("/x");
  EXPECT_THAT(got, HasSubstr("\r\nX-Api: 1\r\n"));
  EXPECT_THAT(got, HasSubstr("\r\n\r\napi\nGET /all HTTP/1.1\r\nHost: a\r\nX-Seen: 1\r\n"
                             "X-Mark: two\r\n\r\n"));
  EXPECT_EQ(requests("late"), 0u);
  EXPECT_EQ(requests("other"), 0u);
  serveWith(rules, names);
  EXPECT_THAT(ask("/x"), HasSubstr("\r\n\r\nweb\nGET /x HTTP/1.1\r\nHost: a\r\nX-Mark: one\r\n"));
  EXPECT_EQ(requests("mark"), 2u);
  EXPECT_EQ(requests("again"), 1u);
}

TEST_F(ProxyRulesTest, TooManyRequestsOfAKeyAreToldWhenToComeAgain) {
  serveWith("http-rule limit\n  rate-limit 2 per 1h by header X-Key\n", {"limit"});
  EXPECT_THAT(ask("/", "X-Key: a\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask("/", "X-Key: a\r\n"), StartsWith("HTTP/1.1 200 "));
  const std::string limited = ask("/", "X-Key: a\r\n");
  EXPECT_THAT(limited, StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(limited, testing::ContainsRegex("\r\nRetry-After: (1800|1799)\r\n"));
  EXPECT_THAT(ask("/", "X-Key: b\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(rule("limit").limited, 1u);
  EXPECT_EQ(causes(Cause::kRateLimited), 1u);
  // What was counted outlives a change of configuration.
  serveWith("http-rule limit\n  rate-limit 2 per 1h by header X-Key\n  log x\n", {"limit"});
  EXPECT_THAT(ask("/", "X-Key: a\r\n"), StartsWith("HTTP/1.1 429 "));
}

TEST_F(ProxyRulesTest, ATarpitAnswersLateAndHoldsUpOnlySoMany) {
  serveWith("http-rule pit\n  tarpit 200ms\n  respond 418 no\n", {"pit"}, "  tarpit-limit 1\n");
  const auto before = std::chrono::steady_clock::now();
  TestSocket held = client();
  held.send(kGet);
  ASSERT_TRUE(eventually([&] { return rule("pit").tarpitted == 1; }));
  EXPECT_THAT(ask("/"), StartsWith("HTTP/1.1 418 "));
  EXPECT_EQ(rule("pit").tarpits_skipped, 1u);
  EXPECT_THAT(held.readMessage(), StartsWith("HTTP/1.1 418 "));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(200));
  EXPECT_EQ(causes(Cause::kTarpitted), 2u);
  serveWith("http-rule pit\n  tarpit 1ms\n", {"pit"});
  EXPECT_THAT(ask("/"), StartsWith("HTTP/1.1 403 "));
}

TEST_F(ProxyRulesTest, ShutdownDoesNotWaitForATarpit) {
  serveWith("http-rule pit\n  tarpit 1h\n", {"pit"});
  TestSocket held = client();
  held.send(kGet);
  ASSERT_TRUE(eventually([&] { return rule("pit").tarpitted == 1; }));
}  // the proxy ends here

TEST_F(ProxyRulesTest, BodiesAreLookedAtAndPassedOnWhole) {
  serveWith(
      "http-rule bad\n  body contains DROP\n  respond 403\n"
      "http-rule api\n  body regex ^\\{\n  pool api\n",
      {"bad", "api"}, "  inspect-body 100\n");
  EXPECT_THAT(post("x DROP y"), StartsWith("HTTP/1.1 403 "));
  const std::string json = "{" + std::string(50'000, 'j') + "}";
  EXPECT_THAT(post(json), HasSubstr("\r\n\r\napi\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                                    std::to_string(json.size()) + "\r\n\r\n" + json));
  // What comes behind the bytes that are looked at is not seen.
  EXPECT_THAT(post(std::string(100, 'x') + "DROP"), HasSubstr("\r\n\r\nweb\n"));
  EXPECT_THAT(post(""), HasSubstr("\r\n\r\nweb\n"));
  EXPECT_THAT(ask("/"), HasSubstr("\r\n\r\nweb\n"));
  EXPECT_EQ(requests("bad"), 1u);
}

TEST_F(ProxyRulesTest, ABodyThatIsTooLongToBeLookedAtMayBeRefused) {
  serveWith("http-rule bad\n  body contains DROP\n  respond 403\n", {"bad"},
            "  inspect-body 100\n  inspect-excess refuse\n");
  EXPECT_THAT(post(std::string(100, 'x')), HasSubstr("\r\n\r\nweb\n"));
  EXPECT_THAT(post(std::string(101, 'x')), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(causes(Cause::kBodyInspected), 1u);
}

TEST_F(ProxyRulesTest, AClientThatAsksFirstIsToldToSendWhatIsLookedAt) {
  serveWith("http-rule bad\n  body contains DROP\n  respond 403\n", {"bad"});
  TestSocket socket = client();
  socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(socket.readUntil("\r\n\r\n"), StartsWith("HTTP/1.1 100 "));
  socket.send("DR");
  socket.send("OP");
  EXPECT_THAT(socket.readMessage(), StartsWith("HTTP/1.1 403 "));
}

TEST_F(ProxyRulesTest, CopiesGoToAnotherPoolAndNobodyWaitsForThem) {
  serveWith("http-rule copy\n  mirror api\n  request-header set X-Env live\n", {"copy"});
  EXPECT_THAT(ask("/x"), HasSubstr("\r\n\r\nweb\nGET /x "));
  ASSERT_TRUE(eventually([&] { return api_.connections() == 1; }));
  EXPECT_THAT(post("body"), HasSubstr("\r\n\r\nweb\nPOST / "));
  ASSERT_TRUE(eventually([&] { return answersOf("api") == 2; }));
  EXPECT_EQ(rule("copy").mirrored, 2u);
  // More than may be held is not copied.
  EXPECT_THAT(post(std::string(70'000, 'x')), HasSubstr("\r\n\r\nweb\n"));
  ASSERT_TRUE(eventually([&] { return rule("copy").mirrors_skipped == 1; }));
  EXPECT_EQ(answersOf("api"), 2u);
}

TEST_F(ProxyRulesTest, AMirrorThatSaysNothingHoldsNobodyUp) {
  const TestServer silent([](TestSocket& socket, int) { socket.readToEnd(); });
  apply(
      "http-profile default\n  forwarded off\nhttp-rule copy\n  mirror silent\npool web\n  member "
      "127.0.0.1:" +
      std::to_string(web_.port()) +
      "\npool silent\n  member 127.0.0.1:" + std::to_string(silent.port()) +
      "\nvirtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
      "\n  mode http\n  pool web\n  http-rule copy\n");
  TestSocket socket = client();
  constexpr size_t kRequests = Mirrors::kMostAtATime + 6;
  for (size_t i = 0; i < kRequests; ++i) {
    socket.send(kGet);
    EXPECT_THAT(socket.readMessage(), StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_EQ(rule("copy").mirrored, Mirrors::kMostAtATime);
  EXPECT_EQ(rule("copy").mirrors_skipped, 6u);
}  // the proxy ends here, and with it the copies

TEST_F(ProxyRulesTest, DataGroupsChangeWithoutAConfiguration) {
  serveWith("data-group bad\n  prefix /old\nhttp-rule deny\n  path in bad\n  respond 403\n",
            {"deny"});
  const DataGroup::Entry entry{.kind = DataGroup::Entry::Kind::kText, .text = "/x"};
  const auto edit = [&](Proxy::GroupEdit what) {
    ASSERT_TRUE(proxy_.editGroup("bad", what, entry).ok());
    ASSERT_TRUE(proxy_.refresh(overrides_, viewOf(overrides_, operational_)).ok());
  };
  const auto denied = [&](const char* target) { return ask(target).starts_with("HTTP/1.1 403 "); };
  EXPECT_TRUE(denied("/old/1"));
  EXPECT_FALSE(denied("/x"));
  edit(Proxy::GroupEdit::kAdd);
  EXPECT_TRUE(eventually([&] { return denied("/x"); }));
  // A change of the configuration keeps it.
  serveWith("data-group bad\n  prefix /new\nhttp-rule deny\n  path in bad\n  respond 403\n",
            {"deny"});
  EXPECT_TRUE(denied("/x"));
  EXPECT_FALSE(denied("/old/1"));
  edit(Proxy::GroupEdit::kRemove);
  EXPECT_TRUE(eventually([&] { return !denied("/x"); }));
  EXPECT_FALSE(proxy_.editGroup("none", Proxy::GroupEdit::kAdd, entry).ok());
}

}  // namespace
}  // namespace sluice::proxy
