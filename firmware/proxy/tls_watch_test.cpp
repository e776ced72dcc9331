// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/tls_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/tls/test_certificate.h"

namespace sluice::proxy {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TlsWatchTest : public testing::Test {
 protected:
  TlsWatchTest() { renew(days(90)); }

  void renew(std::chrono::seconds life) {
    const tls::TestFiles files = made_.make("EC", "DNS:shop.example", life);
    certificate_ = *tls::Certificate::load(files.chain, files.key);
    time_ = certificate_->notBefore();
  }
  // What is said about the state of things, by name of the event.
  std::vector<std::string> said(int seconds = 1) {
    for (int i = 0; i < seconds; ++i)
      watch_.take({{"lab", certificate_, {"v"}}}, stats_, now_ns_ += 1'000'000'000);
    std::vector<std::string> names;
    for (; said_ < log_.recent().size(); ++said_) {
      names.emplace_back(log_.recent()[said_].kind->name);
      last_ = log_.recent()[said_].sentence();
    }
    return names;
  }

  tls::TestCertificates made_;
  std::shared_ptr<const tls::Certificate> certificate_;
  std::chrono::sys_seconds time_;
  EventLog log_{[this] { return WallTime(time_); }};
  TlsWatch watch_{log_};
  ProxyStats stats_;
  uint64_t now_ns_ = 0;
  size_t said_ = 0;
  std::string last_;
};

TEST_F(TlsWatchTest, TellsWhenACertificateComesExpiresAndIsRenewed) {
  EXPECT_THAT(said(2), ElementsAre("certificate_loaded"));
  time_ = certificate_->notAfter() - days(30) - hours(1);
  EXPECT_THAT(said(), IsEmpty());
  time_ += hours(1);
  EXPECT_THAT(said(2), ElementsAre("certificate_expiring"));
  EXPECT_EQ(log_.alarms().active().size(), 1u);
  time_ = certificate_->notAfter();
  EXPECT_THAT(said(2), ElementsAre("certificate_expired"));
  EXPECT_THAT(last_, HasSubstr("Certificate lab with serial number 01 is not valid any more"));
  EXPECT_EQ(log_.alarms().active().size(), 1u);
  renew(days(90));
  EXPECT_THAT(said(2), ElementsAre("certificate_loaded"));
  EXPECT_EQ(log_.alarms().active().size(), 0u);
}

TEST_F(TlsWatchTest, TellsWhenAnOcspResponseComesExpiresAndIsRenewed) {
  const auto lab = made_.makeAuthority("lab authority");
  const tls::TestFiles files = made_.make("EC", "DNS:shop.example", days(90), &lab);
  const auto respond = [&](std::chrono::seconds life) {
    certificate_ = *tls::Certificate::load(files.chain, files.key,
                                           made_.respond(lab, V_OCSP_CERTSTATUS_GOOD, life));
    time_ = certificate_->ocsp()->from();
  };
  respond(days(9));
  EXPECT_THAT(said(2), ElementsAre("certificate_loaded", "ocsp_loaded"));
  time_ += days(6);
  EXPECT_THAT(said(2), ElementsAre("ocsp_expiring"));
  time_ += days(3);
  EXPECT_THAT(said(2), ElementsAre("ocsp_expired"));
  EXPECT_THAT(last_, HasSubstr("The OCSP response about certificate lab with serial number 03 is"));
  EXPECT_EQ(log_.alarms().active().size(), 1u);
  respond(days(8));
  EXPECT_THAT(said(2), ElementsAre("ocsp_loaded"));
  EXPECT_EQ(log_.alarms().active().size(), 0u);
}

TEST_F(TlsWatchTest, OneThatIsExpiringAlreadyIsToldOnce) {
  time_ = certificate_->notAfter() - days(1);
  EXPECT_THAT(said(3), ElementsAre("certificate_loaded", "certificate_expiring"));
}

TEST_F(TlsWatchTest, ShortLivesExpireInTheirLastThird) {
  renew(days(6));
  EXPECT_EQ(stateOf(*certificate_, time_ - hours(1)), CertificateState::kNotYet);
  EXPECT_EQ(stateOf(*certificate_, time_ + days(3)), CertificateState::kValid);
  EXPECT_EQ(stateOf(*certificate_, time_ + days(5)), CertificateState::kExpiring);
}

TEST_F(TlsWatchTest, FailingHandshakesAreTwoEventsForEachReason) {
  said();
  ServiceStats service;
  service.name = "v";
  stats_.services = {service};
  auto& failures = stats_.services[0].handshake_failures;
  EXPECT_THAT(said(), IsEmpty());
  failures[static_cast<size_t>(tls::HandshakeFailure::kProtocol)] = 3;
  EXPECT_THAT(said(5), ElementsAre("handshakes_failing"));
  EXPECT_EQ(last_, "TLS handshakes with virtual v fail: protocol, 3 so far.");
  failures[static_cast<size_t>(tls::HandshakeFailure::kProtocol)] = 4;
  EXPECT_THAT(said(9), IsEmpty());
  EXPECT_THAT(said(3), ElementsAre("handshakes_recovered"));
  EXPECT_EQ(last_, "TLS handshakes with virtual v do not fail any more: protocol, 4 in 5 s.");
}

TEST_F(TlsWatchTest, MembersThatCannotBeVerifiedAreTwoEvents) {
  said();
  stats_.members.resize(1);
  stats_.members[0].pool = "p";
  stats_.members[0].endpoint = *Endpoint::parse("10.0.0.11:443");
  auto& failures = stats_.members[0].handshake_failures;
  EXPECT_THAT(said(), IsEmpty());
  failures[static_cast<size_t>(tls::HandshakeFailure::kWrongName)] = 3;
  failures[static_cast<size_t>(tls::HandshakeFailure::kTimeout)] = 1;
  EXPECT_THAT(said(5), ElementsAre("member_handshakes_failing"));
  EXPECT_EQ(last_,
            "TLS handshakes with member 10.0.0.11:443 of pool p fail: wrong_name, 4 so far.");
  EXPECT_EQ(log_.alarms().active().size(), 1u);
  failures = {};  // the member is configured anew
  EXPECT_THAT(said(12), ElementsAre("member_handshakes_recovered"));
  EXPECT_EQ(log_.alarms().active().size(), 0u);
}

TEST_F(TlsWatchTest, ConnectionsThatJustEndAreNoFailure) {
  said();
  stats_.services.resize(1);
  stats_.services[0].handshake_failures[static_cast<size_t>(tls::HandshakeFailure::kClosed)] = 9;
  EXPECT_THAT(said(3), IsEmpty());
}

}  // namespace
}  // namespace sluice::proxy
