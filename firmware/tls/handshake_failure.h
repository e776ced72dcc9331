// SPDX-License-Identifier: Apache-2.0
// Why a handshake with a client came to nothing: one name each, for counters and logs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::tls {

enum class HandshakeFailure : uint8_t {
  kNone,
  kNotTls,             // what came is no TLS, plain HTTP perhaps
  kProtocol,           // no version of TLS that both sides take
  kCipher,             // no cipher, group or signature that both sides take
  kUnknownName,        // strict: no certificate for the name that was asked for, or none was
  kAlpn,               // no protocol that both sides take
  kClientCertificate,  // asked for, and missing or not trusted
  kRefusedByClient,    // an alert: it does not trust our certificate, most likely
  kClosed,             // the connection ended
  kTimeout,
  kOther,
};
inline constexpr size_t kHandshakeFailureCount = static_cast<size_t>(HandshakeFailure::kOther) + 1;

std::string_view name(HandshakeFailure failure);

// Of an error that OpenSSL gave (ERR_peek_last_error()).
HandshakeFailure classify(unsigned long error);

}  // namespace sluice::tls
