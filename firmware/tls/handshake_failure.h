// SPDX-License-Identifier: Apache-2.0
// Why a handshake with a client or a member came to nothing: one name each, for counters and logs.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::tls {

enum class HandshakeFailure : uint8_t {
  kNone,
  kNotTls,              // what came is no TLS, plain HTTP perhaps
  kProtocol,            // no version of TLS that both sides take
  kCipher,              // no cipher, group or signature that both sides take
  kUnknownName,         // strict: no certificate for the name that was asked for, or none was
  kAlpn,                // no protocol that both sides take
  kCertificateMissing,  // the other side's certificate: it was asked for, and there is none
  kCertificateExpired,
  kCertificateNotYet,  // valid
  kUnknownAuthority,   // that it comes from
  kCertificateRevoked,
  kWrongName,         // it is somebody else's
  kCertificateOther,  // anything else about it
  kRefusedByClient,   // an alert: it does not trust our certificate, most likely
  kRefusedByServer,   // an alert of a member: it wants another certificate, perhaps
  kClosed,            // the connection ended
  kTimeout,
  kOther,
};
inline constexpr size_t kHandshakeFailureCount = static_cast<size_t>(HandshakeFailure::kOther) + 1;

std::string_view name(HandshakeFailure failure);

// What is wrong with the other side's certificate, by SSL_get_verify_result().
HandshakeFailure classifyCertificate(long verify_result);
// Of a handshake that ended with this error (ERR_peek_last_error()).
HandshakeFailure classify(const SSL* ssl, unsigned long error);

}  // namespace sluice::tls
