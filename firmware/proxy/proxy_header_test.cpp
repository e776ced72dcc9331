// SPDX-License-Identifier: Apache-2.0
// PROXY headers of load balancers before and members behind, between real sockets.
#include <gmock/gmock.h>

#include "firmware/proxy/proxy_fixture.h"
#include "firmware/proxy/proxy_protocol.h"

namespace sluice::proxy {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kHeader[] = "PROXY TCP4 198.51.100.7 203.0.113.10 4711 80\r\n";

class ProxyHeaderTest : public ProxyTest {
 protected:
  // A member whose answer is the head that it got, and what came before it.
  TestServer echo_{[](TestSocket& socket, int) {
    for (std::string head; !(head = socket.readUntil("\r\n\r\n")).empty();)
      socket.send(response(head));
  }};
  void serveFrom(const std::string& networks, const std::string& more = "") {
    apply("http-profile default\n  header-timeout 500ms\npool p\n  member 127.0.0.1:" +
          std::to_string(echo_.port()) +
          "\nvirtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
          "\n  mode http\n  pool p\n" + more + "  accept-proxy " + networks + "\n");
  }
};

TEST_F(ProxyHeaderTest, TheClientIsWhoTheHeaderNames) {
  serveFrom("127.0.0.0/8");
  TestSocket socket = client();
  socket.send(std::string(kHeader) + kGet);
  EXPECT_THAT(socket.readMessage(), HasSubstr("X-Forwarded-For: 198.51.100.7\r\n"));
  socket.send(kGet);
  EXPECT_THAT(socket.readMessage(), HasSubstr("X-Forwarded-For: 198.51.100.7\r\n"));
}

TEST_F(ProxyHeaderTest, HeadersOfVersion2ComeInPieces) {
  serveFrom("127.0.0.0/8");
  const ConnectionEnds ends{*Endpoint::parse("[2001:db8::7]:4711"),
                            *Endpoint::parse("[2001:db8::10]:80")};
  const std::string header = writeProxyV2({ends, "shop.example"});
  TestSocket socket = client();
  for (const char byte : header) socket.send({&byte, 1});
  socket.send(kGet);
  EXPECT_THAT(socket.readMessage(), HasSubstr("X-Forwarded-For: 2001:db8::7\r\n"));
}

TEST_F(ProxyHeaderTest, ALoadBalancerMaySpeakForItself) {
  serveFrom("127.0.0.0/8");
  TestSocket socket = client();
  socket.send(std::string("PROXY UNKNOWN\r\n") + kGet);
  EXPECT_THAT(socket.readMessage(), HasSubstr("X-Forwarded-For: 127.0.0.1\r\n"));
}

TEST_F(ProxyHeaderTest, OthersAreNotBelieved) {
  serveFrom("192.0.2.0/24");
  TestSocket plain = client();
  plain.send(kGet);
  EXPECT_THAT(plain.readMessage(), HasSubstr("X-Forwarded-For: 127.0.0.1\r\n"));
  TestSocket liar = client();
  liar.send(std::string(kHeader) + kGet);
  EXPECT_THAT(liar.readMessage(), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ProxyHeaderTest, WithoutOneConnectionsAreClosedAndCounted) {
  serveFrom("127.0.0.0/8");
  TestSocket missing = client();
  missing.send(kGet);
  EXPECT_EQ(missing.readToEnd(), "");
  EXPECT_EQ(causes(Cause::kProxyMissing), 1u);
  TestSocket malformed = client();
  malformed.send("PROXY TCP4 nobody nowhere 1 2\r\n");
  EXPECT_EQ(malformed.readToEnd(), "");
  EXPECT_EQ(causes(Cause::kProxyMalformed), 1u);
  TestSocket slow = client();
  slow.send("PROXY TCP4 ");
  EXPECT_EQ(slow.readToEnd(), "");
  EXPECT_EQ(causes(Cause::kHeaderTimeout), 1u);
  EXPECT_EQ(stats().connections, 0u);
}

TEST_F(ProxyHeaderTest, MembersAreToldWhatTheHeaderSaid) {
  serveFrom("127.0.0.0/8", "  send-proxy v1\n");
  TestSocket first = client();
  first.send(std::string(kHeader) + kGet);
  EXPECT_THAT(first.readMessage(), HasSubstr("\r\n\r\n" + std::string(kHeader) + "GET / HTTP/1.1"));
  // The member's connection is this client's: it goes on without a header, and nobody else gets it.
  first.send(kGet);
  EXPECT_THAT(first.readMessage(), HasSubstr("\r\n\r\nGET / HTTP/1.1"));
  EXPECT_EQ(echo_.connections(), 1);
  TestSocket second = client();
  second.send("PROXY TCP4 198.51.100.8 203.0.113.10 1 80\r\n" + std::string(kGet));
  EXPECT_THAT(second.readMessage(), HasSubstr("PROXY TCP4 198.51.100.8 203.0.113.10 1 80\r\nGET "));
  EXPECT_EQ(echo_.connections(), 2);
}

TEST_F(ProxyHeaderTest, ItsEndWaitsForNoHeader) {
  const uint16_t port = TestServer::freePort();
  const Config config = parseConfig("pool p\n  member 127.0.0.1:" + std::to_string(echo_.port()) +
                                    "\nvirtual v\n  destination 127.0.0.1:" + std::to_string(port) +
                                    "\n  mode http\n  pool p\n  accept-proxy 127.0.0.0/8\n")
                            .config;
  auto proxy = std::make_unique<Proxy>();
  ASSERT_TRUE(proxy->apply(config, overrides_, viewOf(overrides_, operational_)).ok());
  TestSocket whole = TestSocket::connectTo(port), begun = TestSocket::connectTo(port);
  begun.send("PROXY ");
  // Once this one is answered, the other one is being waited for.
  whole.send(std::string(kHeader) + kGet);
  EXPECT_THAT(whole.readMessage(), StartsWith("HTTP/1.1 200 OK\r\n"));
  const auto start = std::chrono::steady_clock::now();
  proxy.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(begun.readToEnd(), "");
}

}  // namespace
}  // namespace sluice::proxy
