// SPDX-License-Identifier: Apache-2.0
// Certificates for tests: made on the spot, self-signed, in a directory that goes away.
#pragma once

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "firmware/tls/openssl_ptr.h"

namespace sluice::tls {

struct TestFiles {
  std::string chain, key;
};

class TestCertificates {
 public:
  TestCertificates() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-tls-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    directory_ = pattern;
  }
  ~TestCertificates() { std::filesystem::remove_all(directory_); }
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  // `kind`: "EC", or "RSA" with 2048 bits. `names`: "DNS:a.example,DNS:*.b.example".
  TestFiles make(const std::string& kind, const std::string& names,
                 std::chrono::seconds life = std::chrono::days(1)) {
    const KeyPtr key(kind == "EC" ? EVP_EC_gen("P-256") : EVP_RSA_gen(2'048u));
    const X509Ptr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial_);
    time_t now = ::time(nullptr);
    X509_time_adj(X509_getm_notBefore(certificate.get()), -60, &now);
    X509_time_adj(X509_getm_notAfter(certificate.get()), life.count() - 60, &now);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("lab"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    X509_EXTENSION* alternatives =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate.get(), alternatives, -1);
    X509_EXTENSION_free(alternatives);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::string stem = directory_ / std::to_string(serial_);
    const BioPtr chain_file(BIO_new_file((stem + ".pem").c_str(), "w"));
    PEM_write_bio_X509(chain_file.get(), certificate.get());
    const BioPtr key_file(BIO_new_file((stem + ".key").c_str(), "w"));
    ::chmod((stem + ".key").c_str(), 0600);
    PEM_write_bio_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {stem + ".pem", stem + ".key"};
  }

  long lastSerial() const { return serial_; }

 private:
  std::filesystem::path directory_;
  long serial_ = 0;
};

}  // namespace sluice::tls
