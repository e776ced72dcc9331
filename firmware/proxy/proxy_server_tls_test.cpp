// SPDX-License-Identifier: Apache-2.0
// Members that are spoken to by TLS, between real sockets.
#include <gmock/gmock.h>

#include "firmware/proxy/proxy_fixture.h"
#include "firmware/tls/test_certificate.h"

namespace sluice::proxy {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using tls::HandshakeFailure;

// A server whose answers say what its clients' TLS was like.
class TlsServer {
 public:
  explicit TlsServer(const tls::TestFiles& files) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate_chain_file(context_.get(), files.chain.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), files.key.c_str(), SSL_FILETYPE_PEM);
  }
  SSL_CTX* context() { return context_.get(); }
  uint16_t port() const { return server_.port(); }
  int connections() const { return server_.connections(); }
  // Connections end with their request.
  void answerOnce() { once_ = true; }

 private:
  void play(TestSocket& socket) {
    if (!socket.acceptTls(tls::SslPtr(SSL_new(context_.get())))) return;
    const char* name = SSL_get_servername(socket.ssl(), TLSEXT_NAMETYPE_host_name);
    const tls::X509Ptr peer(SSL_get1_peer_certificate(socket.ssl()));
    const std::string said = std::string(name != nullptr ? name : "nobody") +
                             (peer ? " certified" : "") +
                             (SSL_session_reused(socket.ssl()) == 1 ? " resumed" : "");
    while (!socket.readMessage().empty()) {
      socket.send(response(said, once_ ? "Connection: close\r\n" : ""));
      if (once_) return;
    }
  }

  tls::ContextPtr context_;
  std::atomic<bool> once_{false};
  TestServer server_{[this](TestSocket& socket, int) { play(socket); }};
};

class ProxyServerTlsTest : public ProxyTest {
 protected:
  // `more`: blocks ahead of the pool.
  void serveTls(const std::vector<uint16_t>& ports, const std::string& profile,
                const std::string& more = "") {
    std::string text = "http-profile default\n  forwarded off\n" + more +
                       "server-tls-profile inside\n" + profile +
                       "pool p\n  algorithm round-robin\n  server-tls-profile inside\n";
    for (const uint16_t port : ports) text += "  member 127.0.0.1:" + std::to_string(port) + "\n";
    apply(text + "virtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
          "\n  mode http\n  pool p\n");
  }
  std::string trust() const { return "  trust " + lab_.file + "\n"; }
  std::string ask() {
    TestSocket socket = client();
    socket.send(kGet);
    return socket.readMessage();
  }
  MemberStats member(size_t i = 0) const { return proxy_.statistics().members.at(i); }
  // What becomes of a request if the only member shows this certificate.
  HandshakeFailure failureWith(const tls::TestFiles& files, const std::string& profile) {
    TlsServer server(files);
    serveTls({server.port()}, profile);
    EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502 "));
    EXPECT_EQ(causes(Cause::kConnectFailed), ++refused_);
    EXPECT_EQ(member().connect_failures, 1u);
    EXPECT_EQ(member().connections, 0u);
    for (size_t i = 0; i < tls::kHandshakeFailureCount; ++i) {
      if (member().handshake_failures[i] == 1) return static_cast<HandshakeFailure>(i);
    }
    return HandshakeFailure::kNone;
  }

  tls::TestCertificates made_;
  tls::TestCertificates::Authority lab_ = made_.makeAuthority("lab authority");
  uint64_t refused_ = 0;
};

TEST_F(ProxyServerTlsTest, EncryptsAndAsksForTheName) {
  TlsServer server(made_.make("EC", "DNS:shop.example", std::chrono::days(1), &lab_));
  serveTls({server.port()}, trust() + "  server-name shop.example\n");
  EXPECT_EQ(ask(), response("shop.example"));
  EXPECT_EQ(ask(), response("shop.example"));
  EXPECT_EQ(member().connections, 1u);
  EXPECT_EQ(member().reused, 1u);
  EXPECT_EQ(member().handshakes_full, 1u);
}

TEST_F(ProxyServerTlsTest, VerifiesTheAddressIfNoNameIsGiven) {
  TlsServer server(made_.make("EC", "IP:127.0.0.1", std::chrono::days(1), &lab_));
  serveTls({server.port()}, trust());
  EXPECT_EQ(ask(), response("nobody"));
}

TEST_F(ProxyServerTlsTest, RefusesMembersThatAreNotWhoTheyShouldBe) {
  using std::chrono::days, std::chrono::seconds;
  const std::string named = trust() + "  server-name shop.example\n";
  EXPECT_EQ(failureWith(made_.make("EC", "DNS:other.example", days(1), &lab_), named),
            HandshakeFailure::kWrongName);
  EXPECT_EQ(failureWith(made_.make("EC", "DNS:shop.example", days(1), &lab_), trust()),
            HandshakeFailure::kWrongName);
  EXPECT_EQ(failureWith(made_.make("EC", "DNS:shop.example", seconds(1), &lab_), named),
            HandshakeFailure::kCertificateExpired);
  EXPECT_EQ(failureWith(made_.make("EC", "DNS:shop.example"), named),
            HandshakeFailure::kUnknownAuthority);
  const auto other = made_.makeAuthority("somebody else");
  EXPECT_EQ(failureWith(made_.make("EC", "DNS:shop.example", days(1), &other), named),
            HandshakeFailure::kUnknownAuthority);
}

TEST_F(ProxyServerTlsTest, VerifiesAsMuchAsItIsTold) {
  TlsServer stranger(made_.make("EC", "DNS:other.example"));
  serveTls({stranger.port()}, "  verify off\n");
  EXPECT_EQ(ask(), response("nobody"));
  TlsServer other(made_.make("EC", "DNS:other.example", std::chrono::days(1), &lab_));
  serveTls({other.port()}, trust() + "  verify chain\n  server-name shop.example\n");
  EXPECT_EQ(ask(), response("shop.example"));
}

TEST_F(ProxyServerTlsTest, SaysWhyMembersAndItDoNotAgree) {
  const tls::TestFiles files = made_.make("EC", "IP:127.0.0.1", std::chrono::days(1), &lab_);
  TlsServer old(files);
  SSL_CTX_set_max_proto_version(old.context(), TLS1_2_VERSION);
  serveTls({old.port()}, trust() + "  policy modern\n");
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502 "));
  const auto failures = [&](HandshakeFailure failure) {
    return member().handshake_failures[static_cast<size_t>(failure)];
  };
  EXPECT_EQ(failures(HandshakeFailure::kRefusedByServer), 1u);
  TestServer plain(
      [](TestSocket& socket, int) { socket.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  serveTls({plain.port()}, trust());
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(failures(HandshakeFailure::kNotTls), 1u);
}

TEST_F(ProxyServerTlsTest, AMemberThatIsRefusedIsFollowedByTheNext) {
  TlsServer stranger(made_.make("EC", "IP:127.0.0.1"));
  TlsServer good(made_.make("EC", "IP:127.0.0.1", std::chrono::days(1), &lab_));
  serveTls({stranger.port(), good.port()}, trust());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(), response("nobody"));
  EXPECT_GT(stats().retries, 0u);
  EXPECT_EQ(causes(Cause::kConnectFailed), 0u);
}

TEST_F(ProxyServerTlsTest, ResumesSessions) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(made_.make("EC", "IP:127.0.0.1", std::chrono::days(1), &lab_));
    SSL_CTX_set_max_proto_version(server.context(), version);
    server.answerOnce();
    serveTls({server.port()}, trust());
    EXPECT_THAT(ask(), HasSubstr("nobody"));
    EXPECT_THAT(ask(), HasSubstr("nobody resumed"));
    EXPECT_EQ(member().handshakes_full, 1u);
    EXPECT_EQ(member().handshakes_resumed, 1u);
  }
}

TEST_F(ProxyServerTlsTest, ShowsItsCertificateToMembersThatAskForOne) {
  const tls::TestFiles own = made_.make("EC", "DNS:appliance", std::chrono::days(1), &lab_);
  const std::string certificate =
      "certificate own\n  chain-file " + own.chain + "\n  key-file " + own.key + "\n";
  TlsServer server(made_.make("EC", "IP:127.0.0.1", std::chrono::days(1), &lab_));
  SSL_CTX_load_verify_file(server.context(), lab_.file.c_str());
  SSL_CTX_set_verify(server.context(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  serveTls({server.port()}, trust() + "  certificate own\n", certificate);
  EXPECT_EQ(ask(), response("nobody certified"));
  // TLS 1.2: the server says so within the handshake.
  SSL_CTX_set_max_proto_version(server.context(), TLS1_2_VERSION);
  serveTls({server.port()}, trust(), certificate);
  EXPECT_THAT(ask(), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(member().handshake_failures[static_cast<size_t>(HandshakeFailure::kRefusedByServer)],
            1u);
}

TEST_F(ProxyServerTlsTest, ConnectionsInTheClearAreNotUsedOnceThereIsAProfile) {
  const tls::TestFiles files = made_.make("EC", "IP:127.0.0.1", std::chrono::days(1), &lab_);
  tls::ContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate_chain_file(context.get(), files.chain.c_str());
  SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
  TestServer server([&](TestSocket& socket, int number) {
    if (number > 0 && !socket.acceptTls(tls::SslPtr(SSL_new(context.get())))) return;
    while (!socket.readMessage().empty()) socket.send(response(number > 0 ? "secret" : "plain"));
  });
  serve({server.port()});
  EXPECT_EQ(ask(), response("plain"));
  serveTls({server.port()}, trust());
  EXPECT_EQ(ask(), response("secret"));
}

TEST_F(ProxyServerTlsTest, ABadTrustFileChangesNothing) {
  TestServer server(named("plain"));
  serve({server.port()});
  const ConfigParse parse = parseConfig(
      "server-tls-profile inside\n  trust /nowhere/ca.pem\npool p\n  server-tls-profile inside\n");
  const auto refused = proxy_.apply(parse.config, overrides_, viewOf(overrides_, operational_));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message,
            "server-tls-profile 'inside': /nowhere/ca.pem: No such file or directory");
  EXPECT_EQ(ask(), response("plain"));
}

}  // namespace
}  // namespace sluice::proxy
