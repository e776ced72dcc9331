// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/connection_facts.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "firmware/tls/certificate.h"

namespace sluice::tls {
namespace {

std::string nameText(const X509_NAME* name) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(size)};
}

std::string fingerprintOf(const X509* certificate) {
  constexpr char kDigits[] = "0123456789abcdef";
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), sum, &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[sum[i] >> 4];
    text += kDigits[sum[i] & 15];
  }
  return text;
}

}  // namespace

std::string ConnectionFacts::verdict() const {
  if (!certified) return "none";
  return verified() ? "success" : "failed: " + std::string(name(flaw));
}

ConnectionFacts factsOf(const SSL* ssl) {
  ConnectionFacts facts;
  facts.version = SSL_get_version(ssl);
  facts.cipher = SSL_get_cipher_name(ssl);
  if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) {
    facts.server_name = name;
    std::transform(facts.server_name.begin(), facts.server_name.end(), facts.server_name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  }
  const X509* peer = SSL_get0_peer_certificate(ssl);
  if (peer == nullptr) return facts;
  facts.certified = true;
  facts.flaw = classifyCertificate(SSL_get_verify_result(ssl));
  facts.subject = nameText(X509_get_subject_name(peer));
  facts.issuer = nameText(X509_get_issuer_name(peer));
  facts.serial = serialOf(peer);
  facts.fingerprint = fingerprintOf(peer);
  return facts;
}

}  // namespace sluice::tls
