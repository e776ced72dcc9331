// SPDX-License-Identifier: Apache-2.0
// Clients that come back to their member, requests that are tried again, and what clients get when
// nobody can serve them, between real sockets.
#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>

#include "firmware/proxy/proxy_fixture.h"

namespace sluice::proxy {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// Answers with its name and the Cookie header that it got.
TestServer::Play cookies(const std::string& name) {
  return [name](TestSocket& socket, int) {
    for (std::string request; !(request = socket.readMessage()).empty();) {
      const size_t at = request.find("Cookie: ");
      const std::string line =
          at == std::string::npos ? "" : request.substr(at, request.find("\r\n", at) - at);
      socket.send(response(name + " " + line));
    }
  };
}

class ProxyPersistenceTest : public ProxyTest {
 protected:
  ProxyPersistenceTest() : one_(cookies("one")), two_(cookies("two")) {}

  void serveBoth(const std::string& profile = "  cookie back\n") {
    serve({one_.port(), two_.port()}, profile);
  }
  std::string ask(const std::string& headers = "") {
    TestSocket socket = client();
    socket.send("GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    return socket.readMessage();
  }
  // "Cookie: NAME=VALUE\r\n" of a response, and its body.
  static std::string cookieOf(const std::string& response) {
    const size_t at = response.find("Set-Cookie: ");
    if (at == std::string::npos) return "";
    return "Cookie: " + response.substr(at + 12, response.find(';', at) - at - 12) + "\r\n";
  }
  static std::string bodyOf(const std::string& response) {
    return response.substr(response.find("\r\n\r\n") + 4);
  }
  void setState(const TestServer& server, AdminState state) {
    operational_.members[{"p", *Endpoint::parse("127.0.0.1:" + std::to_string(server.port()))}] = {
        .state = state};
    ASSERT_TRUE(proxy_.refresh(overrides_, viewOf(overrides_, operational_)).ok());
  }
  // Whom new clients get.
  bool newClientsGet(const std::string& name) {
    return bodyOf(ask()).starts_with(name) && bodyOf(ask()).starts_with(name);
  }

  TestServer one_, two_;
};

TEST_F(ProxyPersistenceTest, ACookieLeadsClientsBackAndIsNeverSeenByServers) {
  serveBoth();
  const std::string first = ask();
  EXPECT_THAT(first, HasSubstr("\r\nSet-Cookie: back-"));
  EXPECT_THAT(first, HasSubstr("; Path=/; HttpOnly; SameSite=Lax\r\n"));
  EXPECT_THAT(first, Not(HasSubstr("127.0.0.1")));
  const std::string cookie = cookieOf(first), server = bodyOf(first).substr(0, 3);
  for (int i = 0; i < 5; ++i) {
    const std::string again = ask(cookie);
    EXPECT_EQ(bodyOf(again), server + " ");
    EXPECT_THAT(again, Not(HasSubstr("Set-Cookie")));
  }
  const std::string mixed =
      ask("Cookie: a=b; " + cookie.substr(8, cookie.size() - 10) + "; c=d\r\n");
  EXPECT_EQ(bodyOf(mixed), server + " Cookie: a=b; c=d");
  ASSERT_TRUE(eventually([&] { return stats().came_back == 6; }));
}

TEST_F(ProxyPersistenceTest, CookiesThatAreMadeUpCountForNothing) {
  serveBoth("  cookie back\n  cookie-time 1h\n");
  std::string cookie = cookieOf(ask());
  cookie[cookie.find('=') + 5] ^= 1;
  EXPECT_THAT(ask(cookie), HasSubstr("; Max-Age=3600\r\n"));
  EXPECT_EQ(stats().came_back, 0u);
}

TEST_F(ProxyPersistenceTest, ClientsStayWithADrainingMemberAndLeaveOneThatIsDown) {
  serveBoth();
  std::string first = ask();
  while (!bodyOf(first).starts_with("one")) first = ask();
  const std::string cookie = cookieOf(first);
  setState(one_, AdminState::kDrain);
  ASSERT_TRUE(eventually([&] { return newClientsGet("two"); }));
  EXPECT_EQ(bodyOf(ask(cookie)), "one ");
  setState(one_, AdminState::kDown);
  std::string moved;
  ASSERT_TRUE(eventually([&] { return bodyOf(moved = ask(cookie)) == "two "; }));
  // The next one comes back to the new member, whoever is up again.
  setState(one_, AdminState::kUp);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(bodyOf(ask(cookieOf(moved))), "two ");
}

TEST_F(ProxyPersistenceTest, ABackupPoolServesWhileNobodyElseCan) {
  const std::string text =
      "http-profile default\n  forwarded off\npool spare\n  member 127.0.0.1:" +
      std::to_string(two_.port()) +
      "\npool p\n  backup-pool spare\n  member 127.0.0.1:" + std::to_string(one_.port()) +
      "\nvirtual v\n  destination 127.0.0.1:" + std::to_string(port_) + "\n  mode http\n  pool p\n";
  apply(text);
  EXPECT_EQ(bodyOf(ask()), "one ");
  setState(one_, AdminState::kDown);
  EXPECT_TRUE(eventually([&] { return bodyOf(ask()) == "two "; }));
  setState(one_, AdminState::kUp);
  EXPECT_TRUE(eventually([&] { return bodyOf(ask()) == "one "; }));
}

TEST_F(ProxyPersistenceTest, ASorryPageIsForClientsThatNobodyCanServe) {
  const std::string file = testing::TempDir() + "sluice-sorry-" + std::to_string(::getpid());
  std::ofstream(file) << "<h1>Back soon</h1>";
  serveBoth("  sorry-page " + file + "\n");
  setState(one_, AdminState::kDown);
  setState(two_, AdminState::kDown);
  std::string got;
  ASSERT_TRUE(eventually([&] { return (got = ask()).starts_with("HTTP/1.1 503"); }));
  EXPECT_THAT(got, HasSubstr("\r\nContent-Type: text/html; charset=utf-8\r\n"));
  EXPECT_EQ(bodyOf(got), "<h1>Back soon</h1>");
  std::remove(file.c_str());
  // It was read once; a file that is missing refuses a change.
  EXPECT_EQ(bodyOf(ask()), "<h1>Back soon</h1>");
  EXPECT_FALSE(proxy_.check(config_).ok());
}

TEST_F(ProxyPersistenceTest, RequestsAreTriedAgainAsOftenAsTheProfileSays) {
  const std::vector<uint16_t> gone = {TestServer::freePort(), TestServer::freePort(),
                                      TestServer::freePort()};
  serve(gone, "  retries 1\n");
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(stats().retries, 1u);
  serve(gone, "  retries 0\n");
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(stats().retries, 1u);
}

TEST_F(ProxyPersistenceTest, ABudgetBoundsWhatIsTriedAgain) {
  serve({TestServer::freePort(), TestServer::freePort()}, "  retry-budget 10\n");
  for (int i = 0; i < 50; ++i) ask();
  // Ten out of nothing, and a tenth of fifty.
  ASSERT_TRUE(eventually([&] { return stats().total.count() == 50; }));
  EXPECT_EQ(stats().retries, 15u);
  EXPECT_EQ(stats().retries_refused, 35u);
}

TEST_F(ProxyPersistenceTest, ClientsOfANetworkStayTogether) {
  serveBoth("  persist source v4 8\n");
  const std::string first = bodyOf(ask());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(bodyOf(ask()), first);
  ASSERT_EQ(proxy_.persistence(10).size(), 1u);
  EXPECT_EQ(proxy_.persistence(10)[0].shown, "127.0.0.0/8");
  EXPECT_EQ(stats().came_back, 5u);
  // The table outlives a change; what is cleared is spread anew: in turn, so to the other one.
  serveBoth("  persist source v4 8\n  retries 2\n");
  EXPECT_EQ(bodyOf(ask()), first);
  EXPECT_EQ(proxy_.clearPersistence({"v", "p", {}}), 1u);
  EXPECT_TRUE(eventually([&] {
    proxy_.clearPersistence({});
    return bodyOf(ask()) != first;
  }));
}

TEST_F(ProxyPersistenceTest, AHeaderLeadsClientsBack) {
  serveBoth("  persist header X-Session\n");
  const std::string a = bodyOf(ask("X-Session: a\r\n"));
  const std::string b = bodyOf(ask("X-Session: b\r\n"));
  EXPECT_NE(a, b);  // in turn
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(bodyOf(ask("X-Session: a\r\n")), a);
    EXPECT_EQ(bodyOf(ask("X-Session: b\r\n")), b);
  }
  ask();
  EXPECT_EQ(proxy_.persistence(10).size(), 2u);
}

TEST_F(ProxyPersistenceTest, KnownClientsAreForgottenInTime) {
  serveBoth("  persist header X-Session\n  persist-time 1ms\n");
  const std::string a = bodyOf(ask("X-Session: a\r\n"));
  EXPECT_TRUE(eventually([&] { return bodyOf(ask("X-Session: a\r\n")) != a; }));
}

TEST_F(ProxyPersistenceTest, WhoDrainsKeepsKnownClientsAndWhoIsDownLosesThem) {
  serveBoth("  persist header X-Session\n");
  const std::string first = bodyOf(ask("X-Session: a\r\n")),
                    other = first == "one " ? "two " : "one ";
  const TestServer& server = first == "one " ? one_ : two_;
  setState(server, AdminState::kDrain);
  ASSERT_TRUE(eventually([&] { return newClientsGet(other.substr(0, 3)); }));
  EXPECT_EQ(bodyOf(ask("X-Session: a\r\n")), first);
  setState(server, AdminState::kDown);
  ASSERT_TRUE(eventually([&] { return bodyOf(ask("X-Session: a\r\n")) == other; }));
  setState(server, AdminState::kUp);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bodyOf(ask("X-Session: a\r\n")), other);
}

// Gives every client without a cookie a session of its own name, and says what cookie it got.
TestServer::Play sessions(const std::string& name) {
  return [name](TestSocket& socket, int) {
    for (std::string request; !(request = socket.readMessage()).empty();) {
      const size_t at = request.find("Cookie: ");
      const std::string line =
          at == std::string::npos ? "" : request.substr(at, request.find("\r\n", at) - at);
      socket.send(response(name + " " + line,
                           line.empty() ? "Set-Cookie: SID=session-" + name + "; Path=/\r\n" : ""));
    }
  };
}

TEST_F(ProxyPersistenceTest, TheServersOwnCookieLeadsBack) {
  const TestServer a(sessions("a")), b(sessions("b"));
  serve({a.port(), b.port()}, "  persist server-cookie SID\n");
  const std::string first = ask(), second = ask();
  EXPECT_NE(bodyOf(first), bodyOf(second));
  EXPECT_EQ(cookieOf(first), "Cookie: SID=session-" + bodyOf(first).substr(0, 1) + "\r\n");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(bodyOf(ask(cookieOf(first))), StartsWith(bodyOf(first)));
    EXPECT_THAT(bodyOf(ask(cookieOf(second))), StartsWith(bodyOf(second)));
  }
  for (const auto& row : proxy_.persistence(10)) EXPECT_EQ(row.shown, "sess...");
}

TEST_F(ProxyPersistenceTest, AServersCookieCarriesOurWordToTheClientAndBack) {
  const TestServer a(sessions("a")), b(sessions("b"));
  serve({a.port(), b.port()}, "  persist rewrite-cookie SID\n");
  const std::string first = ask();
  EXPECT_THAT(first, testing::ContainsRegex(
                         "\r\nSet-Cookie: SID=[-_A-Za-z0-9]{64}[.]session-[ab]; Path=/\r\n"));
  const std::string name = bodyOf(first).substr(0, 1);
  for (int i = 0; i < 4; ++i) {
    // The server sees what it gave.
    EXPECT_EQ(bodyOf(ask("Cookie: x=1; " + cookieOf(first).substr(8))),
              name + " Cookie: x=1; SID=session-" + name);
  }
  EXPECT_EQ(proxy_.persistence(10).size(), 0u);
  EXPECT_EQ(stats().came_back, 4u);
  // What is not ours goes through as it is.
  EXPECT_THAT(bodyOf(ask("Cookie: SID=aaaa.session\r\n")), HasSubstr("Cookie: SID=aaaa.session"));
}

}  // namespace
}  // namespace sluice::proxy
