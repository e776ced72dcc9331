// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "firmware/tls/test_certificate.h"

namespace sluice::tls {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string errorOf(const TestFiles& files) {
  const auto loaded = Certificate::load(files.chain, files.key);
  return loaded.ok() ? "loaded" : loaded.error().message;
}

TEST(Certificate, SaysWhatItIsFor) {
  TestCertificates made;
  const TestFiles files = made.make("EC", "DNS:Shop.example,DNS:*.b.example");
  const auto loaded = Certificate::load(files.chain, files.key);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const Certificate& certificate = **loaded;
  EXPECT_THAT(certificate.names(), ElementsAre("shop.example", "*.b.example"));
  EXPECT_EQ(certificate.keyType(), KeyType::kEcdsa);
  EXPECT_EQ(certificate.serial(), "01");
  EXPECT_EQ(certificate.notAfter() - certificate.notBefore(), std::chrono::seconds(86'400));
}

TEST(Certificate, CoversNamesAndOneLabelForAWildcard) {
  TestCertificates made;
  const TestFiles files = made.make("EC", "DNS:shop.example,DNS:*.b.example");
  const auto certificate = *Certificate::load(files.chain, files.key);
  for (const char* name : {"shop.example", "SHOP.Example", "x.b.example"})
    EXPECT_TRUE(certificate->covers(name)) << name;
  for (const char* name : {"", "example", "a.shop.example", "b.example", ".b.example",
                           "x.y.b.example", "xb.example", "shop.example."})
    EXPECT_FALSE(certificate->covers(name)) << name;
}

TEST(Certificate, ReadsAChain) {
  TestCertificates made;
  const TestFiles files = made.make("RSA", "DNS:a"), other = made.make("EC", "DNS:b");
  std::ofstream(files.chain, std::ios::app) << std::ifstream(other.chain).rdbuf();
  const auto loaded = Certificate::load(files.chain, files.key);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ((*loaded)->chain().size(), 2u);
  EXPECT_EQ((*loaded)->keyType(), KeyType::kRsa);
  EXPECT_THAT((*loaded)->names(), ElementsAre("a"));
}

TEST(Certificate, RefusesKeysThatOthersMayRead) {
  TestCertificates made;
  const TestFiles files = made.make("EC", "DNS:a");
  for (const mode_t mode : {0640, 0604, 0660, 0777}) {
    ::chmod(files.key.c_str(), mode);
    EXPECT_EQ(errorOf(files),
              files.key + ": others may read this key; expected mode 0600 (chmod 600)");
  }
  ::chmod(files.key.c_str(), 0400);
  EXPECT_EQ(errorOf(files), "loaded");
}

TEST(Certificate, SaysWhatIsWrongWithFiles) {
  TestCertificates made;
  const TestFiles a = made.make("EC", "DNS:a"), b = made.make("EC", "DNS:b");
  EXPECT_EQ(errorOf({a.chain + "x", a.key}), a.chain + "x: No such file or directory");
  EXPECT_THAT(errorOf({std::filesystem::path(a.chain).parent_path(), a.key}),
              HasSubstr("is no file"));
  EXPECT_EQ(errorOf({a.key, a.key}), a.key + ": holds no certificate in PEM form");
  EXPECT_EQ(errorOf({a.chain, b.key}), b.key + ": is not the key of the certificate in " + a.chain);
  ::chmod(a.chain.c_str(), 0600);
  EXPECT_EQ(errorOf({a.chain, a.chain}),
            a.chain + ": holds no private key in PEM form, or one with a pass phrase");
  std::ofstream(a.chain, std::ios::app)
      << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_THAT(errorOf(a), HasSubstr(": certificate 2: "));
}

}  // namespace
}  // namespace sluice::tls
