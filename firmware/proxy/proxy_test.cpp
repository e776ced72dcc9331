// SPDX-License-Identifier: Apache-2.0
// The proxy between real sockets: what a client says, what servers get, what comes back.
#include <gmock/gmock.h>

#include <chrono>

#include "firmware/proxy/proxy_fixture.h"

namespace sluice::proxy {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(ProxyTest, SendsRequestsOnAndAnswersBackOverConnectionsThatStay) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) {
    seen = socket.readMessage();
    socket.send(response("one"));
    EXPECT_THAT(socket.readMessage(), StartsWith("GET /2 "));
    socket.send(response("two"));
  });
  serve({server.port()}, "  forwarded replace\n");
  TestSocket socket = client();
  socket.send("GET /1?x HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
  EXPECT_EQ(socket.readMessage(), response("one"));
  EXPECT_EQ(seen,
            "GET /1?x HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 127.0.0.1\r\n"
            "X-Forwarded-Proto: http\r\nX-Forwarded-Host: shop.example\r\n"
            "X-Forwarded-Port: " +
                std::to_string(port_) +
                "\r\n"
                "Forwarded: for=127.0.0.1;host=\"shop.example\";proto=http\r\n\r\n");
  socket.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(socket.readMessage(), response("two"));
  EXPECT_EQ(server.connections(), 1);
  ASSERT_TRUE(eventually([&] { return stats().total.count() == 2; }));
  EXPECT_EQ(stats().connections, 1u);
  EXPECT_EQ(stats().by_server[1], 2u);
  const MemberStats member = proxy_.statistics().members.at(0);
  EXPECT_EQ(member.connections, 1u);
  EXPECT_EQ(member.reused, 1u);
  EXPECT_EQ(member.by_server[1], 2u);
}

TEST_F(ProxyTest, AnswersPipelinedRequestsInOrder) {
  TestServer server([](TestSocket& socket, int) {
    for (;;) {
      const std::string request = socket.readMessage();
      if (request.empty()) return;
      socket.send(response(request.substr(0, request.find(" HTTP"))));
    }
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
      "abcGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /4 HTTP/1.1\r\n");
  EXPECT_EQ(socket.readToEnd(), response("GET /1") + response("POST /2") +
                                    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n"
                                    "Connection: close\r\n\r\nGET /3");
}

TEST_F(ProxyTest, PassesChunksAndTrailersBothWays) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) {
    seen = socket.readUntil("\r\n\r\n");
    seen += socket.readUntil("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n");
    socket.send("0\r\nDigest: y\r\n\r\n");
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;ext\r\nhello\r\n");
  socket.send("0\r\nA: b\r\n\r\n");
  EXPECT_EQ(socket.readUntil("\r\n\r\n"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(socket.readUntil("\r\n\r\n"), "3\r\nabc\r\n0\r\nDigest: y\r\n\r\n");
  EXPECT_EQ(seen,
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n0\r\nA: b\r\n\r\n");
}

TEST_F(ProxyTest, FramesAResponseThatEndsWithItsConnection) {
  TestServer server([](TestSocket& socket, int) {
    socket.readMessage();
    socket.send("HTTP/1.0 200 OK\r\n\r\nhello");
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send(kGet);
  EXPECT_EQ(socket.readUntil("0\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  TestSocket old = client();
  old.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old.readToEnd(), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
}

TEST_F(ProxyTest, LetsTheServerDecideAboutAnExpectedBody) {
  TestServer server([](TestSocket& socket, int) {
    EXPECT_THAT(socket.readUntil("\r\n\r\n"), HasSubstr("\r\nExpect: 100-continue\r\n"));
    socket.send("HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(socket.read(5), "hello");
    socket.send(kOk);
    EXPECT_THAT(socket.readUntil("\r\n\r\n"), HasSubstr("\r\nExpect: 100-continue\r\n"));
    socket.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(socket.readToEnd(), "");
  });
  serve({server.port()});
  const std::string head =
      "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  TestSocket socket = client();
  socket.send(head);
  EXPECT_EQ(socket.readUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("hello");
  EXPECT_EQ(socket.readMessage(), kOk);
  socket.send(head);
  EXPECT_EQ(socket.readToEnd(),
            "HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_F(ProxyTest, RefusesWhatIsAmbiguousBeforeAServerHearsOfIt) {
  TestServer server(named("server"));
  serve({server.port()});
  TestSocket socket = client();
  socket.send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = socket.readToEnd();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("there are both Content-Length and Transfer-Encoding\n"));
  EXPECT_EQ(server.connections(), 0);
  EXPECT_EQ(stats().flaws[static_cast<size_t>(Flaw::kLengthConflict)], 1u);
  EXPECT_EQ(stats().by_appliance[3], 1u);
}

TEST_F(ProxyTest, RefusesABodyThatGoesWrongOnTheWay) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) { seen = socket.readToEnd(); });
  serve({server.port()});
  TestSocket socket = client();
  socket.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  ASSERT_TRUE(eventually([&] { return server.connections() == 1; }));
  socket.send("5\nhello\r\n0\r\n\r\n");
  EXPECT_THAT(socket.readToEnd(), StartsWith("HTTP/1.1 400 "));
  ASSERT_TRUE(eventually([&] { return !seen.empty(); }));
  EXPECT_THAT(seen, EndsWith("\r\n\r\n5\r\nhello\r\n"));
}

TEST_F(ProxyTest, RepeatsARequestWhoseWaitingConnectionWasClosed) {
  TestServer server([](TestSocket& socket, int number) {
    socket.readMessage();
    socket.send(response(std::to_string(number)));
    // The next request finds the connection ending at that very moment.
    if (number == 0) socket.readMessage();
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send(kGet);
  EXPECT_EQ(socket.readMessage(), response("0"));
  socket.send(kGet);
  EXPECT_EQ(socket.readMessage(), response("1"));
  EXPECT_EQ(stats().retries, 1u);
}

TEST_F(ProxyTest, NeverRepeatsWhatMayHaveHadAnEffect) {
  TestServer server([](TestSocket& socket, int) {
    socket.readMessage();
    socket.send(kOk);
    socket.readMessage();
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send(kGet);
  EXPECT_EQ(socket.readMessage(), kOk);
  socket.send("POST / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(socket.readMessage(), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(ProxyTest, DoesNotTakeWhatAServerSaysUnaskedForAnAnswer) {
  TestServer server([](TestSocket& socket, int number) {
    socket.readMessage();
    socket.send(response(std::to_string(number)) + (number == 0 ? response("poison") : ""));
    socket.readMessage();
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send(kGet);
  EXPECT_EQ(socket.readMessage(), response("0"));
  socket.send(kGet);
  EXPECT_EQ(socket.readMessage(), response("1"));
}

TEST_F(ProxyTest, GoesToAnotherMemberIfOneTakesNoConnections) {
  TestServer server(named("server"));
  serve({TestServer::freePort(), server.port()});
  TestSocket socket = client();
  for (int i = 0; i < 4; ++i) {
    socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(socket.readMessage(), response("server"));
  }
  EXPECT_GT(stats().retries, 0u);
}

TEST_F(ProxyTest, SaysThatNobodyIsThere) {
  serve({TestServer::freePort()});
  TestSocket socket = client();
  socket.send(kGet);
  EXPECT_THAT(socket.readMessage(), StartsWith("HTTP/1.1 502 "));
  serve({});
  socket.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = socket.readUntil("\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(answer, Not(HasSubstr("127.0.0.1")));
  EXPECT_EQ(causes(Cause::kConnectFailed), 1u);
  EXPECT_EQ(causes(Cause::kNoMember), 1u);
}

TEST_F(ProxyTest, LeavesMembersOutThatDrainOrAreDown) {
  TestServer one(named("one")), two(named("two"));
  serve({one.port(), two.port()});
  const MemberKey key{"p", config_.pools[0].members[0].endpoint};
  const auto allFromTwo = [&] {
    ASSERT_TRUE(proxy_.apply(config_, overrides_, viewOf(overrides_, operational_)).ok());
    TestSocket socket = client();
    for (int i = 0; i < 4; ++i) {
      socket.send(kGet);
      EXPECT_EQ(socket.readMessage(), response("two"));
    }
  };
  overrides_.members[key].admin = AdminState::kDrain;
  allFromTwo();
  // What a monitor found counts as well.
  overrides_ = {};
  operational_.members[key].state = AdminState::kDown;
  allFromTwo();
}

TEST_F(ProxyTest, ChangesWithoutClosingAConnection) {
  TestServer one(named("one")), two(named("two"));
  serve({one.port()});
  TestSocket socket = client();
  for (int i = 0; i < 50; ++i) {
    const bool odd = i % 2 == 1;
    serve({odd ? two.port() : one.port()});
    // Plans take effect soon: within these requests, without an error.
    ASSERT_TRUE(eventually([&] {
      socket.send(kGet);
      return socket.readMessage() == response(odd ? "two" : "one");
    }));
  }
  EXPECT_EQ(stats().connections, 1u);
}

TEST_F(ProxyTest, EndsConnectionsOfAVirtualThatIsGone) {
  TestServer server(named("server"));
  serve({server.port()});
  TestSocket socket = client();
  socket.send(kGet);
  EXPECT_EQ(socket.readMessage(), response("server"));
  apply("");
  ASSERT_TRUE(eventually([&] { return !client().open(); }));
  socket.send(kGet);
  EXPECT_THAT(socket.readToEnd(), HasSubstr("Connection: close"));
}

TEST_F(ProxyTest, NeverPassesABrokenResponseOffAsWhole) {
  TestServer server([](TestSocket& socket, int number) {
    socket.readMessage();
    socket.send(number == 0
                    ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
                    : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  });
  serve({server.port()});
  TestSocket first = client();
  first.send(kGet);
  EXPECT_THAT(first.readToEnd(), EndsWith("Content-Length: 10\r\n\r\nhello"));
  TestSocket second = client();
  second.send(kGet);
  EXPECT_THAT(second.readToEnd(), EndsWith("\r\n\r\n5\r\nhello\r\n"));
  EXPECT_TRUE(eventually([&] { return causes(Cause::kServerTruncated) == 2; }));
}

TEST_F(ProxyTest, RefusesResponsesThatAreNotValid) {
  const char* bad[] = {"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                       "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "SSH-2.0-x\r\n\r\n"};
  TestServer server([&](TestSocket& socket, int number) {
    socket.readMessage();
    socket.send(bad[number]);
  });
  serve({server.port()});
  TestSocket socket = client();
  for (size_t i = 0; i < std::size(bad); ++i) {
    socket.send(kGet);
    EXPECT_THAT(socket.readMessage(), StartsWith("HTTP/1.1 502 ")) << bad[i];
  }
  EXPECT_EQ(causes(Cause::kBadResponse), std::size(bad));
}

TEST_F(ProxyTest, HasPatienceForEachPhase) {
  TestServer server([](TestSocket& socket, int) { socket.readToEnd(); });
  serve({server.port()},
        "  header-timeout 300ms\n  body-timeout 300ms\n  response-timeout 300ms\n"
        "  idle-timeout 300ms\n");
  TestSocket header = client(), body = client(), waiting = client(), silent = client();
  header.send("GET / HTTP/1.1\r\nHost:");
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell");
  waiting.send(kGet);
  EXPECT_THAT(header.readToEnd(), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(body.readToEnd(), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(waiting.readToEnd(), StartsWith("HTTP/1.1 504 "));
  EXPECT_EQ(silent.readToEnd(), "");
  EXPECT_EQ(causes(Cause::kHeaderTimeout), 1u);
  EXPECT_EQ(causes(Cause::kBodyTimeout), 1u);
  EXPECT_EQ(causes(Cause::kServerTimeout), 1u);
}

TEST_F(ProxyTest, EndsAnUploadThatTheServerDoesNotWant) {
  TestServer server([](TestSocket& socket, int) {
    socket.readUntil("\r\n\r\n");
    socket.send("HTTP/1.1 413 Too much\r\nContent-Length: 0\r\n\r\n");
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nsome");
  EXPECT_EQ(socket.readToEnd(),
            "HTTP/1.1 413 Too much\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_F(ProxyTest, LimitsBodiesAndConnections) {
  TestServer server([](TestSocket& socket, int) { socket.readToEnd(); });
  serve({server.port()}, "  max-body 10\n", "", "  connection-limit 2\n");
  TestSocket length = client();
  length.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(length.readToEnd(), StartsWith("HTTP/1.1 413 "));
  TestSocket chunked = client();
  chunked.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "b\r\n0123456789a\r\n0\r\n\r\n");
  EXPECT_THAT(chunked.readToEnd(), StartsWith("HTTP/1.1 413 "));
  ASSERT_TRUE(eventually([&] { return stats().active_connections == 0; }));
  TestSocket one = client(), two = client();
  ASSERT_TRUE(eventually([&] { return stats().active_connections == 2; }));
  EXPECT_EQ(client().readToEnd(), "");
  EXPECT_EQ(stats().refused_connections, 1u);
}

TEST_F(ProxyTest, HoldsAServerBackThatIsFasterThanTheClient) {
  constexpr size_t kSize = size_t{64} << 20;
  std::atomic<size_t> sent_at_stall{0};
  TestServer server([&](TestSocket& socket, int) {
    socket.readMessage();
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
    const std::string chunk(65'536, 'x');
    for (size_t sent = 0; sent < kSize && socket.send(chunk);) {
      sent += chunk.size();
      if (sent_at_stall == 0 && !socket.writable(500)) sent_at_stall = sent;
    }
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send(kGet);
  const std::string head = socket.readUntil("\r\n\r\n");
  // Until the client reads: what the kernel's buffers hold, and no more.
  ASSERT_TRUE(eventually([&] { return sent_at_stall != 0; }));
  EXPECT_LT(sent_at_stall, kSize / 2);
  EXPECT_EQ(socket.read(kSize), std::string(kSize, 'x'));
}

TEST_F(ProxyTest, PassesALargeUploadOn) {
  constexpr size_t kSize = size_t{8} << 20;
  std::atomic<size_t> received{0};
  TestServer server([&](TestSocket& socket, int) {
    socket.readUntil("\r\n\r\n");
    received = socket.read(kSize).size();
    socket.send(kOk);
  });
  serve({server.port()});
  TestSocket socket = client();
  socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kSize) +
              "\r\n\r\n");
  socket.send(std::string(kSize, 'x'));
  EXPECT_EQ(socket.readMessage(), kOk);
  EXPECT_EQ(received, kSize);
}

TEST_F(ProxyTest, SaysWhichVirtualCannotListen) {
  TestServer other([](TestSocket&, int) {});
  const std::string port = std::to_string(other.port());
  const ConfigParse parse = parseConfig("pool p\nvirtual taken\n  destination 127.0.0.1:" + port +
                                        "\n  mode http\n  pool p\n");
  const auto done = proxy_.apply(parse.config, overrides_, viewOf(overrides_, operational_));
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().message,
            "virtual 'taken': cannot listen on 127.0.0.1:" + port + ": Address already in use");
}

}  // namespace
}  // namespace sluice::proxy
