// SPDX-License-Identifier: Apache-2.0
// What an authority says about one of its certificates (RFC 6960), to be stapled to handshakes.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "firmware/base/result.h"
#include "firmware/tls/openssl_ptr.h"

namespace sluice::tls {

class OcspResponse {
 public:
  // DER. `chain`: the certificate, then its issuer, if it is there: then the signature is verified,
  // too. kIo: cannot be read; kInvalidInput: is no response, is about another certificate, is not
  // signed by whom it should, or says that the certificate is revoked. One that has expired is read
  // like any other. Messages name the file.
  static Result<std::shared_ptr<const OcspResponse>> load(const std::string& file,
                                                          const std::vector<X509Ptr>& chain);

  const std::string& der() const { return der_; }
  std::chrono::sys_seconds from() const { return from_; }
  std::chrono::sys_seconds until() const {
    return until_;
  }  // a day after from() if it says nothing
  bool current(std::chrono::system_clock::time_point now) const {
    return now >= from_ && now < until_;
  }

 private:
  std::string der_;
  std::chrono::sys_seconds from_, until_;
};

}  // namespace sluice::tls
