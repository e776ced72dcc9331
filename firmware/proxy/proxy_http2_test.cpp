// SPDX-License-Identifier: Apache-2.0
// The proxy with clients that speak HTTP/2: what members get of it, and what comes back.
#include <gmock/gmock.h>

#include "firmware/proxy/proxy_fixture.h"
#include "firmware/proxy/test_http2.h"

namespace sluice::proxy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

class ProxyHttp2Test : public ProxyTest {
 protected:
  void serveHttp2(const std::vector<uint16_t>& members, const std::string& profile = "",
                  const std::string& pool = "", const std::string& service = "") {
    serve(members, "  http2-cleartext on\n" + profile, pool, service);
  }
  uint64_t ends(Http2End end) const { return stats().http2_ends[static_cast<size_t>(end)]; }
};

TEST_F(ProxyHttp2Test, TranslatesRequestsAndResponses) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) {
    seen = socket.readMessage();
    socket.send(response("hello", "X-Kind: Plain\r\nConnection: x-hop\r\nX-Hop: 1\r\n"));
    socket.readToEnd();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1,
                 TestHttp2::get("/1?x=y", {{"cookie", "a=1"}, {"x-one", "1"}, {"cookie", "b=2"}}));
  const TestAnswer& answer = client.answer(1);
  EXPECT_EQ(seen, "GET /1?x=y HTTP/1.1\r\nHost: a\r\nx-one: 1\r\ncookie: a=1; b=2\r\n\r\n");
  EXPECT_THAT(answer.fields, ElementsAre(Pair(":status", "200"), Pair("x-kind", "Plain"),
                                         Pair("content-length", "5")));
  EXPECT_EQ(answer.body, "hello");
  EXPECT_TRUE(answer.ended);
  ASSERT_TRUE(eventually([&] { return stats().total.count() == 1; }));
  EXPECT_EQ(stats().http2_connections, 1u);
  EXPECT_EQ(stats().http2_active_connections, 1u);
  EXPECT_EQ(stats().http2_streams, 1u);
  EXPECT_TRUE(eventually([&] { return stats().http2_active_streams == 0; }));
}

TEST_F(ProxyHttp2Test, ServesHttp1OnTheSameVirtual) {
  TestServer server(named("one"));
  serveHttp2({server.port()});
  TestSocket socket = client();
  socket.send("GE");
  socket.send("T / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(socket.readMessage(), response("one"));
  EXPECT_EQ(stats().http2_connections, 0u);
}

TEST_F(ProxyHttp2Test, AnswersStreamsInWhateverOrderTheMembersDo) {
  TestServer server([&](TestSocket& socket, int) {
    const std::string request = socket.readMessage();
    // The first is not answered before the second has been.
    if (request.starts_with("GET /first ")) {
      EXPECT_TRUE(eventually([&] { return stats().by_server[1] == 1; }));
    }
    socket.send(response(request.substr(4, request.find(" HTTP") - 4)));
    socket.readToEnd();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/first"));
  client.headers(3, TestHttp2::get("/second"));
  EXPECT_EQ(client.answer(3).body, "/second");
  EXPECT_EQ(client.answer(1).body, "/first");
}

TEST_F(ProxyHttp2Test, PassesBodiesAndTrailersBothWays) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) {
    seen = socket.readUntil("\r\n\r\n");
    seen += socket.readUntil("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    socket.send("0\r\nGrpc-Status: 0\r\n\r\n");
    socket.readToEnd();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::post("/"), TestHttp2::kEndHeaders);
  client.data(1, "hello");
  client.headers(1, {{"digest", "x"}});
  const TestAnswer& answer = client.answer(1);
  EXPECT_EQ(seen,
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
            "digest: x\r\n\r\n");
  EXPECT_EQ(answer.body, "abc");
  EXPECT_THAT(answer.trailers, ElementsAre(Pair("grpc-status", "0")));
}

TEST_F(ProxyHttp2Test, KeepsTheLengthThatTheClientSaid) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) {
    seen = socket.readMessage();
    socket.send(kOk);
    socket.readToEnd();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::post("/", {{"content-length", "5"}}), TestHttp2::kEndHeaders);
  client.data(1, "hello", TestHttp2::kEndStream);
  EXPECT_EQ(client.answer(1).body, "ok");
  EXPECT_EQ(seen, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(ProxyHttp2Test, PassesLargeBodiesAtTheSpeedOfEither) {
  constexpr size_t kSize = 3'000'000;
  const std::string large(kSize, 'x');
  TestServer server([&](TestSocket& socket, int) {
    const std::string request = socket.readMessage();
    socket.send(response(request.substr(request.find("\r\n\r\n") + 4)));
    socket.readToEnd();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::post("/", {{"content-length", std::to_string(kSize)}}),
                 TestHttp2::kEndHeaders);
  // As the windows allow.
  int64_t stream = 65'535, connection = 65'535;
  for (size_t sent = 0; sent < kSize;) {
    const auto room = static_cast<size_t>(std::max<int64_t>(std::min(stream, connection), 0));
    const size_t size = std::min({room, kSize - sent, size_t{16'384}});
    if (size == 0) {
      const TestFrame frame = client.next();
      ASSERT_GE(frame.type, 0);
      if (frame.type != NGHTTP2_WINDOW_UPDATE) continue;
      (frame.stream == 0 ? connection : stream) += frame.number(0);
      continue;
    }
    sent += size;
    stream -= static_cast<int64_t>(size);
    connection -= static_cast<int64_t>(size);
    client.data(1, large.substr(0, size), sent == kSize ? TestHttp2::kEndStream : 0);
  }
  const TestAnswer& answer = client.answer(1);
  EXPECT_TRUE(answer.ended);
  EXPECT_EQ(answer.body.size(), kSize);
}

TEST_F(ProxyHttp2Test, HoldsNoMoreOfAResponseThanTheClientTakes) {
  std::atomic<size_t> sent{0};
  TestServer server([&](TestSocket& socket, int) {
    socket.readMessage();
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    const std::string piece(100'000, 'x');
    while (sent < 100'000'000 && socket.writable(200) && socket.send(piece)) sent += piece.size();
    socket.close();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.openWindows(false);
  client.headers(1, TestHttp2::get("/"));
  client.headers(3, TestHttp2::get("/", {{"x", std::string(100, 'x')}}), TestHttp2::kEndHeaders);
  client.reset(3);
  std::string got;
  while (got.size() < 65'535) {
    const TestFrame frame = client.next();
    ASSERT_GE(frame.type, 0);
    if (frame.type == NGHTTP2_DATA) got += frame.payload;
  }
  // What the sockets hold is the kernel's business.
  EXPECT_LT(sent, 30'000'000u);
  EXPECT_EQ(stats().http2_resets, 1u);
}

TEST_F(ProxyHttp2Test, ResetsAStreamWhoseResponseBreaksOff) {
  TestServer server([&](TestSocket& socket, int) {
    socket.readMessage();
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/"));
  EXPECT_EQ(client.answer(1).reset, NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(client.answer(1)[":status"], "200");
  EXPECT_TRUE(eventually([&] { return causes(Cause::kServerTruncated) == 1; }));
  client.headers(3, TestHttp2::get("/"));
  EXPECT_EQ(client.answer(3).reset, NGHTTP2_INTERNAL_ERROR);
}

TEST_F(ProxyHttp2Test, LetsGoOfAServerWhoseClientResetsTheStream) {
  std::atomic<bool> over{false};
  TestServer server([&](TestSocket& socket, int) {
    socket.readMessage();
    socket.readToEnd();
    over = true;
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/"));
  ASSERT_TRUE(eventually([&] { return server.connections() == 1; }));
  client.reset(1);
  EXPECT_TRUE(eventually([&] { return over.load(); }));
  EXPECT_TRUE(eventually([&] { return causes(Cause::kClientGone) == 1; }));
  EXPECT_EQ(stats().http2_active_streams, 0u);
}

TEST_F(ProxyHttp2Test, TellsToSendABodyThatTheServerWants) {
  std::string seen;
  TestServer server([&](TestSocket& socket, int) {
    seen = socket.readUntil("\r\n\r\n");
    socket.send("HTTP/1.1 100 Continue\r\n\r\n");
    seen += socket.read(5);
    socket.send(kOk);
    socket.readToEnd();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::post("/", {{"content-length", "5"}, {"expect", "100-continue"}}),
                 TestHttp2::kEndHeaders);
  TestFrame frame;
  do frame = client.next();
  while (frame.type >= 0 && frame.type != NGHTTP2_HEADERS);
  EXPECT_EQ(frame.stream, 1);
  client.data(1, "hello", TestHttp2::kEndStream);
  const TestAnswer& answer = client.answer(1);
  EXPECT_EQ(answer[":status"], "200");
  EXPECT_THAT(seen, HasSubstr("Expect: 100-continue\r\n"));
  EXPECT_THAT(seen, testing::EndsWith("hello"));
}

TEST_F(ProxyHttp2Test, TriesAgainWhatNothingCameOf) {
  TestServer bad([](TestSocket& socket, int) { socket.readMessage(); });
  TestServer good(named("good"));
  serveHttp2({bad.port(), good.port()});
  TestHttp2 client(this->client());
  for (int stream = 1; stream < 9; stream += 2) {
    client.headers(stream, TestHttp2::get("/"));
    EXPECT_EQ(client.answer(stream).body, "good");
  }
  EXPECT_GE(stats().retries, 1u);
}

TEST_F(ProxyHttp2Test, AnswersItselfWhenNobodyServes) {
  serveHttp2({TestServer::freePort()}, "  retries 0\n");
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/"));
  EXPECT_EQ(client.answer(1)[":status"], "502");
  EXPECT_EQ(client.answer(1).body, "no server could be reached\n");
  TestFields head = TestHttp2::get("/");
  head[0].second = "HEAD";
  client.headers(3, head);
  EXPECT_EQ(client.answer(3)[":status"], "502");
  EXPECT_EQ(client.answer(3)["content-length"], "27");
  EXPECT_EQ(client.answer(3).body, "");
}

TEST_F(ProxyHttp2Test, EndsARequestWhoseBodyNobodyWants) {
  TestServer server([&](TestSocket& socket, int) {
    socket.readUntil("\r\n\r\n");
    socket.send("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
    socket.readToEnd();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::post("/"), TestHttp2::kEndHeaders);
  client.data(1, "some");
  const TestAnswer& answer = client.answer(1);
  EXPECT_EQ(answer[":status"], "403");
  EXPECT_EQ(answer.body, "no");
  TestFrame frame;
  do frame = client.next();
  while (frame.type >= 0 && frame.type != NGHTTP2_RST_STREAM);
  EXPECT_EQ(frame.number(0), static_cast<uint32_t>(NGHTTP2_NO_ERROR));
}

TEST_F(ProxyHttp2Test, RefusesBodiesThatAreTooLargeOrLate) {
  TestServer server([](TestSocket& socket, int) { socket.readToEnd(); });
  serveHttp2({server.port()}, "  max-body 10\n  body-timeout 200ms\n");
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::post("/"), TestHttp2::kEndHeaders);
  client.data(1, "more than ten bytes");
  EXPECT_EQ(client.answer(1)[":status"], "413");
  client.headers(3, TestHttp2::post("/"), TestHttp2::kEndHeaders);
  EXPECT_EQ(client.answer(3)[":status"], "408");
}

TEST_F(ProxyHttp2Test, IsCalmedByNoClientThatResetsStreamAfterStream) {
  TestServer server([](TestSocket& socket, int) { socket.readToEnd(); });
  serveHttp2({server.port()}, "  http2-resets 10\n");
  TestHttp2 client(this->client());
  for (int stream = 1; stream < 50; stream += 2) {
    client.headers(stream, TestHttp2::get("/"));
    client.reset(stream);
  }
  EXPECT_EQ(client.goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(stats().http2_resets, 11u);
  EXPECT_EQ(ends(Http2End::kCalm), 1u);
  EXPECT_TRUE(eventually([&] { return stats().active_requests == 0; }));
  EXPECT_TRUE(eventually([&] { return stats().http2_active_connections == 0; }));
}

TEST_F(ProxyHttp2Test, TakesStreamsThatItHasToResetForThoseOfTheClient) {
  serveHttp2({TestServer::freePort()}, "  http2-resets 10\n");
  TestHttp2 client(this->client());
  for (int stream = 1; stream < 50; stream += 2)
    client.headers(stream, TestHttp2::get("/", {{"connection", "close"}}));
  EXPECT_EQ(client.goaway(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(stats().http2_resets, 0u);
  EXPECT_EQ(ends(Http2End::kCalm), 1u);
}

TEST_F(ProxyHttp2Test, EndsFloodsOfFramesThatAskForNothing) {
  serveHttp2({TestServer::freePort()});
  const std::string frames[] = {TestHttp2::frame(NGHTTP2_PING, 0, 0, "12345678"),
                                TestHttp2::frame(NGHTTP2_SETTINGS, 0, 0, ""),
                                TestHttp2::frame(NGHTTP2_PRIORITY, 0, 3, std::string(5, '\0'))};
  for (const std::string& one : frames) {
    TestHttp2 client(this->client());
    std::string all;
    for (int i = 0; i < 1'100; ++i) all += one;
    client.raw(all);
    EXPECT_EQ(client.goaway(), NGHTTP2_ENHANCE_YOUR_CALM) << int{one[3]};
  }
  EXPECT_EQ(ends(Http2End::kCalm), 3u);
}

TEST_F(ProxyHttp2Test, EndsConnectionsThatWaitForTooLong) {
  TestServer server(named("one"));
  serveHttp2({server.port()}, "  idle-timeout 200ms\n  header-timeout 200ms\n");
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/"));
  EXPECT_EQ(client.answer(1).body, "one");
  EXPECT_EQ(client.goaway(), NGHTTP2_NO_ERROR);
  EXPECT_EQ(ends(Http2End::kIdle), 1u);
  // A head whose end does not come.
  TestHttp2 slow(this->client());
  slow.headers(1, TestHttp2::get("/"));
  EXPECT_EQ(slow.answer(1).body, "one");
  slow.headers(3, TestHttp2::get("/"), TestHttp2::kEndStream);
  EXPECT_EQ(slow.goaway(), NGHTTP2_NO_ERROR);
  EXPECT_EQ(ends(Http2End::kIdle), 2u);
}

TEST_F(ProxyHttp2Test, KeepsConnectionsWhenTheConfigurationChanges) {
  TestServer one(named("one")), two(named("two"));
  serveHttp2({one.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/"));
  EXPECT_EQ(client.answer(1).body, "one");
  serveHttp2({two.port()});
  int stream = 3;
  EXPECT_TRUE(eventually([&] {
    client.headers(stream, TestHttp2::get("/"));
    stream += 2;
    return client.answer(stream - 2).body == "two";
  }));
  EXPECT_EQ(stats().http2_connections, 1u);
}

TEST_F(ProxyHttp2Test, SaysFarewellWhenItsVirtualGoes) {
  TestServer server(named("one"));
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/"));
  EXPECT_EQ(client.answer(1).body, "one");
  apply("http-profile default\n");
  int stream = 3;
  // The request that it learns it with is answered.
  while (client.headers(stream, TestHttp2::get("/")) && client.answer(stream).ended) stream += 2;
  EXPECT_GE(stream, 3);
  EXPECT_LT(stream, 2'000);
}

TEST(ProxyHttp2Shutdown, TellsClients) {
  TestServer server([](TestSocket& socket, int) { socket.readToEnd(); });
  const uint16_t port = TestServer::freePort();
  auto proxy = std::make_unique<Proxy>();
  const std::string text =
      "http-profile default\n  http2-cleartext on\npool p\n  member 127.0.0.1:" +
      std::to_string(server.port()) +
      "\nvirtual v\n  destination 127.0.0.1:" + std::to_string(port) + "\n  mode http\n  pool p\n";
  const ConfigParse parse = parseConfig(text);
  ASSERT_TRUE(parse.ok()) << formatDiagnostics(parse.diagnostics, text, "test");
  const Overrides overrides;
  const Operational operational;
  ASSERT_TRUE(proxy->apply(parse.config, overrides, viewOf(overrides, operational)).ok());
  TestHttp2 client(TestSocket::connectTo(port));
  client.headers(1, TestHttp2::get("/"));
  while (server.connections() == 0) std::this_thread::yield();
  proxy.reset();
  EXPECT_EQ(client.goaway(), NGHTTP2_NO_ERROR);
}

}  // namespace
}  // namespace sluice::proxy
