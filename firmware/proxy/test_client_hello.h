// SPDX-License-Identifier: Apache-2.0
// What OpenSSL says first on a connection, for tests.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "firmware/tls/openssl_ptr.h"

namespace sluice::proxy {

// `name` null: without server_name. `protocols` as ALPN has them on the wire.
inline std::string clientHello(const char* name, const std::string& protocols = "") {
  const tls::ContextPtr context(SSL_CTX_new(TLS_client_method()));
  const tls::SslPtr ssl(SSL_new(context.get()));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  if (name != nullptr) SSL_set_tlsext_host_name(ssl.get(), name);
  SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                      static_cast<unsigned>(protocols.size()));
  SSL_connect(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace sluice::proxy
