// SPDX-License-Identifier: Apache-2.0
// Certificates for tests: made on the spot, in a directory that goes away.
#pragma once

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
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

  // Who signs certificates; `file` is its own.
  struct Authority {
    X509Ptr certificate;
    KeyPtr key;
    std::string file;
  };
  Authority makeAuthority(const std::string& common) {
    Authority made{X509Ptr(X509_new()), KeyPtr(EVP_EC_gen("P-256")), ""};
    describe(made.certificate.get(), made.key.get(), common, std::chrono::days(1));
    extend(made.certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    X509_set_issuer_name(made.certificate.get(), X509_get_subject_name(made.certificate.get()));
    X509_sign(made.certificate.get(), made.key.get(), EVP_sha256());
    made.file = write(made.certificate.get());
    return made;
  }

  // `kind`: "EC", or "RSA" with 2048 bits. `names`: "DNS:a.example,DNS:*.b.example". Signed by
  // itself without an authority. It began a minute ago.
  TestFiles make(const std::string& kind, const std::string& names,
                 std::chrono::seconds life = std::chrono::days(1),
                 const Authority* authority = nullptr, const std::string& common = "lab") {
    const KeyPtr key(kind == "EC" ? EVP_EC_gen("P-256") : EVP_RSA_gen(2'048u));
    const X509Ptr certificate(X509_new());
    describe(certificate.get(), key.get(), common, life);
    extend(certificate.get(), NID_subject_alt_name, names);
    const X509* issuer = authority != nullptr ? authority->certificate.get() : certificate.get();
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
    X509_sign(certificate.get(), authority != nullptr ? authority->key.get() : key.get(),
              EVP_sha256());
    const std::string chain_file = write(certificate.get());
    const std::string key_file = stem() + ".key";
    const BioPtr out(BIO_new_file(key_file.c_str(), "w"));
    ::chmod(key_file.c_str(), 0600);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {chain_file, key_file};
  }

  // A file that revokes certificates of the authority by their serial numbers.
  std::string revoke(const Authority& authority, const std::vector<long>& serials) {
    const CrlPtr list(X509_CRL_new());
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.certificate.get()));
    const Asn1TimePtr from(X509_gmtime_adj(nullptr, -60)), until(X509_gmtime_adj(nullptr, 86'400));
    X509_CRL_set1_lastUpdate(list.get(), from.get());
    X509_CRL_set1_nextUpdate(list.get(), until.get());
    for (const long serial : serials) {
      X509_REVOKED* entry = X509_REVOKED_new();
      const Asn1IntegerPtr number(ASN1_INTEGER_new());
      ASN1_INTEGER_set(number.get(), serial);
      X509_REVOKED_set_serialNumber(entry, number.get());
      X509_REVOKED_set_revocationDate(entry, from.get());
      X509_CRL_add0_revoked(list.get(), entry);
    }
    X509_CRL_sign(list.get(), authority.key.get(), EVP_sha256());
    const std::string file = directory_ / ("crl" + std::to_string(++lists_) + ".pem");
    const BioPtr out(BIO_new_file(file.c_str(), "w"));
    PEM_write_bio_X509_CRL(out.get(), list.get());
    return file;
  }

  // An OCSP response of the authority about the last certificate that was made of it; signed by
  // `signer`, if that is given.
  std::string respond(const Authority& authority, int status = V_OCSP_CERTSTATUS_GOOD,
                      std::chrono::seconds life = std::chrono::days(1),
                      const Authority* signer = nullptr) {
    if (signer == nullptr) signer = &authority;
    OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
    const Asn1IntegerPtr number(ASN1_INTEGER_new());
    ASN1_INTEGER_set(number.get(), serial_);
    OCSP_CERTID* id =
        OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(authority.certificate.get()),
                         X509_get0_pubkey_bitstr(authority.certificate.get()), number.get());
    const Asn1TimePtr from(X509_gmtime_adj(nullptr, -60));
    const Asn1TimePtr until(X509_gmtime_adj(nullptr, life.count() - 60));
    OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_NOSTATUS,
                           status == V_OCSP_CERTSTATUS_REVOKED ? from.get() : nullptr, from.get(),
                           until.get());
    OCSP_basic_sign(basic, signer->certificate.get(), signer->key.get(), EVP_sha256(), nullptr, 0);
    OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    const std::string file = directory_ / ("ocsp" + std::to_string(++lists_) + ".der");
    const BioPtr out(BIO_new_file(file.c_str(), "w"));
    i2d_OCSP_RESPONSE_bio(out.get(), response);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    return file;
  }

  // The authority's certificate behind that of `files`.
  static void append(const TestFiles& files, const Authority& authority) {
    std::ofstream(files.chain, std::ios::app) << std::ifstream(authority.file).rdbuf();
  }

  long lastSerial() const { return serial_; }

 private:
  using Asn1TimePtr = std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>>;
  using Asn1IntegerPtr = std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>>;

  std::string stem() const { return directory_ / std::to_string(serial_); }
  void describe(X509* certificate, EVP_PKEY* key, const std::string& common,
                std::chrono::seconds life) {
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    time_t now = ::time(nullptr);
    X509_time_adj(X509_getm_notBefore(certificate), -60, &now);
    X509_time_adj(X509_getm_notAfter(certificate), life.count() - 60, &now);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  }
  static void extend(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  std::string write(X509* certificate) const {
    const BioPtr out(BIO_new_file((stem() + ".pem").c_str(), "w"));
    PEM_write_bio_X509(out.get(), certificate);
    return stem() + ".pem";
  }

  std::filesystem::path directory_;
  long serial_ = 0, lists_ = 0;
};

}  // namespace sluice::tls
