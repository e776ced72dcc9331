// SPDX-License-Identifier: Apache-2.0
#include "firmware/proxy/file_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/control/config_text.h"
#include "firmware/tls/test_certificate.h"

namespace sluice::proxy {
namespace {

using std::chrono::days;

class FileCheckTest : public testing::Test {
 protected:
  // What is warned of, as "line: message", or the error.
  std::string check(const std::string& rules, std::chrono::seconds from_now = {}) {
    const std::string text = "certificate shop\n  chain-file " + files_.chain + "\n  key-file " +
                             files_.key + ocsp_ + "\ntls-profile public\n  certificate shop\n" +
                             rules;
    const ConfigParse parse = parseConfig(text);
    EXPECT_TRUE(parse.ok()) << formatDiagnostics(parse.diagnostics, text, "test");
    const auto found = checkFiles(parse.config, std::chrono::system_clock::now() + from_now);
    if (!found) return found.error().message;
    std::string all;
    for (const Diagnostic& one : *found)
      all += std::to_string(one.position.line) + ": " + one.message + "\n";
    return all;
  }
  static std::string virtualWith(const std::string& rules) {
    return "pool p\nvirtual v\n  destination 203.0.113.10:443\n  mode https\n  pool p\n"
           "  tls-profile public\n" +
           rules;
  }

  tls::TestCertificates made_;
  tls::TestCertificates::Authority lab_ = made_.makeAuthority("lab");
  tls::TestFiles files_ = made_.make("EC", "DNS:shop.example,DNS:*.apps.example", days(9), &lab_);
  std::string ocsp_;
};

TEST_F(FileCheckTest, HostsThatNoCertificateCoversAreWarnedOf) {
  const std::string rules =
      "http-rule a\n  host shop.example\n  host *.apps.example\n  host x.apps.example\n"
      "  host other.example\n  pool p\nhttp-rule b\n  host other.example\n  host *.shop.example\n"
      "  pool p\n";
  EXPECT_EQ(check(rules + virtualWith("  http-rule a\n  http-rule b\n")),
            "10: no certificate of tls-profile 'public' covers 'other.example', which virtual 'v' "
            "serves\n"
            "14: no certificate of tls-profile 'public' covers '*.shop.example', which virtual "
            "'v' serves\n");
  EXPECT_EQ(check(rules + virtualWith("")), "");
}

TEST_F(FileCheckTest, CertificatesThatAreNotInTheirTimeAreWarnedOf) {
  EXPECT_EQ(check(virtualWith("")), "");
  EXPECT_EQ(check(virtualWith(""), days(9)), "2: certificate 'shop' has expired\n");
  EXPECT_EQ(check(virtualWith(""), -days(1)), "2: certificate 'shop' is not valid yet\n");
  ocsp_ = "\n  ocsp-file " + made_.respond(lab_);
  EXPECT_EQ(check(virtualWith("")), "");
  EXPECT_EQ(check(virtualWith(""), days(2)),
            "4: the OCSP response about certificate 'shop' is not valid now\n");
}

TEST_F(FileCheckTest, FilesThatWouldRefuseItAreNamed) {
  std::filesystem::remove(files_.key);
  EXPECT_EQ(check(virtualWith("")),
            "certificate 'shop': " + files_.key + ": No such file or directory");
}

}  // namespace
}  // namespace sluice::proxy
