// SPDX-License-Identifier: Apache-2.0
// Handshakes in memory: OpenSSL's client against our side.
#include "firmware/tls/server_context.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "firmware/tls/connection_facts.h"
#include "firmware/tls/handshake_failure.h"
#include "firmware/tls/test_certificate.h"

namespace sluice::tls {
namespace {

struct Outcome {
  bool good = false;
  HandshakeFailure failure = HandshakeFailure::kNone;
  std::string serial, version, cipher, protocol;
  bool resumed = false;
  SessionPtr session;
  ConnectionFacts facts;
  int alert = 0;        // that the client was sent
  std::string stapled;  // OCSP response
};

class ServerContextTest : public testing::Test {
 protected:
  std::shared_ptr<const Certificate> certificate(const std::string& kind,
                                                 const std::string& names) {
    const TestFiles files = made_.make(kind, names);
    return *Certificate::load(files.chain, files.key);
  }
  std::shared_ptr<const ServerContext> context(ServerSettings settings) {
    auto made = ServerContext::make(std::move(settings), tickets_);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return *made;
  }

  // What a client asks for.
  struct Client {
    const char* name = nullptr;
    const char* ciphers = nullptr;  // TLS 1.2
    int version = 0;                // the only one; 0 = any
    std::string protocols;          // as on the wire
    const char* signatures = nullptr;
    SSL_SESSION* session = nullptr;
    const TestFiles* certificate = nullptr;
    bool wants_status = false;
  };

  static SslPtr clientOf(SSL_CTX* context, const Client& client) {
    if (client.version != 0) {
      SSL_CTX_set_security_level(context, 0);
      SSL_CTX_set_min_proto_version(context, client.version);
      SSL_CTX_set_max_proto_version(context, client.version);
    }
    SslPtr ssl(SSL_new(context));
    SSL_set_connect_state(ssl.get());
    if (client.name != nullptr) SSL_set_tlsext_host_name(ssl.get(), client.name);
    if (client.ciphers != nullptr) SSL_set_cipher_list(ssl.get(), client.ciphers);
    if (client.signatures != nullptr) SSL_set1_sigalgs_list(ssl.get(), client.signatures);
    if (client.session != nullptr) SSL_set_session(ssl.get(), client.session);
    if (client.certificate != nullptr) {
      SSL_use_certificate_file(ssl.get(), client.certificate->chain.c_str(), SSL_FILETYPE_PEM);
      SSL_use_PrivateKey_file(ssl.get(), client.certificate->key.c_str(), SSL_FILETYPE_PEM);
    }
    if (client.wants_status) SSL_set_tlsext_status_type(ssl.get(), TLSEXT_STATUSTYPE_ocsp);
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(client.protocols.data()),
                        static_cast<unsigned>(client.protocols.size()));
    return ssl;
  }

  static Outcome handshake(const ServerContext& server, const Client& asked) {
    const ContextPtr client_context(SSL_CTX_new(TLS_client_method()));
    const SslPtr client = clientOf(client_context.get(), asked);
    const SslPtr ours = server.newConnection();
    BIO *left = nullptr, *right = nullptr;
    BIO_new_bio_pair(&left, 0, &right, 0);
    SSL_set_bio(client.get(), left, left);
    SSL_set_bio(ours.get(), right, right);
    Outcome outcome;
    bool client_good = false, ours_good = false;
    for (int turn = 0; turn < 20 && !(client_good && ours_good); ++turn) {
      client_good = SSL_do_handshake(client.get()) == 1;
      ERR_clear_error();
      const int result = SSL_do_handshake(ours.get());
      ours_good = result == 1;
      if (!ours_good && SSL_get_error(ours.get(), result) == SSL_ERROR_SSL) {
        outcome.failure = classify(ours.get(), ERR_peek_last_error());
        ERR_clear_error();
        char byte = 0;
        SSL_read(client.get(), &byte, 1);
        outcome.alert = ERR_GET_REASON(ERR_peek_last_error()) - SSL_AD_REASON_OFFSET;
        ERR_clear_error();
        return outcome;
      }
    }
    // Tickets of TLS 1.3 come behind the handshake.
    char byte = 0;
    SSL_read(client.get(), &byte, 1);
    const unsigned char* staple = nullptr;
    if (const long size_of = SSL_get_tlsext_status_ocsp_resp(client.get(), &staple); size_of > 0)
      outcome.stapled.assign(reinterpret_cast<const char*>(staple), static_cast<size_t>(size_of));
    outcome.good = client_good && ours_good;
    if (!outcome.good) return outcome;
    const X509Ptr peer(SSL_get1_peer_certificate(client.get()));
    if (peer) outcome.serial = std::to_string(ASN1_INTEGER_get(X509_get0_serialNumber(peer.get())));
    outcome.facts = factsOf(ours.get());
    outcome.version = SSL_get_version(client.get());
    outcome.cipher = SSL_get_cipher_name(client.get());
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.get(), &protocol, &size);
    outcome.protocol.assign(reinterpret_cast<const char*>(protocol), size);
    outcome.resumed = SSL_session_reused(ours.get()) == 1;
    outcome.session.reset(SSL_get1_session(client.get()));
    SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return outcome;
  }

  TestCertificates made_;
  std::shared_ptr<TicketKeys> tickets_ = std::make_shared<TicketKeys>();
};

TEST_F(ServerContextTest, ChoosesTheCertificateByName) {
  const auto server =
      context({{certificate("EC", "DNS:first.example"), certificate("EC", "DNS:*.b.example"),
                certificate("EC", "DNS:exact.b.example")}});
  EXPECT_EQ(handshake(*server, {"first.example"}).serial, "1");
  EXPECT_EQ(handshake(*server, {"x.b.example"}).serial, "2");
  EXPECT_EQ(handshake(*server, {"EXACT.b.example"}).serial, "3");
  EXPECT_EQ(handshake(*server, {"unknown.example"}).serial, "1");
  EXPECT_EQ(handshake(*server, {}).serial, "1");
}

TEST_F(ServerContextTest, RefusesUnknownNamesIfStrict) {
  ServerSettings settings{{certificate("EC", "DNS:first.example")}};
  settings.strict_names = true;
  const auto server = context(settings);
  EXPECT_TRUE(handshake(*server, {"first.example"}).good);
  EXPECT_EQ(handshake(*server, {"unknown.example"}).failure, HandshakeFailure::kUnknownName);
  EXPECT_EQ(handshake(*server, {}).failure, HandshakeFailure::kUnknownName);
}

TEST_F(ServerContextTest, OffersEcdsaAndRsaTogether) {
  const auto server =
      context({{certificate("RSA", "DNS:a.example"), certificate("EC", "DNS:a.example")}});
  for (const char* name :
       {static_cast<const char*>("a.example"), static_cast<const char*>(nullptr)}) {
    Client modern{name}, old{name};
    old.signatures = "rsa_pss_rsae_sha256:RSA+SHA256";
    EXPECT_EQ(handshake(*server, modern).serial, "2");
    EXPECT_EQ(handshake(*server, old).serial, "1");
  }
}

TEST_F(ServerContextTest, OffersWhatItsPolicySays) {
  ServerSettings settings{{certificate("EC", "DNS:a")}};
  const auto intermediate = context(settings);
  settings.policy = Policy::kModern;
  const auto modern = context(settings);
  Client tls12, tls11, cbc;
  tls12.version = TLS1_2_VERSION;
  tls11.version = TLS1_1_VERSION;
  cbc.version = TLS1_2_VERSION;
  cbc.ciphers = "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA";
  EXPECT_EQ(handshake(*intermediate, {}).version, "TLSv1.3");
  EXPECT_EQ(handshake(*intermediate, {}).cipher, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(handshake(*intermediate, tls12).cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(handshake(*intermediate, tls11).failure, HandshakeFailure::kProtocol);
  EXPECT_EQ(handshake(*intermediate, cbc).failure, HandshakeFailure::kCipher);
  EXPECT_EQ(handshake(*modern, {}).version, "TLSv1.3");
  EXPECT_EQ(handshake(*modern, tls12).failure, HandshakeFailure::kProtocol);
}

TEST_F(ServerContextTest, AgreesOnAProtocol) {
  ServerSettings settings{{certificate("EC", "DNS:a")}};
  settings.protocols = {"h2", "http/1.1"};
  const auto server = context(settings);
  Client both, none, other;
  both.protocols = "\x08http/1.1\x02h2";
  other.protocols = "\x04smtp";
  EXPECT_EQ(handshake(*server, both).protocol, "h2");
  EXPECT_TRUE(handshake(*server, none).good);
  EXPECT_EQ(handshake(*server, other).failure, HandshakeFailure::kAlpn);
}

TEST_F(ServerContextTest, ResumesAcrossRenewedCertificatesUntilTheKeyIsGone) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ServerSettings settings{{certificate("EC", "DNS:a")}};
    settings.session_scope = "shop";
    Client client{"a"};
    client.version = version;
    const Outcome first = handshake(*context(settings), client);
    EXPECT_TRUE(first.good);
    EXPECT_FALSE(first.resumed);
    client.session = first.session.get();
    ServerSettings renewed{{certificate("EC", "DNS:a")}};
    renewed.session_scope = "shop";
    const auto server = context(renewed);
    for (size_t i = 1; i < TicketKeys::kKept; ++i) {
      EXPECT_TRUE(handshake(*server, client).resumed) << version << " after " << i - 1;
      tickets_->rotate();
    }
    EXPECT_TRUE(handshake(*server, client).resumed);
    tickets_->rotate();
    const Outcome last = handshake(*server, client);
    EXPECT_TRUE(last.good);
    EXPECT_FALSE(last.resumed);
  }
}

TEST_F(ServerContextTest, DoesNotResumeSessionsOfAnotherVirtual) {
  ServerSettings settings{{certificate("EC", "DNS:a")}};
  settings.session_scope = "one";
  const Outcome first = handshake(*context(settings), {"a"});
  settings.session_scope = "two";
  Client client{"a"};
  client.session = first.session.get();
  const Outcome second = handshake(*context(settings), client);
  EXPECT_FALSE(second.resumed);
}

TEST_F(ServerContextTest, SaysThatPlainHttpCame) {
  const auto server = context({{certificate("EC", "DNS:a")}});
  const SslPtr ours = server->newConnection();
  BIO* input = BIO_new_mem_buf("GET / HTTP/1.1\r\n\r\n", -1);
  SSL_set_bio(ours.get(), input, BIO_new(BIO_s_mem()));
  EXPECT_NE(SSL_do_handshake(ours.get()), 1);
  EXPECT_EQ(classify(ours.get(), ERR_peek_last_error()), HandshakeFailure::kNotTls);
  ERR_clear_error();
}

class ClientCertificateTest : public ServerContextTest {
 protected:
  std::shared_ptr<const ServerContext> asking(ClientCertificates demand,
                                              const std::string& crl = "", int depth = 4) {
    ServerSettings settings{{server_}};
    settings.client_certificates = demand;
    settings.client_trust = *Trust::load(lab_.file, crl);
    settings.client_depth = depth;
    settings.session_scope = "v";
    return context(std::move(settings));
  }
  TestFiles client(std::chrono::seconds life = std::chrono::days(1),
                   const std::string& common = "alice") {
    return made_.make("EC", "email:a@lab.example", life, &lab_, common);
  }

  TestCertificates::Authority lab_ = made_.makeAuthority("lab authority");
  std::shared_ptr<const Certificate> server_ = certificate("EC", "DNS:a.example");
};

TEST_F(ClientCertificateTest, TellsWhoseItIs) {
  const TestFiles alice = client();
  const auto server = asking(ClientCertificates::kRequire);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Outcome outcome =
        handshake(*server, {.name = "A.example", .version = version, .certificate = &alice});
    ASSERT_TRUE(outcome.good);
    EXPECT_TRUE(outcome.facts.verified());
    EXPECT_EQ(outcome.facts.verdict(), "success");
    EXPECT_EQ(outcome.facts.subject, "CN=alice");
    EXPECT_EQ(outcome.facts.issuer, "CN=lab authority");
    EXPECT_EQ(outcome.facts.serial, "03");
    EXPECT_EQ(outcome.facts.fingerprint.size(), 64u);
    EXPECT_EQ(outcome.facts.server_name, "a.example");
    EXPECT_EQ(outcome.facts.version, version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    EXPECT_EQ(outcome.facts.cipher, outcome.cipher);
    // A session that is resumed knows it, too.
    const Outcome again =
        handshake(*server, {.version = version, .session = outcome.session.get()});
    ASSERT_TRUE(again.resumed);
    EXPECT_EQ(again.facts.subject, "CN=alice");
  }
}

TEST_F(ClientCertificateTest, NamesCannotBreakOutOfAHeader) {
  const TestFiles evil = client(std::chrono::days(1), "a\r\nX-Evil: 1");
  const Outcome outcome = handshake(*asking(ClientCertificates::kRequire), {.certificate = &evil});
  ASSERT_TRUE(outcome.good);
  EXPECT_EQ(outcome.facts.subject, "CN=a\\0D\\0AX-Evil: 1");
}

TEST_F(ClientCertificateTest, RequiredOnesAreRefusedWithTheRightAlert) {
  const auto server = asking(ClientCertificates::kRequire);
  const auto refused = [&](const ServerContext& by, const TestFiles* files, int version) {
    const Outcome outcome = handshake(by, {.version = version, .certificate = files});
    EXPECT_FALSE(outcome.good);
    return std::pair(outcome.failure, outcome.alert);
  };
  EXPECT_EQ(refused(*server, nullptr, TLS1_3_VERSION),
            std::pair(HandshakeFailure::kCertificateMissing, SSL_AD_CERTIFICATE_REQUIRED));
  EXPECT_EQ(refused(*server, nullptr, TLS1_2_VERSION),
            std::pair(HandshakeFailure::kCertificateMissing, SSL_AD_HANDSHAKE_FAILURE));
  const TestFiles expired = client(std::chrono::seconds(1));
  EXPECT_EQ(refused(*server, &expired, TLS1_3_VERSION),
            std::pair(HandshakeFailure::kCertificateExpired, SSL_AD_CERTIFICATE_EXPIRED));
  const auto other = made_.makeAuthority("other authority");
  const TestFiles stranger = made_.make("EC", "DNS:x", std::chrono::days(1), &other);
  EXPECT_EQ(refused(*server, &stranger, TLS1_3_VERSION),
            std::pair(HandshakeFailure::kUnknownAuthority, SSL_AD_UNKNOWN_CA));
  const TestFiles revoked = client();
  const auto strict =
      asking(ClientCertificates::kRequire, made_.revoke(lab_, {made_.lastSerial()}));
  EXPECT_EQ(refused(*strict, &revoked, TLS1_3_VERSION),
            std::pair(HandshakeFailure::kCertificateRevoked, SSL_AD_CERTIFICATE_REVOKED));
  const TestFiles good = client();
  EXPECT_TRUE(handshake(*strict, {.certificate = &good}).good);
}

TEST_F(ClientCertificateTest, RequestedOnesGetThroughAndAreTold) {
  const auto server = asking(ClientCertificates::kRequest);
  EXPECT_EQ(handshake(*server, {}).facts.verdict(), "none");
  const TestFiles expired = client(std::chrono::seconds(1));
  EXPECT_EQ(handshake(*server, {.certificate = &expired}).facts.verdict(),
            "failed: certificate_expired");
  const TestFiles stranger = made_.make("EC", "DNS:x");
  const Outcome outcome = handshake(*server, {.certificate = &stranger});
  EXPECT_EQ(outcome.facts.verdict(), "failed: unknown_authority");
  EXPECT_EQ(handshake(*server, {.session = outcome.session.get()}).facts.verdict(),
            "failed: unknown_authority");
  // That there is no list of an unknown authority comes second.
  const auto strict = asking(ClientCertificates::kRequest, made_.revoke(lab_, {}));
  EXPECT_EQ(handshake(*strict, {.certificate = &stranger}).facts.verdict(),
            "failed: unknown_authority");
}

TEST_F(ClientCertificateTest, SessionsDoNotOutliveWhatTheyWereBelievedFor) {
  const TestFiles alice = client();
  const Outcome first = handshake(*asking(ClientCertificates::kRequire), {.certificate = &alice});
  ASSERT_TRUE(first.good);
  const auto strict = asking(ClientCertificates::kRequire, made_.revoke(lab_, {}));
  const Outcome second =
      handshake(*strict, {.session = first.session.get(), .certificate = &alice});
  EXPECT_TRUE(second.good);
  EXPECT_FALSE(second.resumed);
}

class OcspTest : public ServerContextTest {
 protected:
  Result<std::shared_ptr<const Certificate>> stapled(const std::string& response) {
    return Certificate::load(files_.chain, files_.key, response);
  }
  std::string refusal(const std::string& response) {
    const auto loaded = stapled(response);
    if (loaded.ok()) return "loaded";
    EXPECT_EQ(loaded.error().message.substr(0, response.size()), response);
    return loaded.error().message.substr(response.size());
  }
  static std::string staple(const ServerContext& server, bool wanted = true) {
    return handshake(server, {.name = "a.example", .wants_status = wanted}).stapled;
  }
  static std::string contents(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  TestCertificates::Authority lab_ = made_.makeAuthority("lab authority");
  TestFiles files_ = made_.make("EC", "DNS:a.example", std::chrono::days(1), &lab_);
};

TEST_F(OcspTest, ResponsesAreStapledForThoseWhoAsk) {
  TestCertificates::append(files_, lab_);
  const std::string response = made_.respond(lab_);
  const auto loaded = stapled(response);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const auto server = context({{*loaded, certificate("EC", "DNS:other.example")}});
  EXPECT_EQ(staple(*server), contents(response));
  EXPECT_EQ(staple(*server, false), "");
  EXPECT_EQ(handshake(*server, {.name = "other.example", .wants_status = true}).stapled, "");
}

TEST_F(OcspTest, ExpiredOnesAreNotStapled) {
  const auto loaded = stapled(made_.respond(lab_, V_OCSP_CERTSTATUS_GOOD, std::chrono::seconds(1)));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_FALSE((*loaded)->ocsp()->current(std::chrono::system_clock::now()));
  EXPECT_EQ(staple(*context({{*loaded}})), "");
}

TEST_F(OcspTest, WhatDoesNotBelongToTheCertificateIsRefused) {
  EXPECT_EQ(refusal(made_.respond(lab_, V_OCSP_CERTSTATUS_REVOKED)),
            ": says that the certificate is revoked");
  EXPECT_EQ(refusal(files_.chain), ": holds no successful OCSP response in DER form");
  const std::string good = made_.respond(lab_);
  const auto other = made_.makeAuthority("other authority");
  EXPECT_EQ(refusal(made_.respond(lab_)), ": is about another certificate");
  TestCertificates::append(files_, lab_);
  EXPECT_EQ(refusal(good), "loaded");
  files_ = made_.make("EC", "DNS:a.example", std::chrono::days(1), &lab_);
  TestCertificates::append(files_, lab_);
  EXPECT_EQ(refusal(made_.respond(other)), ": is about another certificate");
  EXPECT_EQ(refusal(made_.respond(lab_, V_OCSP_CERTSTATUS_GOOD, std::chrono::days(1), &other)),
            ": is not signed by the issuer of the certificate");
}

}  // namespace
}  // namespace sluice::tls
