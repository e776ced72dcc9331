// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "firmware/tls/pem_file.h"

namespace sluice::tls {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return result;
}

std::string textOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

// Empty: there is none.
std::string commonName(X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  return at < 0 ? "" : textOf(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

std::vector<std::string> namesOf(X509* certificate) {
  std::vector<std::string> names;
  auto* alternatives = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type == GEN_DNS) names.push_back(lower(textOf(name->d.dNSName)));
  }
  GENERAL_NAMES_free(alternatives);
  if (!names.empty()) return names;
  const std::string common = commonName(X509_get_subject_name(certificate));
  if (!common.empty()) names.push_back(lower(common));
  return names;
}

std::chrono::sys_seconds timeOf(const ASN1_TIME* time) {
  std::tm fields{};
  ASN1_TIME_to_tm(time, &fields);
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&fields)));
}

}  // namespace

std::string serialOf(const X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* text = BN_bn2hex(number);
  std::string serial = lower(text);
  OPENSSL_free(text);
  BN_free(number);
  return serial;
}

Result<std::shared_ptr<const Certificate>> Certificate::load(const std::string& chain_file,
                                                             const std::string& key_file,
                                                             const std::string& ocsp_file) {
  auto chain = readCertificates(chain_file);
  if (!chain) return chain.error();
  auto key = readPrivateKey(key_file);
  if (!key) return key.error();
  auto certificate = std::make_shared<Certificate>();
  certificate->chain_ = std::move(*chain);
  certificate->key_ = std::move(*key);
  const bool matches = X509_check_private_key(certificate->leaf(), certificate->key()) == 1;
  takeErrors();
  if (!matches) return invalidFile(key_file, "is not the key of the certificate in " + chain_file);
  if (auto described = certificate->describe(); !described)
    return invalidFile(chain_file, described.error().message);
  if (!ocsp_file.empty()) {
    auto response = OcspResponse::load(ocsp_file, certificate->chain_);
    if (!response) return response.error();
    certificate->ocsp_ = std::move(*response);
  }
  return std::shared_ptr<const Certificate>(std::move(certificate));
}

Result<void> Certificate::describe() {
  switch (EVP_PKEY_get_base_id(key())) {
    case EVP_PKEY_RSA:
      if (EVP_PKEY_get_bits(key()) < 2'048)
        return Error{ErrorCode::kInvalidInput, "RSA keys need 2048 bits or more"};
      key_type_ = KeyType::kRsa;
      break;
    case EVP_PKEY_EC:
      key_type_ = KeyType::kEcdsa;
      break;
    case EVP_PKEY_ED25519:
      key_type_ = KeyType::kEd25519;
      break;
    default:
      return Error{ErrorCode::kInvalidInput, "the key is neither RSA nor ECDSA nor Ed25519"};
  }
  names_ = namesOf(leaf());
  serial_ = serialOf(leaf());
  not_before_ = timeOf(X509_get0_notBefore(leaf()));
  not_after_ = timeOf(X509_get0_notAfter(leaf()));
  return {};
}

std::string Certificate::keyText() const {
  switch (key_type_) {
    case KeyType::kRsa:
      return "RSA " + std::to_string(EVP_PKEY_get_bits(key()));
    case KeyType::kEd25519:
      return "Ed25519";
    case KeyType::kEcdsa:
      break;
  }
  char group[64] = "";
  EVP_PKEY_get_group_name(key(), group, sizeof group, nullptr);
  const char* common = EC_curve_nid2nist(OBJ_txt2nid(group));
  return std::string("ECDSA ") + (common != nullptr ? common : group);
}

bool Certificate::attachTo(SSL* ssl) const {
  STACK_OF(X509)* rest = sk_X509_new_null();
  for (size_t i = 1; i < chain_.size(); ++i) sk_X509_push(rest, chain_[i].get());
  const bool good = SSL_use_cert_and_key(ssl, leaf(), key(), rest, 1) == 1;
  sk_X509_free(rest);
  return good;
}

std::string Certificate::issuer() const {
  const std::string name = commonName(X509_get_issuer_name(leaf()));
  return name.empty() ? "unnamed" : name;
}

bool Certificate::covers(std::string_view host) const {
  const std::string wanted = lower(host);
  const size_t dot = wanted.find('.');
  return std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
    if (name == wanted) return true;
    return name.starts_with("*.") && dot != std::string::npos && dot > 0 &&
           std::string_view(name).substr(1) == std::string_view(wanted).substr(dot);
  });
}

}  // namespace sluice::tls
