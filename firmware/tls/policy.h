// SPDX-License-Identifier: Apache-2.0
// Versions, ciphers and groups, by name. For both sides of a connection.
#pragma once

#include "firmware/tls/openssl_ptr.h"

namespace sluice::tls {

// After the recommendations of Mozilla (Server Side TLS 5.7): `modern` is TLS 1.3 alone,
// `intermediate` TLS 1.2 with forward secrecy and AEAD, too. CBC and RSA key exchange are never
// offered.
enum class Policy : uint8_t { kIntermediate, kModern };

// With what every connection of the appliance has besides: no compression, no renegotiation, no
// buffers while idle. False: OpenSSL refuses it.
[[nodiscard]] bool applyPolicy(SSL_CTX* context, Policy policy);

}  // namespace sluice::tls
