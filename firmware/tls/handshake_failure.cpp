// SPDX-License-Identifier: Apache-2.0
#include "firmware/tls/handshake_failure.h"

#include <openssl/err.h>

#include <array>

namespace sluice::tls {
namespace {

constexpr std::array<std::string_view, kHandshakeFailureCount> kNames = {
    "none",
    "not_tls",
    "protocol",
    "cipher",
    "unknown_name",
    "alpn",
    "certificate_missing",
    "certificate_expired",
    "certificate_not_yet_valid",
    "unknown_authority",
    "certificate_revoked",
    "wrong_name",
    "certificate_other",
    "refused_by_client",
    "refused_by_server",
    "closed",
    "timeout",
    "other"};

}  // namespace

std::string_view name(HandshakeFailure failure) { return kNames[static_cast<size_t>(failure)]; }

HandshakeFailure classifyCertificate(long verify_result) {
  switch (verify_result) {
    case X509_V_OK:
      return HandshakeFailure::kNone;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return HandshakeFailure::kCertificateExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return HandshakeFailure::kCertificateNotYet;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_UNTRUSTED:
      return HandshakeFailure::kUnknownAuthority;
    case X509_V_ERR_CERT_REVOKED:
      return HandshakeFailure::kCertificateRevoked;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return HandshakeFailure::kWrongName;
    default:
      return HandshakeFailure::kCertificateOther;
  }
}

HandshakeFailure classify(const SSL* ssl, unsigned long error) {
  if (error == 0 || ERR_GET_LIB(error) != ERR_LIB_SSL) return HandshakeFailure::kOther;
  const int reason = ERR_GET_REASON(error);
  // Alerts of the other side.
  if (reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
    return SSL_is_server(ssl) == 1 ? HandshakeFailure::kRefusedByClient
                                   : HandshakeFailure::kRefusedByServer;
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
      return HandshakeFailure::kCertificateMissing;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return classifyCertificate(SSL_get_verify_result(ssl));
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return HandshakeFailure::kClosed;
    default:
      return HandshakeFailure::kOther;
  }
}

}  // namespace sluice::tls
