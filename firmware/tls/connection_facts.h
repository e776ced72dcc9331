// SPDX-License-Identifier: Apache-2.0
// What was agreed on with a client, and who it is, as far as TLS knows.
#pragma once

#include <string>
#include <string_view>

#include "firmware/tls/handshake_failure.h"
#include "firmware/tls/openssl_ptr.h"

namespace sluice::tls {

struct ConnectionFacts {
  std::string version;      // "TLSv1.3"
  std::string cipher;       // "TLS_AES_128_GCM_SHA256"
  std::string server_name;  // that was asked for, in lower case; empty: none

  // The client's certificate: whether there is one, and what is wrong with it.
  bool certified = false;
  HandshakeFailure flaw = HandshakeFailure::kNone;
  // Of it, whatever it is worth. Names are in the form of RFC 2253, in printable ASCII.
  std::string subject, issuer;
  std::string serial, fingerprint;  // hexadecimal; of SHA-256

  bool verified() const { return certified && flaw == HandshakeFailure::kNone; }
  // "none", "success", or "failed: REASON".
  std::string verdict() const;
  // By the names of HttpCondition::kTlsFields; client-certificate is the verdict.
  std::string field(std::string_view name) const;
  // Null: no such field, or the verdict.
  std::string* text(std::string_view name);
};

// After the handshake.
ConnectionFacts factsOf(const SSL* ssl);

}  // namespace sluice::tls
