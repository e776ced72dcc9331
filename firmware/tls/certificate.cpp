// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/certificate.h"

#include <fcntl.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace sluice::tls {
namespace {

Error invalid(const std::string& file, const std::string& what) {
  return {ErrorCode::kInvalidInput, file + ": " + what};
}

// A file is opened once: what was checked is what is read.
Result<BioPtr> openFile(const std::string& file, bool is_private) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat state {};
  if (fd < 0 || ::fstat(fd, &state) != 0) {
    const Error error{ErrorCode::kIo, file + ": " + std::strerror(errno)};
    if (fd >= 0) ::close(fd);
    return error;
  }
  FILE* stream = ::fdopen(fd, "r");
  BioPtr bio(BIO_new_fp(stream, BIO_CLOSE));
  if (!S_ISREG(state.st_mode)) return invalid(file, "is no file");
  if (is_private && (state.st_mode & 077) != 0)
    return invalid(file, "others may read this key; expected mode 0600 (chmod 600)");
  return bio;
}

Result<std::vector<X509Ptr>> readChain(const std::string& file) {
  auto bio = openFile(file, false);
  if (!bio) return bio.error();
  std::vector<X509Ptr> chain;
  while (X509* next = PEM_read_bio_X509(bio->get(), nullptr, nullptr, nullptr))
    chain.emplace_back(next);
  const unsigned long last = ERR_peek_last_error();
  const std::string errors = takeErrors();
  if (chain.empty()) return invalid(file, "holds no certificate in PEM form");
  if (ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
    return invalid(file, "certificate " + std::to_string(chain.size() + 1) + ": " + errors);
  return chain;
}

// A pass phrase would have to be somewhere, and nobody is there to be asked.
int noPassPhrase(char*, int, int, void*) { return -1; }

Result<KeyPtr> readKey(const std::string& file) {
  auto bio = openFile(file, true);
  if (!bio) return bio.error();
  KeyPtr key(PEM_read_bio_PrivateKey(bio->get(), nullptr, noPassPhrase, nullptr));
  takeErrors();
  if (!key) return invalid(file, "holds no private key in PEM form, or one with a pass phrase");
  return key;
}

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

std::string serialOf(X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* text = BN_bn2hex(number);
  std::string serial = lower(text);
  OPENSSL_free(text);
  BN_free(number);
  return serial;
}

}  // namespace

Result<std::shared_ptr<const Certificate>> Certificate::load(const std::string& chain_file,
                                                             const std::string& key_file) {
  auto chain = readChain(chain_file);
  if (!chain) return chain.error();
  auto key = readKey(key_file);
  if (!key) return key.error();
  auto certificate = std::make_shared<Certificate>();
  certificate->chain_ = std::move(*chain);
  certificate->key_ = std::move(*key);
  const bool matches = X509_check_private_key(certificate->leaf(), certificate->key()) == 1;
  takeErrors();
  if (!matches) return invalid(key_file, "is not the key of the certificate in " + chain_file);
  if (auto described = certificate->describe(); !described)
    return invalid(chain_file, described.error().message);
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
