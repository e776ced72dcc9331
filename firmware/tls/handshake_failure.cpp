// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/handshake_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

namespace sluice::tls {
namespace {

constexpr std::array<std::string_view, kHandshakeFailureCount> kNames = {"none",
                                                                         "not_tls",
                                                                         "protocol",
                                                                         "cipher",
                                                                         "unknown_name",
                                                                         "alpn",
                                                                         "client_certificate",
                                                                         "refused_by_client",
                                                                         "closed",
                                                                         "timeout",
                                                                         "other"};

}  // namespace

std::string_view name(HandshakeFailure failure) { return kNames[static_cast<size_t>(failure)]; }

HandshakeFailure classify(unsigned long error) {
  if (error == 0 || ERR_GET_LIB(error) != ERR_LIB_SSL) return HandshakeFailure::kOther;
  const int reason = ERR_GET_REASON(error);
  // Alerts of the other side.
  if (reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
    return HandshakeFailure::kRefusedByClient;
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_BAD_RECORD_TYPE:
      return HandshakeFailure::kNotTls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_INAPPROPRIATE_FALLBACK:
    case SSL_R_UNKNOWN_PROTOCOL:
      return HandshakeFailure::kProtocol;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_GROUPS:
      return HandshakeFailure::kCipher;
    case SSL_R_CALLBACK_FAILED:
    case SSL_R_CLIENTHELLO_TLSEXT:
      return HandshakeFailure::kUnknownName;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return HandshakeFailure::kAlpn;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return HandshakeFailure::kClientCertificate;
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return HandshakeFailure::kClosed;
    default:
      return HandshakeFailure::kOther;
  }
}

}  // namespace sluice::tls
