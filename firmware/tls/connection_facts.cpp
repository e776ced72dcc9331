// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/connection_facts.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

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

std::string ConnectionFacts::*textOf(std::string_view name) {
  constexpr std::pair<std::string_view, std::string ConnectionFacts::*> kTexts[] = {
      {"version", &ConnectionFacts::version},         {"cipher", &ConnectionFacts::cipher},
      {"server-name", &ConnectionFacts::server_name}, {"subject", &ConnectionFacts::subject},
      {"issuer", &ConnectionFacts::issuer},           {"serial", &ConnectionFacts::serial},
      {"fingerprint", &ConnectionFacts::fingerprint}};
  for (const auto& [known, text] : kTexts) {
    if (known == name) return text;
  }
  return nullptr;
}

}  // namespace

std::string ConnectionFacts::verdict() const {
  if (!certified) return "none";
  return verified() ? "success" : "failed: " + std::string(name(flaw));
}

std::string ConnectionFacts::field(std::string_view name) const {
  if (name == "client-certificate") return verdict();
  const auto member = textOf(name);
  return member == nullptr ? "" : this->*member;
}

std::string* ConnectionFacts::text(std::string_view name) {
  const auto member = textOf(name);
  return member == nullptr ? nullptr : &(this->*member);
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
