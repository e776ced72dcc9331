// SPDX-License-Identifier: Apache-2.0
// The proxy with members that speak HTTP/2: what they get of clients of both versions, and what
// comes back.
#include <gmock/gmock.h>

#include "firmware/proxy/proxy_fixture.h"
#include "firmware/proxy/test_http2.h"
#include "firmware/tls/test_certificate.h"

namespace sluice::proxy {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

constexpr char kHttp2[] = "  protocol http2\n";
constexpr int kHead = TestHttp2::kEndHeaders, kWhole = kHead | TestHttp2::kEndStream;

// Answers every request with its name.
TestServer::Play http2Named(const std::string& name) {
  return [name](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    while (const int stream = peer.request()) peer.respond(stream, name);
  };
}

class ProxyHttp2ServerTest : public ProxyTest {
 protected:
  void serveHttp2(const std::vector<uint16_t>& members, const std::string& profile = "",
                  const std::string& pool = "") {
    serve(members, "  http2-cleartext on\n" + profile, kHttp2 + pool);
  }
  std::string ask(const std::string& request = kGet) {
    TestSocket socket = client();
    socket.send(request);
    return socket.readMessage();
  }
  MemberStats member(size_t i = 0) const { return proxy_.statistics().members.at(i); }
  // What a client of HTTP/2 gets from a member that answers the first request by `play`.
  TestAnswer answerTo(const std::function<void(TestHttp2&, int)>& play,
                      const TestFields& request = TestHttp2::get("/")) {
    TestServer server([&](TestSocket& socket, int) {
      TestHttp2 peer(&socket);
      const int stream = peer.request();
      if (stream != 0) play(peer, stream);
    });
    serveHttp2({server.port()});
    TestHttp2 client(this->client());
    client.headers(1, request);
    return client.answer(1);
  }
};

TEST_F(ProxyHttp2ServerTest, TranslatesForClientsOfHttp1) {
  std::string preface;
  TestFields seen;
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    preface = peer.heardPreface();
    const int stream = peer.request();
    seen = peer.known(stream).fields;
    peer.respond(stream, "hello", {{"x-kind", "Plain"}});
    peer.request();
  });
  serveHttp2({server.port()});
  EXPECT_EQ(ask("GET /1?x=y HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nConnection: te, x-hop\r\n"
                "TE: gzip, trailers\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nx-kind: Plain\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(preface, TestHttp2::preface());
  EXPECT_THAT(seen,
              ElementsAre(Pair(":method", "GET"), Pair(":scheme", "http"), Pair(":authority", "a"),
                          Pair(":path", "/1?x=y"), Pair("x-one", "1"), Pair("te", "trailers")));
  EXPECT_EQ(member().http2_streams, 1u);
  EXPECT_EQ(member().http2_active_connections, 1u);
  EXPECT_TRUE(eventually([&] { return member().http2_active_streams == 0; }));
}

TEST_F(ProxyHttp2ServerTest, CarriesBodiesAndTrailersBothWays) {
  TestAnswer seen;
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    while (const int stream = peer.request()) {
      seen = peer.known(stream);
      peer.headers(stream, {{":status", "200"}}, kHead);
      peer.data(stream, std::string(10'000, 'r'));
      peer.headers(stream, {{"grpc-status", "0"}});
    }
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::post("/", {{"te", "trailers"}}), kHead);
  client.data(1, std::string(16'000, 'a'));
  client.data(1, "end");
  client.headers(1, {{"x-digest", "d"}});
  const TestAnswer& answer = client.answer(1);
  EXPECT_EQ(answer.body, std::string(10'000, 'r'));
  EXPECT_THAT(answer.trailers, ElementsAre(Pair("grpc-status", "0")));
  EXPECT_EQ(seen.body, std::string(16'000, 'a') + "end");
  EXPECT_THAT(seen.trailers, ElementsAre(Pair("x-digest", "d")));
  EXPECT_THAT(seen.fields, Contains(Pair("te", "trailers")));
  EXPECT_THAT(seen.fields, Not(Contains(Key("transfer-encoding"))));

  TestSocket old = this->client();
  old.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: "
      "1\r\n\r\n");
  EXPECT_THAT(old.readUntil("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(old.readUntil("\r\n0\r\n"), HasSubstr(std::string(10'000, 'r')));
  EXPECT_EQ(old.readUntil("\r\n\r\n"), "grpc-status: 0\r\n\r\n");
  EXPECT_EQ(seen.body, "abc");
  EXPECT_THAT(seen.trailers, ElementsAre(Pair("x-t", "1")));
}

// gRPC tells trailers-only responses by that.
TEST_F(ProxyHttp2ServerTest, EndsWithTheHeadWhatEndedWithIt) {
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    while (const int stream = peer.request())
      peer.headers(stream, {{":status", "200"}, {"grpc-status", "5"}});
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/"));
  TestFrame frame;
  while ((frame = client.next()).type != NGHTTP2_HEADERS) ASSERT_GE(frame.type, 0);
  EXPECT_NE(frame.flags & TestHttp2::kEndStream, 0);
  EXPECT_EQ(client.known(1)["grpc-status"], "5");
  EXPECT_THAT(ask(), HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(ProxyHttp2ServerTest, PassesOnWhatIsSaidAheadOfTheResponse) {
  const TestAnswer answer = answerTo([](TestHttp2& peer, int stream) {
    peer.headers(stream, {{":status", "103"}, {"link", "</a>"}}, kHead);
    peer.respond(stream, "x");
    peer.request();
  });
  EXPECT_EQ(answer[":status"], "200");
  EXPECT_EQ(answer.body, "x");
}

TEST_F(ProxyHttp2ServerTest, SharesAConnection) {
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket, TestHttp2::setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2));
    std::vector<int> streams;
    while (const int stream = peer.request()) {
      streams.push_back(stream);
      if (streams.size() < 2) continue;
      for (const int one : streams) peer.respond(one, "r");
      streams.clear();
    }
  });
  serveHttp2({server.port()});
  // Two connections of two streams each: none is answered alone.
  TestHttp2 clients(client());
  for (int stream = 1; stream < 8; stream += 2) clients.headers(stream, TestHttp2::get("/"));
  for (int stream = 1; stream < 8; stream += 2) EXPECT_EQ(clients.answer(stream).body, "r");
  EXPECT_LE(server.connections(), 4);
  EXPECT_EQ(member().http2_streams, 4u);
  EXPECT_EQ(member().connections, static_cast<uint64_t>(server.connections()));
  EXPECT_EQ(member().connections + member().reused, 4u);
}

TEST_F(ProxyHttp2ServerTest, RepeatsElsewhereWhatAGoawayIsNotFor) {
  TestServer server([&](TestSocket& socket, int number) {
    TestHttp2 peer(&socket);
    const int first = peer.request();
    if (number > 0) {
      peer.respond(first, "second");
      peer.request();
      return;
    }
    const int later = peer.request();
    peer.raw(
        TestHttp2::frame(NGHTTP2_GOAWAY, 0, 0,
                         TestHttp2::number(static_cast<uint32_t>(first)) + TestHttp2::number(0)));
    EXPECT_EQ(later, first + 2);
    peer.respond(first, "first");
    peer.request();
  });
  serveHttp2({server.port()});
  // Not idempotent: it is repeated since nothing came of it.
  TestSocket one = client(), other = client();
  one.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return member().http2_streams == 1; }));
  other.send("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(one.readUntil("first"), HasSubstr(" 200 "));
  EXPECT_THAT(other.readUntil("second"), HasSubstr(" 200 "));
  EXPECT_EQ(member().http2_goaways, 1u);
  EXPECT_EQ(member().failures, 0u);
  EXPECT_EQ(stats().retries, 1u);
}

TEST_F(ProxyHttp2ServerTest, TakesRefusedRequestsToAnotherMember) {
  TestServer busy([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    while (const int stream = peer.request()) peer.reset(stream, NGHTTP2_REFUSED_STREAM);
  });
  TestServer good(http2Named("good"));
  serveHttp2({busy.port(), good.port()}, "", "  algorithm round-robin\n");
  for (int i = 0; i < 4; ++i)
    EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"), HasSubstr(" 200 "));
  EXPECT_GE(member().http2_resets + member(1).http2_resets, 1u);
}

TEST_F(ProxyHttp2ServerTest, TakesResetsForWhatTheyAre) {
  const auto resets = [](uint32_t code, bool after_head) {
    return [=](TestHttp2& peer, int stream) {
      if (after_head) peer.headers(stream, {{":status", "200"}}, kHead);
      if (after_head) peer.data(stream, "part");
      peer.reset(stream, code);
      peer.request();
    };
  };
  EXPECT_EQ(answerTo(resets(NGHTTP2_INTERNAL_ERROR, false))[":status"], "502");
  EXPECT_EQ(causes(Cause::kServerClosed), 1u);
  EXPECT_EQ(stats().retries, 0u);
  EXPECT_EQ(answerTo(resets(NGHTTP2_CANCEL, true)).reset, NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(causes(Cause::kServerTruncated), 1u);
}

TEST_F(ProxyHttp2ServerTest, NeverTakesAPartForTheWhole) {
  const TestAnswer answer = answerTo([](TestHttp2& peer, int stream) {
    peer.headers(stream, {{":status", "200"}}, kHead);
    peer.data(stream, "part");
  });
  EXPECT_FALSE(answer.ended);
  EXPECT_EQ(answer.reset, NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(causes(Cause::kServerTruncated), 1u);
}

TEST_F(ProxyHttp2ServerTest, RefusesResponsesThatAreNotValid) {
  const auto says = [](const TestFields& fields, const std::string& body = "") {
    return [=](TestHttp2& peer, int stream) {
      peer.headers(stream, fields, body.empty() ? kWhole : kHead);
      if (!body.empty()) peer.data(stream, body, TestHttp2::kEndStream);
      peer.request();
    };
  };
  const TestFields bad[] = {
      {{":status", "200"}, {"connection", "close"}},
      {{":status", "200"}, {"transfer-encoding", "chunked"}},
      {{":status", "200"}, {"X-Capital", "1"}},
      {{":status", "200"}, {"x", "a\r\nb: c"}},
      {{":status", "20"}},
      {{"x", "y"}},
      {{":status", "200"}, {"content-length", "5"}},
      {{":status", "200"}, {"x", std::string(17'000, 'x')}},
  };
  uint64_t refused = 0;
  for (const TestFields& fields : bad) {
    EXPECT_EQ(answerTo(says(fields))[":status"], "502") << fields.back().first;
    EXPECT_EQ(causes(Cause::kBadResponse), ++refused) << fields.back().first;
  }
  // Too long, and too short, when the head is with the client already.
  EXPECT_EQ(answerTo(says({{":status", "200"}, {"content-length", "2"}}, "abc")).ended, false);
  EXPECT_EQ(answerTo(says({{":status", "200"}, {"content-length", "5"}}, "abc")).ended, false);
}

TEST_F(ProxyHttp2ServerTest, LetsSlowClientsHoldUpNobodyElse) {
  constexpr size_t kBody = 4'000'000;
  std::atomic<size_t> sent{0};
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    const int slow = peer.request();
    ASSERT_GT(slow, 0);
    peer.headers(slow, {{":status", "200"}}, kHead);
    size_t window = 65'535, of_connection = 1 << 20;  // which was opened ahead of the request
    std::string tail;
    int fast = 0;
    while (sent < kBody) {
      while (window > 0 && of_connection > 0 && sent < kBody) {
        const size_t size = std::min({window, of_connection, size_t{16'000}, kBody - sent});
        peer.data(slow, std::string(size, 's'));
        window -= size;
        of_connection -= size;
        sent += size;
      }
      const TestFrame frame = peer.next();
      if (frame.type < 0) return;
      if (frame.type == NGHTTP2_WINDOW_UPDATE) {
        (frame.stream == 0 ? of_connection : window) += frame.number(0);
      } else if (frame.type == NGHTTP2_HEADERS) {
        fast = frame.stream;
        peer.respond(fast, "fast");
      }
    }
    peer.data(slow, "", TestHttp2::kEndStream);
    peer.request();
  });
  serveHttp2({server.port()});
  TestHttp2 slow(client());
  slow.openWindows(false);
  slow.headers(1, TestHttp2::get("/"));
  ASSERT_TRUE(eventually([&] { return sent >= 65'535; }));
  EXPECT_THAT(ask(), HasSubstr("fast"));
  // What the client has not taken waits in its window, ours, and a few buffers.
  EXPECT_LT(sent, 400'000u);
  EXPECT_EQ(server.connections(), 1);
  slow.openWindows(true);
  slow.window(0, 65'535);
  slow.window(1, 65'535);
  EXPECT_EQ(slow.answer(1).body.size(), kBody);
}

TEST_F(ProxyHttp2ServerTest, SendsBodiesAsTheMemberTakesThem) {
  std::atomic<size_t> took{0};
  std::atomic<bool> open{false};
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    peer.openWindows(false);
    int stream = 0;
    for (;;) {
      const TestFrame frame = peer.next();
      if (frame.type < 0) return;
      if (frame.type != NGHTTP2_DATA) continue;
      stream = frame.stream;
      took += frame.payload.size();
      if ((frame.flags & TestHttp2::kEndStream) != 0) break;
      if (took != 65'535) continue;
      while (!open) std::this_thread::yield();
      peer.window(0, 1'000'000);
      peer.window(stream, 1'000'000);
    }
    peer.respond(stream, "thanks");
    peer.request();
  });
  serveHttp2({server.port()});
  constexpr size_t kBody = 500'000;
  TestSocket client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kBody) +
              "\r\n\r\n");
  std::thread sender([&] { client.send(std::string(kBody, 'b')); });
  ASSERT_TRUE(eventually([&] { return took == 65'535; }));
  // One buffer more is all that was taken from the client.
  EXPECT_LT(stats().bytes_received, 65'535u + 100'000u);
  open = true;
  sender.join();
  EXPECT_THAT(client.readUntil("thanks"), HasSubstr(" 200 "));
  EXPECT_EQ(took, kBody);
}

TEST_F(ProxyHttp2ServerTest, TellsTheMemberThatNobodyWantsIt) {
  std::atomic<int64_t> reset{-1};
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    const int stream = peer.request();
    peer.headers(stream, {{":status", "200"}}, kHead);
    for (;;) {
      const TestFrame frame = peer.next();
      if (frame.type < 0) return;
      if (frame.type == NGHTTP2_RST_STREAM) reset = frame.number(0);
    }
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::get("/"));
  while (client.next().type != NGHTTP2_HEADERS) continue;
  client.reset(1);
  EXPECT_TRUE(eventually([&] { return reset == NGHTTP2_CANCEL; }));
  EXPECT_TRUE(eventually([&] { return member().http2_active_streams == 0; }));
  // Others go on with the connection.
  EXPECT_EQ(member().http2_active_connections, 1u);
}

TEST_F(ProxyHttp2ServerTest, LeavesMembersThatSayNothingAllTheTime) {
  std::atomic<bool> ended{false};
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    peer.request();
    const std::string ping = TestHttp2::frame(NGHTTP2_PING, TestHttp2::kAck, 0, "12345678");
    for (int i = 0; i < 1'100; ++i) peer.raw(ping);
    ended = peer.goaway() == NGHTTP2_ENHANCE_YOUR_CALM;
  });
  serveHttp2({server.port()}, "  retries 0\n");
  EXPECT_THAT(ask(), HasSubstr(" 502 "));
  EXPECT_TRUE(eventually([&] { return ended.load(); }));
}

TEST_F(ProxyHttp2ServerTest, LeavesConnectionsThatFallSilent) {
  TestServer server([&](TestSocket& socket, int number) {
    TestHttp2 peer(&socket);
    while (const int stream = peer.request()) {
      if (number > 0) peer.respond(stream, "again");
    }
  });
  serveHttp2({server.port()}, "  response-timeout 300ms\n");
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 504 "));
  EXPECT_THAT(ask(), HasSubstr("again"));
  EXPECT_EQ(server.connections(), 2);
  EXPECT_TRUE(eventually([&] { return member().http2_active_connections == 1; }));
}

TEST_F(ProxyHttp2ServerTest, ClosesConnectionsThatNobodyUses) {
  std::atomic<int64_t> goaway{-1};
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    peer.respond(peer.request(), "x");
    goaway = peer.goaway();
  });
  serveHttp2({server.port()});
  EXPECT_THAT(ask(), HasSubstr("x"));
  EXPECT_EQ(member().http2_active_connections, 1u);
  EXPECT_TRUE(eventually([&] { return member().http2_active_connections == 0; }));
  EXPECT_TRUE(eventually([&] { return goaway == NGHTTP2_NO_ERROR; }));
}

TEST_F(ProxyHttp2ServerTest, AnswersFromAMemberThatDoesNotWantTheBody) {
  TestServer server([&](TestSocket& socket, int) {
    TestHttp2 peer(&socket);
    peer.openWindows(false);
    TestFrame frame;
    while ((frame = peer.next()).type != NGHTTP2_DATA) {
      if (frame.type < 0) return;
    }
    peer.respond(frame.stream, "too large");
    peer.reset(frame.stream, NGHTTP2_NO_ERROR);
    peer.request();
  });
  serveHttp2({server.port()});
  TestHttp2 client(this->client());
  client.headers(1, TestHttp2::post("/"), kHead);
  for (int i = 0; i < 4; ++i) client.data(1, std::string(16'000, 'a'));
  const TestAnswer& answer = client.answer(1);
  EXPECT_EQ(answer.body, "too large");
  EXPECT_TRUE(answer.ended);
}

TEST_F(ProxyHttp2ServerTest, SaysThatAMemberDoesNotSpeakHttp2) {
  TestServer server([](TestSocket& socket, int) {
    socket.readUntil("\r\n\r\n");
    socket.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  });
  serveHttp2({server.port()});
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(causes(Cause::kConnectFailed), 1u);
  EXPECT_EQ(member().http2_refusals, 1u);
  EXPECT_EQ(member().connect_failures, 1u);
  EXPECT_EQ(member().http2_streams, 0u);
}

TEST_F(ProxyHttp2ServerTest, DoesNotOfferWebSocket) {
  TestServer server(http2Named("one"));
  serveHttp2({server.port()});
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  "Sec-WebSocket-Version: 13\r\n\r\n"),
              StartsWith("HTTP/1.1 501 "));
  EXPECT_EQ(causes(Cause::kNoWebSocket), 1u);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(ProxyHttp2ServerTest, AgreesOnHttp2ByTls) {
  tls::TestCertificates certificates;
  const tls::TestFiles files = certificates.make("EC", "IP:127.0.0.1", std::chrono::days(1));
  for (const bool offers : {true, false}) {
    tls::ContextPtr context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate_chain_file(context.get(), files.chain.c_str());
    SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
    const auto select = [](SSL*, const unsigned char** out, unsigned char* size,
                           const unsigned char* in, unsigned in_size, void*) {
      static constexpr unsigned char kOurs[] = "\x02h2";
      const int found =
          SSL_select_next_proto(const_cast<unsigned char**>(out), size, kOurs, 3, in, in_size);
      return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
    };
    if (offers) SSL_CTX_set_alpn_select_cb(context.get(), select, nullptr);
    TestServer server([&](TestSocket& socket, int number) {
      if (socket.acceptTls(tls::SslPtr(SSL_new(context.get())))) http2Named("safe")(socket, number);
    });
    apply(
        "http-profile default\n  forwarded off\nserver-tls-profile inside\n  verify off\npool p\n"
        "  protocol http2\n  server-tls-profile inside\n  member 127.0.0.1:" +
        std::to_string(server.port()) + "\nvirtual v\n  destination 127.0.0.1:" +
        std::to_string(port_) + "\n  mode http\n  pool p\n");
    if (offers) {
      EXPECT_THAT(ask(), HasSubstr("safe"));
      EXPECT_EQ(member().handshakes_full, 1u);
    } else {
      EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502 "));
      constexpr auto kAlpn = static_cast<size_t>(tls::HandshakeFailure::kAlpn);
      EXPECT_EQ(member().handshake_failures[kAlpn], 1u);
      EXPECT_EQ(member().connect_failures, 1u);
    }
  }
}

}  // namespace
}  // namespace sluice::proxy
