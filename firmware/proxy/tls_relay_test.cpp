// SPDX-License-Identifier: Apache-2.0
// Virtuals of mode tls between real sockets.
#include "firmware/proxy/tls_relay.h"

#include <gmock/gmock.h>

#include <set>

#include "firmware/proxy/proxy_fixture.h"
#include "firmware/proxy/test_client_hello.h"

namespace sluice::proxy {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using tls::HandshakeFailure;

const std::string kShop = clientHello("shop.example"), kApps = clientHello("a.apps.example"),
                  kOther = clientHello("b.a.apps.example"), kNobody = clientHello(nullptr);

std::string alert(char what) { return std::string("\x15\x03\x03\0\x02\x02", 6) + what; }

// Says its name once something came.
TestServer::Play naming(const std::string& name) {
  return [name](TestSocket& socket, int) {
    socket.read(1);
    socket.send(name);
  };
}

class TlsRelayTest : public ProxyTest {
 protected:
  static std::string pool(const std::string& name, const std::vector<uint16_t>& ports) {
    std::string text = "pool " + name + "\n";
    for (const uint16_t port : ports) text += "  member 127.0.0.1:" + std::to_string(port) + "\n";
    return text;
  }
  std::string service(const std::string& lines) const {
    return "virtual v\n  destination 127.0.0.1:" + std::to_string(port_) + "\n  mode tls\n" + lines;
  }
  // What comes back for a first flight.
  std::string answerTo(const std::string& hello) const {
    TestSocket socket = client();
    socket.send(hello);
    socket.finish();
    return socket.readToEnd();
  }
  uint64_t failures(HandshakeFailure failure) const {
    return stats().handshake_failures[static_cast<size_t>(failure)];
  }
};

TEST_F(TlsRelayTest, TheNameChoosesThePool) {
  TestServer shop(naming("shop")), apps(naming("apps")), rest(naming("rest"));
  apply(pool("s", {shop.port()}) + pool("a", {apps.port()}) + pool("r", {rest.port()}) +
        service(
            "  pool r\n  server-name Shop.example pool s\n  server-name *.apps.example pool a\n"));
  EXPECT_EQ(answerTo(kShop), "shop");
  EXPECT_EQ(answerTo(kApps), "apps");
  EXPECT_EQ(answerTo(kOther), "rest");
  EXPECT_EQ(answerTo(kNobody), "rest");
  ASSERT_TRUE(eventually([&] { return stats().active_connections == 0; }));
  EXPECT_EQ(stats().connections, 4u);
  EXPECT_EQ(stats().bytes_sent, 16u);
  EXPECT_EQ(stats().bytes_received, kShop.size() + kApps.size() + kOther.size() + kNobody.size());
}

TEST_F(TlsRelayTest, BytesArriveAsTheyWereSentAndEndsArePassedOn) {
  const std::string much(3'000'000, 'x');
  TestServer server([&](TestSocket& socket, int) {
    const std::string all = socket.readToEnd();
    socket.send(std::to_string(all.size()));
    socket.send(all);
  });
  apply(pool("p", {server.port()}) + service("  pool p\n"));
  TestSocket socket = client();
  for (const char byte : kShop) socket.send({&byte, 1});
  socket.send(much);
  socket.finish();
  EXPECT_EQ(socket.readToEnd(), std::to_string(kShop.size() + much.size()) + kShop + much);
}

TEST_F(TlsRelayTest, WhoIsNotServedIsToldSo) {
  TestServer server(naming("one"));
  apply("http-profile default\n  header-timeout 200ms\n" + pool("p", {server.port()}) +
        pool("empty", {}) +
        service("  server-name shop.example pool p\n  server-name *.apps.example pool empty\n"));
  EXPECT_EQ(answerTo(kOther), alert(112));
  EXPECT_EQ(answerTo(kNobody), alert(112));
  EXPECT_EQ(answerTo(kApps), alert(80));
  EXPECT_EQ(answerTo("\x16\x03\x01" + std::string("\0\x04\x01\0\0\0", 6)), alert(50));
  EXPECT_EQ(answerTo("GET / HTTP/1.1\r\n\r\n"), "");
  EXPECT_EQ(answerTo(kShop.substr(0, 20)), "");
  TestSocket slow = client();
  slow.send(kShop.substr(0, 20));
  EXPECT_EQ(slow.readToEnd(), "");
  ASSERT_TRUE(eventually([&] { return stats().active_connections == 0; }));
  EXPECT_EQ(failures(HandshakeFailure::kUnknownName), 2u);
  EXPECT_EQ(failures(HandshakeFailure::kOther), 1u);
  EXPECT_EQ(failures(HandshakeFailure::kNotTls), 1u);
  EXPECT_EQ(failures(HandshakeFailure::kClosed), 1u);
  EXPECT_EQ(failures(HandshakeFailure::kTimeout), 1u);
  EXPECT_EQ(causes(Cause::kNoMember), 1u);
  EXPECT_EQ(answerTo(kShop), "one");
}

TEST_F(TlsRelayTest, AMemberThatRefusesIsFollowedByAnother) {
  TestServer server(naming("one"));
  apply(pool("p", {TestServer::freePort(), server.port()}) +
        pool("dead", {TestServer::freePort()}) +
        service("  pool p\n  server-name *.apps.example pool dead\n"));
  EXPECT_EQ(answerTo(kShop), "one");
  EXPECT_EQ(answerTo(kShop), "one");
  EXPECT_EQ(answerTo(kApps), alert(80));
  EXPECT_EQ(causes(Cause::kConnectFailed), 1u);
}

TEST_F(TlsRelayTest, ClientsComeBackByTheirSession) {
  const std::string a(32, 'a'), b(32, 'b'), nobodys(32, 'n');
  TestServer one(naming(serverHello(a))), two(naming(serverHello(b)));
  apply("http-profile default\n  persist tls-session\n" + pool("p", {one.port(), two.port()}) +
        service("  pool p\n"));
  const auto ask = [&](const std::string& session) { return answerTo(resuming(kShop, session)); };
  EXPECT_NE(ask(nobodys), ask(nobodys));  // in turn; now both sessions are known
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(a), serverHello(a));
    EXPECT_EQ(ask(b), serverHello(b));
  }
  EXPECT_EQ(stats().came_back, 6u);
  const auto known = proxy_.persistence(10);
  ASSERT_EQ(known.size(), 2u);
  EXPECT_EQ(known[0].kind, "session");
  EXPECT_EQ(known[0].shown, "6262...");
  EXPECT_EQ(proxy_.clearPersistence({}), 2u);
  EXPECT_TRUE(proxy_.persistence(10).empty());
  ASSERT_TRUE(eventually([&] { return stats().active_connections == 0; }));
  EXPECT_EQ(stats().bytes_received, 8 * kShop.size());
  EXPECT_EQ(stats().bytes_sent, 8 * serverHello(a).size());
}

TEST_F(TlsRelayTest, WhatIsNoSessionIsNotKept) {
  TestServer echo(naming(serverHello(std::string(32, 'e'), 0x0304))), none(naming(serverHello("")));
  TestServer other(naming("no TLS"));
  apply("http-profile default\n  persist tls-session\n" +
        pool("p", {echo.port(), none.port(), other.port()}) + service("  pool p\n"));
  std::set<std::string> answers;
  for (int i = 0; i < 3; ++i) answers.insert(answerTo(kShop));
  EXPECT_EQ(answers.size(), 3u);
  EXPECT_TRUE(proxy_.persistence(10).empty());
}

TEST_F(TlsRelayTest, ClientsComeBackByTheirAddress) {
  TestServer one(naming("one")), two(naming("two"));
  apply("http-profile default\n  persist source\n" + pool("p", {one.port(), two.port()}) +
        service("  pool p\n"));
  const std::string first = answerTo(kShop);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answerTo(kShop), first);
  EXPECT_EQ(stats().came_back, 3u);
}

TEST_F(TlsRelayTest, MembersLearnWhoTheClientIs) {
  TestServer server([&](TestSocket& socket, int) {
    const std::string first = socket.read(1);
    socket.send(first + socket.readToEnd());
  });
  const std::string pools = pool("p", {server.port()});
  apply(pools + service("  pool p\n  send-proxy v1\n"));
  std::string seen = answerTo(kShop);
  EXPECT_THAT(seen, StartsWith("PROXY TCP4 127.0.0.1 127.0.0.1 "));
  EXPECT_THAT(seen, HasSubstr(" " + std::to_string(port_) + "\r\n" + kShop));
  apply(pools + service("  pool p\n  send-proxy v2\n"));
  seen = answerTo(kShop);
  EXPECT_THAT(seen, StartsWith(std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11", 14)));
  EXPECT_THAT(seen, HasSubstr("shop.example" + kShop));
}

TEST_F(TlsRelayTest, SilenceOfBothSidesEndsAConnectionThatOfOneDoesNot) {
  TestServer server([&](TestSocket& socket, int) {
    socket.read(kShop.size());
    // The client is silent for three times the limit, but hears something.
    for (int i = 0; i < 12; ++i) {
      socket.send("x");
      pollfd nothing{-1, 0, 0};
      ::poll(&nothing, 1, 100);
    }
    socket.readToEnd();
  });
  apply("http-profile default\n  tunnel-timeout 400ms\n" + pool("p", {server.port()}) +
        service("  pool p\n"));
  TestSocket socket = client();
  socket.send(kShop);
  EXPECT_EQ(socket.readToEnd(), std::string(12, 'x'));
}

TEST_F(TlsRelayTest, AResetIsPassedOn) {
  TestServer server([&](TestSocket& socket, int) {
    socket.read(1);
    socket.reset();
  });
  apply(pool("p", {server.port()}) + service("  pool p\n"));
  TestSocket socket = client();
  socket.send(kShop);
  EXPECT_EQ(socket.readToEnd(), "");
  ASSERT_TRUE(eventually([&] { return stats().active_connections == 0; }));
}

}  // namespace
}  // namespace sluice::proxy
