// SPDX-License-Identifier: Apache-2.0
// A certificate with its chain and key, as they are in force. Files are read once; a renewed
// certificate is another object, and connections keep the one they began with.
//
// Key files must be readable by their owner alone (mode 0600 or less). Nothing of a key is ever
// printed or logged.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/tls/ocsp_response.h"
#include "firmware/tls/openssl_ptr.h"

namespace sluice::tls {

enum class KeyType : uint8_t { kRsa, kEcdsa, kEd25519 };

// Hexadecimal, in lower case.
std::string serialOf(const X509* certificate);

class Certificate {
 public:
  // PEM: the certificate, then its intermediates; and its key. DER: an OCSP response about it;
  // empty: none. kIo: cannot be read; kInvalidInput: is not what it should be. Messages name the
  // file.
  static Result<std::shared_ptr<const Certificate>> load(const std::string& chain_file,
                                                         const std::string& key_file,
                                                         const std::string& ocsp_file = "");

  // DNS names of subjectAltName in lower case; the common name counts if there are none.
  const std::vector<std::string>& names() const { return names_; }
  // "shop.example" by itself or "*.example": the wildcard stands for one label, the first.
  bool covers(std::string_view host) const;

  // "RSA 2048", "ECDSA P-256".
  std::string keyText() const;
  std::string issuer() const;  // its common name
  KeyType keyType() const { return key_type_; }
  const std::string& serial() const { return serial_; }  // hexadecimal
  std::chrono::sys_seconds notBefore() const { return not_before_; }
  std::chrono::sys_seconds notAfter() const { return not_after_; }

  // False: OpenSSL refuses it.
  [[nodiscard]] bool attachTo(SSL* ssl) const;

  X509* leaf() const { return chain_[0].get(); }
  const std::vector<X509Ptr>& chain() const { return chain_; }  // leaf first
  EVP_PKEY* key() const { return key_.get(); }
  const OcspResponse* ocsp() const { return ocsp_.get(); }  // null: none

 private:
  Result<void> describe();

  std::vector<X509Ptr> chain_;
  KeyPtr key_;
  std::shared_ptr<const OcspResponse> ocsp_;
  KeyType key_type_ = KeyType::kRsa;
  std::vector<std::string> names_;
  std::string serial_;
  std::chrono::sys_seconds not_before_, not_after_;
};

}  // namespace sluice::tls
