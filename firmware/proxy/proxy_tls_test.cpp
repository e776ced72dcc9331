// SPDX-License-Identifier: Apache-2.0
// Virtuals of mode https between real sockets.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "firmware/proxy/proxy_fixture.h"
#include "firmware/tls/test_certificate.h"

namespace sluice::proxy {
namespace {

using testing::HasSubstr;
using testing::Not;
using tls::HandshakeFailure;

class ProxyTlsTest : public ProxyTest {
 protected:
  ProxyTlsTest() : server_(named("one")) {}

  std::string config(const std::string& profile = "") const {
    return "certificate lab\n  chain-file " + files_.chain + "\n  key-file " + files_.key +
           "\ntls-profile t\n  certificate lab\n" + profile +
           "pool p\n  member 127.0.0.1:" + std::to_string(server_.port()) +
           "\nvirtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
           "\n  mode https\n  pool p\n  tls-profile t\n";
  }
  // Another certificate in the same files.
  void renew() {
    const tls::TestFiles fresh = made_.make("EC", "DNS:shop.example");
    std::filesystem::rename(fresh.chain, files_.chain);
    std::filesystem::rename(fresh.key, files_.key);
  }
  Result<void> tryApply(const std::string& text) {
    return proxy_.apply(parseConfig(text).config, overrides_, viewOf(overrides_, operational_));
  }
  // A connection whose handshake is done, or null.
  std::unique_ptr<TestSocket> connect(SSL_SESSION* session = nullptr) {
    tls::SslPtr ssl(SSL_new(client_context_.get()));
    SSL_set_tlsext_host_name(ssl.get(), "shop.example");
    if (session != nullptr) SSL_set_session(ssl.get(), session);
    auto socket = std::make_unique<TestSocket>(client());
    return socket->startTls(std::move(ssl)) ? std::move(socket) : nullptr;
  }
  static std::string ask(TestSocket& socket) { return socket.send(kGet), socket.readMessage(); }
  static std::string serialOf(const TestSocket& socket) {
    const tls::X509Ptr certificate(SSL_get1_peer_certificate(socket.ssl()));
    return std::to_string(ASN1_INTEGER_get(X509_get0_serialNumber(certificate.get())));
  }
  uint64_t failures(HandshakeFailure failure) const {
    return stats().handshake_failures[static_cast<size_t>(failure)];
  }

  tls::TestCertificates made_;
  tls::TestFiles files_ = made_.make("EC", "DNS:shop.example");
  TestServer server_;
  tls::ContextPtr client_context_{SSL_CTX_new(TLS_client_method())};
};

TEST_F(ProxyTlsTest, DecryptsRequestsAndEncryptsResponses) {
  apply(config());
  const auto socket = connect();
  ASSERT_NE(socket, nullptr);
  EXPECT_EQ(ask(*socket), response("one"));
  EXPECT_EQ(ask(*socket), response("one"));
  ASSERT_TRUE(eventually([&] { return stats().total.count() == 2; }));
  EXPECT_EQ(stats().connections, 1u);
  EXPECT_EQ(stats().handshakes_full, 1u);
  EXPECT_EQ(stats().handshake.count(), 1u);
}

TEST_F(ProxyTlsTest, ResumesSessionsAcrossChangesAndRotationsOfKeys) {
  apply(config());
  const auto first = connect();
  ASSERT_NE(first, nullptr);
  ask(*first);  // tickets come behind the handshake
  SSL_SESSION* session = SSL_get1_session(first->ssl());
  proxy_.rotateTickets();
  renew();
  apply(config());
  const auto second = connect(session);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(ask(*second), response("one"));
  EXPECT_EQ(stats().handshakes_resumed, 1u);
  for (size_t i = 0; i < tls::TicketKeys::kKept; ++i) proxy_.rotateTickets();
  const auto third = connect(session);
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(ask(*third), response("one"));
  EXPECT_EQ(stats().handshakes_resumed, 1u);
  EXPECT_EQ(stats().handshakes_full, 2u);
  SSL_SESSION_free(session);
}

TEST_F(ProxyTlsTest, RenewedCertificatesAreForNewConnectionsAndCloseNone) {
  apply(config());
  const auto old = connect();
  ASSERT_NE(old, nullptr);
  EXPECT_EQ(serialOf(*old), "1");
  renew();
  apply(config());
  EXPECT_EQ(ask(*old), response("one"));
  const auto fresh = connect();
  ASSERT_NE(fresh, nullptr);
  EXPECT_EQ(serialOf(*fresh), "2");
  EXPECT_EQ(stats().connections, 2u);
  ASSERT_EQ(proxy_.certificates().size(), 1u);
  EXPECT_EQ(proxy_.certificates()[0].certificate->serial(), "02");
  EXPECT_EQ(proxy_.certificates()[0].virtuals, std::vector<std::string>{"v"});
}

TEST_F(ProxyTlsTest, ABadCertificateChangesNothing) {
  apply(config());
  const auto old = connect();
  ASSERT_NE(old, nullptr);
  ::chmod(files_.key.c_str(), 0644);
  const auto refused = tryApply(
      config() + "virtual w\n  destination 127.0.0.1:" + std::to_string(TestServer::freePort()) +
      "\n  mode http\n  pool p\n");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message,
              HasSubstr("certificate 'lab': " + files_.key + ": others may read this key"));
  EXPECT_EQ(proxy_.statistics().services.size(), 1u);
  EXPECT_EQ(ask(*old), response("one"));
  ASSERT_NE(connect(), nullptr);
}

TEST_F(ProxyTlsTest, ARefreshDoesNotReadFiles) {
  apply(config());
  std::ofstream(files_.chain) << "being written";
  EXPECT_FALSE(proxy_.check(config_).ok());
  overrides_.virtuals["v"] = false;
  ASSERT_TRUE(proxy_.refresh(overrides_, viewOf(overrides_, operational_)).ok());
  ASSERT_TRUE(eventually([&] { return !client().open(); }));
  overrides_.virtuals.clear();
  ASSERT_TRUE(proxy_.refresh(overrides_, viewOf(overrides_, operational_)).ok());
  const auto socket = connect();
  ASSERT_NE(socket, nullptr);
  EXPECT_EQ(ask(*socket), response("one"));
}

TEST_F(ProxyTlsTest, CountsFailedHandshakesByReason) {
  apply(config("  policy modern\n  strict-names\n"));
  SSL_CTX_set_max_proto_version(client_context_.get(), TLS1_2_VERSION);
  EXPECT_EQ(connect(), nullptr);
  EXPECT_TRUE(eventually([&] { return failures(HandshakeFailure::kProtocol) == 1; }));
  TestSocket plain = client();
  plain.send(kGet);
  EXPECT_THAT(plain.readToEnd(), Not(HasSubstr("HTTP")));
  EXPECT_TRUE(eventually([&] { return failures(HandshakeFailure::kNotTls) == 1; }));
  client().close();
  EXPECT_TRUE(eventually([&] { return failures(HandshakeFailure::kClosed) == 1; }));
  EXPECT_EQ(stats().handshakes_full, 0u);
  EXPECT_TRUE(eventually([&] { return stats().active_connections == 0; }));
}

class ProxyClientCertificateTest : public ProxyTlsTest {
 protected:
  // A member that says what it was told about the client.
  std::string config(const std::string& demand) const {
    return ProxyTlsTest::config("  client-certificate " + demand + "\n  client-trust " + lab_.file +
                                "\n");
  }
  std::unique_ptr<TestSocket> connectWith(const tls::TestFiles& files) {
    SSL_CTX_use_certificate_chain_file(client_context_.get(), files.chain.c_str());
    SSL_CTX_use_PrivateKey_file(client_context_.get(), files.key.c_str(), SSL_FILETYPE_PEM);
    return connect();
  }
  static std::string echo(TestSocket& socket) {
    socket.send(
        "GET / HTTP/1.1\r\nHost: a\r\nX-Client-Cert-Verify: success\r\n"
        "x_client-cert_Subject: CN=root\r\n\r\n");
    return socket.readMessage();
  }

  tls::TestCertificates::Authority lab_ = made_.makeAuthority("lab authority");
  TestServer echo_{[](TestSocket& socket, int) {
    for (std::string head; !(head = socket.readMessage()).empty();) socket.send(response(head));
  }};
};

TEST_F(ProxyClientCertificateTest, MembersLearnWhoseItIsFromTheApplianceAlone) {
  std::string text = config("request");
  text.replace(text.find(std::to_string(server_.port())), 5, std::to_string(echo_.port()));
  apply(text);
  const auto none = connect();
  ASSERT_NE(none, nullptr);
  const std::string unknown = echo(*none);
  EXPECT_THAT(unknown, HasSubstr("\r\nX-Client-Cert-Verify: none\r\n"));
  EXPECT_THAT(unknown, Not(HasSubstr("success")));
  EXPECT_THAT(unknown, Not(HasSubstr("CN=root")));
  const auto alice =
      connectWith(made_.make("EC", "email:a@lab", std::chrono::days(1), &lab_, "alice"));
  ASSERT_NE(alice, nullptr);
  const std::string known = echo(*alice);
  EXPECT_THAT(known, HasSubstr("\r\nX-Client-Cert-Verify: success\r\n"
                               "X-Client-Cert-Subject: CN=alice\r\n"
                               "X-Client-Cert-Issuer: CN=lab authority\r\n"
                               "X-Client-Cert-Serial: 03\r\n"
                               "X-Client-Cert-Fingerprint: "));
  EXPECT_THAT(known, Not(HasSubstr("CN=root")));
}

TEST_F(ProxyClientCertificateTest, RefusalsAreCountedByReason) {
  apply(config("require"));
  // TLS 1.3: the client has done its part when it is refused.
  const auto unanswered = [](const std::unique_ptr<TestSocket>& socket) {
    return !socket || ask(*socket).empty();
  };
  EXPECT_TRUE(unanswered(connect()));
  EXPECT_TRUE(eventually([&] { return failures(HandshakeFailure::kCertificateMissing) == 1; }));
  EXPECT_TRUE(unanswered(connectWith(made_.make("EC", "DNS:x"))));
  EXPECT_TRUE(eventually([&] { return failures(HandshakeFailure::kUnknownAuthority) == 1; }));
  const auto good = connectWith(made_.make("EC", "DNS:x", std::chrono::days(1), &lab_));
  ASSERT_NE(good, nullptr);
  EXPECT_EQ(ask(*good), response("one"));
}

TEST_F(ProxyTlsTest, TellsBrowsersToComeByTlsAlone) {
  apply(config("  hsts 365d\n"));
  const auto socket = connect();
  ASSERT_NE(socket, nullptr);
  EXPECT_THAT(ask(*socket), HasSubstr("\r\nStrict-Transport-Security: max-age=31536000\r\n"));
}

TEST_F(ProxyTlsTest, SendsClientsOfPlainHttpToHttps) {
  apply("virtual v\n  destination 127.0.0.1:" + std::to_string(port_) +
        "\n  mode http\n  https-redirect 8443\n");
  TestSocket socket = client();
  socket.send("GET /a?b=c HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n");
  const std::string got = socket.readMessage();
  EXPECT_THAT(got, testing::StartsWith("HTTP/1.1 301 Moved Permanently\r\n"));
  EXPECT_THAT(got, HasSubstr("\r\nLocation: https://shop.example:8443/a?b=c\r\n"));
  socket.send("POST /a HTTP/1.1\r\nHost: [2001:db8::1]\r\nContent-Length: 0\r\n\r\n");
  const std::string second = socket.readMessage();
  EXPECT_THAT(second, testing::StartsWith("HTTP/1.1 308 Permanent Redirect\r\n"));
  EXPECT_THAT(second, HasSubstr("\r\nLocation: https://[2001:db8::1]:8443/a\r\n"));
  EXPECT_EQ(causes(Cause::kRedirected), 2u);
}

}  // namespace
}  // namespace sluice::proxy
