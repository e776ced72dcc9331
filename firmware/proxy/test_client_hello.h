// SPDX-License-Identifier: Apache-2.0
// What TLS says first on a connection, for tests: OpenSSL as a client, and a made-up server.
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

// The same of a client that resumes this session, of 32 bytes.
inline std::string resuming(std::string hello, const std::string& session) {
  constexpr size_t kSessionId = 5 + 4 + 2 + 32 + 1;
  return hello.replace(kSessionId, session.size(), session);
}

// The first record of a member. `selected`: of supported_versions; 0: it has no extensions.
inline std::string serverHello(const std::string& session, uint16_t selected = 0) {
  const auto number = [](size_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> 8 * i);
    return text;
  };
  std::string body = number(0x0303, 2) + std::string(32, 'r') + number(session.size(), 1) +
                     session + number(0xc02b, 2) + number(0, 1);
  if (selected != 0) body += number(6, 2) + number(43, 2) + number(2, 2) + number(selected, 2);
  const std::string message = number(2, 1) + number(body.size(), 3) + body;
  return number(22, 1) + number(0x0303, 2) + number(message.size(), 2) + message;
}

}  // namespace sluice::proxy
