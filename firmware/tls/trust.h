// SPDX-License-Identifier: Apache-2.0
// Whose certificates are believed: authorities, and what they have revoked.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/tls/openssl_ptr.h"

namespace sluice::tls {

class Trust {
 public:
  // PEM. With lists of revoked certificates (`crl_file` not empty) every authority of a chain needs
  // one. Errors name the file.
  static Result<std::shared_ptr<const Trust>> load(const std::string& authority_file,
                                                   const std::string& crl_file = "");

  // Connections of `context` believe these authorities.
  void attachTo(SSL_CTX* context) const;
  // Clients are told which authorities are believed, so that they can choose a certificate.
  void nameTo(SSL_CTX* context) const;
  // Of all that was read: another one if anything of it changes.
  const std::string& digest() const { return digest_; }

 private:
  void note(const std::string& data);

  StorePtr store_;
  std::vector<X509Ptr> authorities_;
  std::string digest_;
};

}  // namespace sluice::tls
