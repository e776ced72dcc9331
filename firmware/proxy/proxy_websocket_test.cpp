// SPDX-License-Identifier: Apache-2.0
// Clients that change to WebSocket: the handshake, then bytes both ways.
#include <gmock/gmock.h>

#include "firmware/proxy/proxy_fixture.h"

namespace sluice::proxy {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kAsk[] =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    "Sec-WebSocket-Key: x\r\n\r\n";
constexpr char kAgree[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: y\r\n\r\n";

class ProxyWebSocketTest : public ProxyTest {
 protected:
  // Agrees, says hello at once, and sends back what comes, with a mark.
  static void echo(TestSocket& socket, std::string& seen) {
    seen = socket.readUntil("\r\n\r\n");
    socket.send(std::string(kAgree) + "hello");
    for (;;) {
      const std::string got = socket.read(4);
      if (got.size() < 4) break;
      socket.send("<" + got + ">");
    }
    socket.send("bye");
  }
};

TEST_F(ProxyWebSocketTest, PassesBytesBothWaysUntilBothHaveSaidEverything) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) { echo(socket, seen); });
  serve({server.port()});
  TestSocket socket = client();
  socket.send(kAsk);
  const std::string head = socket.readUntil("\r\n\r\n");
  EXPECT_EQ(head,
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: y\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_EQ(seen,
            "GET /chat HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: x\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_EQ(socket.read(5), "hello");
  EXPECT_EQ(stats().active_websockets, 1u);
  for (const char* word : {"abcd", "\r\n\r\n", "GET "}) {
    socket.send(word);
    EXPECT_EQ(socket.read(6), "<" + std::string(word) + ">");
  }
  socket.finish();
  EXPECT_EQ(socket.readToEnd(), "bye");
  EXPECT_TRUE(eventually([&] { return stats().active_requests == 0; }));
  EXPECT_EQ(stats().websockets, 1u);
  EXPECT_EQ(stats().active_websockets, 0u);
  EXPECT_EQ(stats().bytes_received, 12u);
  EXPECT_EQ(stats().bytes_sent, 26u);
}

TEST_F(ProxyWebSocketTest, GoesOnWithHttpIfTheServerDoesNotAgree) {
  TestServer server([](TestSocket& socket, int) {
    socket.readUntil("\r\n\r\n");
    socket.send("HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno");
    socket.readUntil("\r\n\r\n");
    socket.send(kOk);
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send(std::string(kAsk) + kGet);
  EXPECT_THAT(socket.readMessage(), testing::EndsWith("\r\n\r\nno"));
  EXPECT_EQ(socket.readMessage(), kOk);
  EXPECT_EQ(stats().websockets, 0u);
}

TEST_F(ProxyWebSocketTest, IsNotAskedForWhereItIsOffOrHalfAsked) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) {
    while (!(seen = socket.readUntil("\r\n\r\n")).empty()) socket.send(kOk);
  });
  serve({server.port()}, "  websocket off\n");
  TestSocket off = client();
  off.send(kAsk);
  EXPECT_EQ(off.readMessage(), kOk);
  EXPECT_THAT(seen, Not(HasSubstr("Upgrade")));
  serve({server.port()});
  TestSocket socket = client();
  for (const char* lines : {"Upgrade: websocket\r\n", "Connection: Upgrade\r\n",
                            "Connection: Upgrade\r\nUpgrade: h2c\r\n"}) {
    socket.send(std::string("GET / HTTP/1.1\r\nHost: a\r\n") + lines + "\r\n");
    EXPECT_EQ(socket.readMessage(), kOk);
    EXPECT_THAT(seen, Not(HasSubstr("pgrade"))) << lines;
  }
}

TEST_F(ProxyWebSocketTest, TakesNoOtherProtocolForIt) {
  TestServer server([](TestSocket& socket, int) {
    socket.readUntil("\r\n\r\n");
    socket.send("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n");
  });
  serve({server.port()}, "  retries 0\n");
  TestSocket socket = client();
  socket.send(kAsk);
  EXPECT_THAT(socket.readUntil("\r\n"), HasSubstr(" 502 "));
}

TEST_F(ProxyWebSocketTest, EndsWhenBothAreSilentForTooLong) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) { echo(socket, seen); });
  serve({server.port()}, "  tunnel-timeout 300ms\n");
  TestSocket socket = client();
  socket.send(kAsk);
  socket.readUntil("hello");
  EXPECT_EQ(socket.readToEnd(), "");
  EXPECT_TRUE(eventually([&] { return stats().active_websockets == 0; }));
}

}  // namespace
}  // namespace sluice::proxy
